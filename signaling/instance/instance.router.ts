import { z } from "zod";
import { registerInputSchema, sessionSchema } from "#common/accounts/user.ts";
import { instanceSchema } from "#common/instance/instance.ts";
import { publicProcedure, router } from "../http/trpc.ts";
import type { InstanceService } from "./instance.service.ts";

const firstAdminInputSchema = registerInputSchema
  .pick({ email: true, password: true, handle: true })
  .extend({ token: z.string().min(1).max(200) });

/** The door of the instance. */
export function createInstanceRouter(instance: InstanceService) {
  return router({
    get: publicProcedure
      .meta({
        openapi: { method: "GET", path: "/instance", summary: "What this instance is", protect: false },
      })
      .output(instanceSchema)
      .query(() => instance.get()),

    createFirstAdmin: publicProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/instance/first-admin",
          summary: "Make the first administrator",
          protect: false,
        },
      })
      .input(firstAdminInputSchema)
      .output(sessionSchema)
      .mutation(async ({ ctx, input }) => {
        await ctx.limitRate("secret");
        const session = await instance.createFirstAdmin(input);
        ctx.setSessionToken(session.token);
        return session;
      }),
  });
}
