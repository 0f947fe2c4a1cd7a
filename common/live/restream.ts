import { z } from "zod";
import { recordIdSchema } from "../accounts/user.ts";
import { toLine } from "../text.ts";

/** The life of a restream while its stream is on air; `idle` while it is not, `off`: the owner has switched it off. */
export const restreamStates = ["off", "idle", "connecting", "live", "waiting", "failed"] as const;
/** Schema of {@link RestreamState}. */
export const restreamStateSchema = z.enum(restreamStates);
/** One of {@link restreamStates}: `waiting` before the next try, `failed` after the last. */
export type RestreamState = z.infer<typeof restreamStateSchema>;

/** Input of `POST /api/streams/{id}/targets`. */
export const createRestreamTargetInputSchema = z.object({
  name: z.string().overwrite(toLine).min(1, "A target needs a name.").max(60),
  /** Address without the key, e.g. `rtmp://live.example.org/app`. */
  url: z.url({ protocol: /^rtmps?$/ }).max(500),
  /** The key at that place; kept encrypted and never shown again. */
  key: z.string().trim().min(1).max(500),
});
/** Input of `POST /api/streams/{id}/targets`. */
export type CreateRestreamTargetInput = z.infer<typeof createRestreamTargetInputSchema>;

/** Where else a stream is sent, as its owner sees it. */
export const restreamTargetSchema = z.object({
  id: recordIdSchema,
  name: z.string(),
  url: z.string(),
  isEnabled: z.boolean(),
  state: restreamStateSchema,
  /** Why it is not live, in a sentence; empty: no trouble. */
  trouble: z.string(),
});
/** Where else a stream is sent, as its owner sees it. */
export type RestreamTarget = z.infer<typeof restreamTargetSchema>;
