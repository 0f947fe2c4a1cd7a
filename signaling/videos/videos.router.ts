import { z } from "zod";
import {
  createVideoInputSchema,
  ownVideoSchema,
  updateVideoInputSchema,
  videoIdSchema,
  videoSchema,
} from "#common/videos/video.ts";
import { accountProcedure, publicProcedure, router } from "../http/trpc.ts";
import type { VideoService } from "./videos.service.ts";

const idInputSchema = z.object({ id: videoIdSchema });
const doneSchema = z.object({});
const createdVideoSchema = z.object({ id: videoIdSchema, uploadUrl: z.string() });
const ownVideoPageSchema = z.object({
  items: z.array(ownVideoSchema),
  page: z.int().positive(),
  pageCount: z.int().nonnegative(),
  totalCount: z.int().nonnegative(),
});

/** The door of videos; who may do what is decided behind it, where the video is known. */
export function createVideosRouter(videos: VideoService) {
  return router({
    create: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/videos", summary: "Make a draft and get its upload address" },
      })
      .input(createVideoInputSchema)
      .output(createdVideoSchema)
      .mutation(({ ctx, input }) => videos.create(ctx.account, input)),

    get: publicProcedure
      .meta({ openapi: { method: "GET", path: "/videos/{id}", summary: "A video that one may watch" } })
      .input(idInputSchema)
      .output(videoSchema)
      .query(({ ctx, input }) => videos.get(ctx.account, input.id)),

    getOwn: accountProcedure
      .meta({
        openapi: { method: "GET", path: "/videos/{id}/studio", summary: "A video as its owner sees it" },
      })
      .input(idInputSchema)
      .output(ownVideoSchema)
      .query(({ ctx, input }) => videos.getOwn(ctx.account, input.id)),

    update: accountProcedure
      .meta({
        openapi: { method: "PATCH", path: "/videos/{id}", summary: "Change what is written about a video" },
      })
      .input(updateVideoInputSchema.extend({ id: videoIdSchema }))
      .output(videoSchema)
      .mutation(({ ctx, input: { id, ...changes } }) => videos.update(ctx.account, id, changes)),

    remove: accountProcedure
      .meta({
        openapi: { method: "DELETE", path: "/videos/{id}", summary: "Delete a video and all its files" },
      })
      .input(idInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await videos.remove(ctx.account, input.id);
        return {};
      }),

    mine: accountProcedure
      .meta({
        openapi: { method: "GET", path: "/users/me/videos", summary: "One's own videos, newest first" },
      })
      .input(z.object({ page: z.coerce.number().int().min(1).max(10_000).default(1) }))
      .output(ownVideoPageSchema)
      .query(({ ctx, input }) => videos.mine(ctx.account, input.page)),

    cancel: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/videos/{id}/cancel", summary: "Stop the upload or the encode" },
      })
      .input(idInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await videos.cancel(ctx.account, input.id);
        return {};
      }),

    retry: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/videos/{id}/retry", summary: "Queue a failed encode again" },
      })
      .input(idInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await videos.retry(ctx.account, input.id);
        return {};
      }),
  });
}
