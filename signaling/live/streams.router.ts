import { z } from "zod";
import { recordIdSchema } from "#common/accounts/user.ts";
import { type LivePlaybackGrant, livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import { createRestreamTargetInputSchema, restreamTargetSchema } from "#common/live/restream.ts";
import {
  createdStreamSchema,
  createStreamInputSchema,
  ownStreamSchema,
  publishTicketSchema,
  type StreamId,
  streamIdSchema,
  streamPageSchema,
  streamQuerySchema,
  streamSchema,
  updateStreamInputSchema,
} from "#common/live/stream.ts";
import { accountProcedure, publicProcedure, router } from "../http/trpc.ts";
import type { StreamLists } from "./stream-lists.ts";
import type { Viewer } from "./streams.rules.ts";
import type { StreamService } from "./streams.service.ts";

/** What the door of streams leads to. */
export interface StreamServices {
  readonly streams: StreamService;
  readonly lists: StreamLists;
  /** Lets somebody watch. */
  readonly live: { grant(viewer: Viewer, id: StreamId): Promise<LivePlaybackGrant> };
}

const idInputSchema = z.object({ id: streamIdSchema });
const targetInputSchema = idInputSchema.extend({ targetId: recordIdSchema });
const doneSchema = z.object({});
const ownStreamPageSchema = streamPageSchema.extend({ items: z.array(ownStreamSchema) });

/** The door of live streams; who may do what is decided behind it, where the stream is known. */
export function createStreamsRouter({ streams, lists, live }: StreamServices) {
  return router({
    create: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/streams", summary: "Make a live stream; its key is shown once" },
      })
      .input(createStreamInputSchema)
      .output(createdStreamSchema)
      .mutation(({ ctx, input }) => streams.create(ctx.account, input)),

    get: publicProcedure
      .meta({ openapi: { method: "GET", path: "/streams/{id}", summary: "A stream that one may watch" } })
      .input(idInputSchema)
      .output(streamSchema)
      .query(({ ctx, input }) => streams.get(ctx.account, input.id)),

    list: publicProcedure
      .meta({
        openapi: { method: "GET", path: "/streams", summary: "Public streams that are on air or announced" },
      })
      .input(streamQuerySchema)
      .output(streamPageSchema)
      .query(({ input }) => lists.list(input)),

    mine: accountProcedure
      .meta({
        openapi: { method: "GET", path: "/users/me/streams", summary: "One's own streams, newest first" },
      })
      .input(z.object({ page: z.coerce.number().int().min(1).max(10_000).default(1) }))
      .output(ownStreamPageSchema)
      .query(({ ctx, input }) => streams.mine(ctx.account, input.page)),

    getOwn: accountProcedure
      .meta({
        openapi: { method: "GET", path: "/streams/{id}/studio", summary: "A stream as its owner sees it" },
      })
      .input(idInputSchema)
      .output(ownStreamSchema)
      .query(({ ctx, input }) => streams.getOwn(ctx.account, input.id)),

    update: accountProcedure
      .meta({
        openapi: { method: "PUT", path: "/streams/{id}", summary: "Change what is written about a stream" },
      })
      .input(updateStreamInputSchema.extend({ id: streamIdSchema }))
      .output(ownStreamSchema)
      .mutation(({ ctx, input: { id, ...changes } }) => streams.update(ctx.account, id, changes)),

    remove: accountProcedure
      .meta({ openapi: { method: "DELETE", path: "/streams/{id}", summary: "End a stream and delete it" } })
      .input(idInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await streams.remove(ctx.account, input.id);
        return {};
      }),

    rollKey: accountProcedure
      .meta({
        openapi: { method: "POST", path: "/streams/{id}/key", summary: "A new key; the old one is refused" },
      })
      .input(idInputSchema)
      .output(createdStreamSchema.pick({ streamKey: true }))
      .mutation(({ ctx, input }) => streams.rollKey(ctx.account, input.id)),

    publish: accountProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/streams/{id}/publish",
          summary: "What a page goes live with in place of the key",
        },
      })
      .input(idInputSchema)
      .output(publishTicketSchema)
      .mutation(({ ctx, input }) => streams.publish(ctx.account, input.id)),

    end: accountProcedure
      .meta({ openapi: { method: "POST", path: "/streams/{id}/end", summary: "End what is on air" } })
      .input(idInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await streams.end(ctx.account, input.id);
        return {};
      }),

    playback: publicProcedure
      .meta({
        openapi: { method: "POST", path: "/streams/{id}/playback", summary: "All that is needed to watch" },
      })
      .input(idInputSchema)
      .output(livePlaybackGrantSchema)
      .mutation(({ ctx, input }) => live.grant(ctx.account, input.id)),

    addTarget: accountProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/streams/{id}/targets",
          summary: "Send the stream to another place too",
        },
      })
      .input(createRestreamTargetInputSchema.extend({ id: streamIdSchema }))
      .output(restreamTargetSchema)
      .mutation(({ ctx, input: { id, ...target } }) => streams.addTarget(ctx.account, id, target)),

    setTarget: accountProcedure
      .meta({
        openapi: {
          method: "PUT",
          path: "/streams/{id}/targets/{targetId}",
          summary: "Switch a place on or off",
        },
      })
      .input(targetInputSchema.extend({ isEnabled: z.boolean() }))
      .output(restreamTargetSchema)
      .mutation(({ ctx, input: { id, targetId, isEnabled } }) =>
        streams.setTarget(ctx.account, id, targetId, { isEnabled }),
      ),

    removeTarget: accountProcedure
      .meta({
        openapi: {
          method: "DELETE",
          path: "/streams/{id}/targets/{targetId}",
          summary: "Forget a place and its key",
        },
      })
      .input(targetInputSchema)
      .output(doneSchema)
      .mutation(async ({ ctx, input }) => {
        await streams.removeTarget(ctx.account, input.id, input.targetId);
        return {};
      }),
  });
}
