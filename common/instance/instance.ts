import { z } from "zod";
import { oauthProviderSchema } from "../accounts/user.ts";

/** Answer of `GET /api/instance`: what a page must know before anybody logged in. */
export const instanceSchema = z.object({
  name: z.string(),
  /** True until the first administrator exists; the page then points at `/first-run`. */
  needsFirstAdmin: z.boolean(),
  registrationOpen: z.boolean(),
  peersEnabled: z.boolean(),
  oauthProviders: z.array(oauthProviderSchema),
});
/** Answer of `GET /api/instance`. */
export type Instance = z.infer<typeof instanceSchema>;
