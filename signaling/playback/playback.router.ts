import { z } from "zod";
import { playbackGrantSchema } from "#common/playback/playback-grant.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { accountProcedure, publicProcedure, router } from "../http/trpc.ts";
import type { PlaybackService } from "./playback.service.ts";

/** The door of the room `playback`. */
export function createPlaybackRouter(service: PlaybackService) {
  return router({
    grant: publicProcedure
      .meta({
        openapi: { method: "POST", path: "/videos/{id}/playback", summary: "All that a player needs" },
      })
      .input(z.object({ id: videoIdSchema }))
      .output(playbackGrantSchema)
      .mutation(({ ctx, input }) => service.grant(ctx.account, ctx.address, input.id)),

    saveProgress: accountProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/videos/{id}/progress",
          summary: "Remember how far one has watched",
        },
      })
      .input(z.object({ id: videoIdSchema, positionSeconds: z.number().nonnegative().max(1e7) }))
      .output(z.object({}))
      .mutation(async ({ ctx, input }) => {
        await service.saveProgress(ctx.account, input.id, input.positionSeconds);
        return {};
      }),
  });
}
