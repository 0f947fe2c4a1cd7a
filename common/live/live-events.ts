import { z } from "zod";
import { videoIdSchema } from "../videos/video.ts";
import { broadcastStatusSchema } from "./broadcast.ts";
import { publisherStateSchema } from "./sfu-control.ts";
import { streamIdSchema, streamModeSchema } from "./stream.ts";
import { streamStateSchema } from "./stream-state.ts";

/** Socket.io namespace of live pages, on the path `/socket`: strangers may connect, each watch is checked by itself. */
export const liveNamespace = "/live";

/** What a page may ask on {@link liveNamespace}; the acknowledgement is `{ ok: true }` or an error body. */
export const liveIntents = {
  /** Hear of this stream, and be counted as its viewer where `isWatching`. One stream at a time per socket. */
  "stream.follow": z.object({ streamId: streamIdSchema, isWatching: z.boolean() }),
  "stream.unfollow": z.object({ streamId: streamIdSchema }),
} as const;

/** What everybody who follows a stream hears at once when it changes, and of the number of viewers every few seconds. */
export const streamNewsSchema = z.object({
  streamId: streamIdSchema,
  state: streamStateSchema,
  mode: streamModeSchema,
  title: z.string(),
  viewerCount: z.int().nonnegative(),
  broadcastId: videoIdSchema.nullable(),
  lastVideoId: videoIdSchema.nullable(),
  startedAt: z.iso.datetime().nullable(),
  scheduledAt: z.iso.datetime().nullable(),
  reconnectUntil: z.iso.datetime().nullable(),
  /** Counts up when viewers should ask for their grant again: another node, HLS that has begun. */
  grantVersion: z.int().nonnegative(),
});
/** What everybody who follows a stream hears. */
export type StreamNews = z.infer<typeof streamNewsSchema>;

/** What the owner hears each second while on air. */
export const streamReportSchema = z.object({
  streamId: streamIdSchema,
  publisher: publisherStateSchema.nullable(),
  broadcast: broadcastStatusSchema
    .pick({ state: true, trouble: true, ingest: true, durationSeconds: true, targets: true })
    .nullable(),
  realtimeViewerCount: z.int().nonnegative(),
  hlsViewerCount: z.int().nonnegative(),
});
/** What the owner hears each second while on air. */
export type StreamReport = z.infer<typeof streamReportSchema>;

/** Events from the front desk on {@link liveNamespace}. */
export const liveEvents = {
  "stream.changed": streamNewsSchema,
  /** The stream does not exist any more for who follows it. */
  "stream.gone": z.object({ streamId: streamIdSchema }),
  /** To the owner's pages that follow it. */
  "stream.reported": streamReportSchema,
} as const;

/** The socket.io listener table of {@link liveEvents}. */
export type LiveEvents = {
  [Name in keyof typeof liveEvents]: (data: z.infer<(typeof liveEvents)[Name]>) => void;
};
