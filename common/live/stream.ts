import { z } from "zod";
import { recordIdSchema } from "../accounts/user.ts";
import { toLine, toLines } from "../text.ts";
import {
  channelSummarySchema,
  languageTagSchema,
  videoCategorySchema,
  videoIdSchema,
  videoVisibilitySchema,
} from "../videos/video.ts";
import { ingestReportSchema } from "./broadcast.ts";
import { restreamTargetSchema } from "./restream.ts";
import { streamStateSchema } from "./stream-state.ts";

/** Schema of a stream's id. A stream stays: it has a name, a key and an address, and goes on air many times. */
export const streamIdSchema = recordIdSchema.brand("StreamId");
/** A stream's id. */
export type StreamId = z.infer<typeof streamIdSchema>;

/** `realtime`: viewers get WebRTC while there is room; `crowd`: everybody gets HLS carried by peers. */
export const streamModes = ["realtime", "crowd"] as const;
/** Schema of {@link StreamMode}. */
export const streamModeSchema = z.enum(streamModes);
/** One of {@link streamModes}. */
export type StreamMode = z.infer<typeof streamModeSchema>;

/** How long a stream that lost its publisher is kept, in seconds, when nobody says otherwise. */
export const defaultReconnectWindowSeconds = 60;
/** How far back viewers can go, in seconds, when nobody says otherwise. */
export const defaultDvrWindowSeconds = 1800;

/** Input of `POST /api/streams`. */
export const createStreamInputSchema = z.object({
  title: z.string().overwrite(toLine).min(1, "A stream needs a title.").max(150),
  visibility: videoVisibilitySchema.default("public"),
  description: z.string().overwrite(toLines).max(10_000).optional(),
  category: videoCategorySchema.optional(),
  language: languageTagSchema.optional(),
  mode: streamModeSchema.optional(),
  /** When it is going to start; `null`: not said. */
  scheduledAt: z.iso.datetime().nullable().optional(),
  /** Is a video made of what was on air? Default true. */
  isRecorded: z.boolean().optional(),
  /** How far back viewers can go, in seconds; 0: the whole broadcast. */
  dvrWindowSeconds: z.int().min(0).max(86_400).optional(),
  reconnectWindowSeconds: z.int().min(0).max(1800).optional(),
  /** May viewers hand segments to each other? Default true. */
  peersAllowed: z.boolean().optional(),
});
/** Input of `POST /api/streams`. */
export type CreateStreamInput = z.infer<typeof createStreamInputSchema>;

/** Input of `PUT /api/streams/{id}`; absent fields stay as they are. */
export const updateStreamInputSchema = createStreamInputSchema
  .partial()
  .extend({ visibility: videoVisibilitySchema.optional() });
/** Input of `PUT /api/streams/{id}`. */
export type UpdateStreamInput = z.infer<typeof updateStreamInputSchema>;

/** Answer of `POST /api/streams`: the key is never shown again. */
export const createdStreamSchema = z.object({
  id: streamIdSchema,
  streamKey: z.string(),
  /** Absolute address for WHIP (RFC 9725); the key is the bearer token. */
  whipUrl: z.string(),
  /** Absolute address for RTMP, without the key, which is the stream name; `null` where RTMP is off. */
  rtmpUrl: z.string().nullable(),
});
/** Answer of `POST /api/streams`. */
export type CreatedStream = z.infer<typeof createdStreamSchema>;

/** A stream as it stands in a list. Addresses are absolute paths on this instance. */
export const streamSummarySchema = z.object({
  id: streamIdSchema,
  title: z.string(),
  visibility: videoVisibilitySchema,
  mode: streamModeSchema,
  state: streamStateSchema,
  category: videoCategorySchema,
  language: z.string(),
  channel: channelSummarySchema,
  viewerCount: z.int().nonnegative(),
  scheduledAt: z.iso.datetime().nullable(),
  /** When the present broadcast went on air; `null` while off air. */
  startedAt: z.iso.datetime().nullable(),
  /** A picture of the broadcast, at most 10 s old; the address changes with the picture. */
  thumbnailUrl: z.string().nullable(),
  createdAt: z.iso.datetime(),
});
/** A stream as it stands in a list. */
export type StreamSummary = z.infer<typeof streamSummarySchema>;

/** A stream with all that its page shows. */
export const streamSchema = streamSummarySchema.extend({
  description: z.string(),
  /** The present broadcast; its recording will have the same id as a video. `null` while off air. */
  broadcastId: videoIdSchema.nullable(),
  /** The recording of the broadcast before, once it can be watched and by who may watch it. */
  lastVideoId: videoIdSchema.nullable(),
  dvrWindowSeconds: z.int().nonnegative(),
  reconnectWindowSeconds: z.int().nonnegative(),
  /** Until when a stream that lost its publisher waits for it. */
  reconnectUntil: z.iso.datetime().nullable(),
});
/** A stream with all that its page shows. */
export type Stream = z.infer<typeof streamSchema>;

/** A stream as its owner sees it. */
export const ownStreamSchema = streamSchema.extend({
  isRecorded: z.boolean(),
  peersAllowed: z.boolean(),
  /** The last four characters of the key. */
  keyHint: z.string(),
  whipUrl: z.string(),
  rtmpUrl: z.string().nullable(),
  /** What comes in and what is made of it; `null` while off air. */
  ingest: ingestReportSchema.nullable(),
  targets: z.array(restreamTargetSchema),
});
/** A stream as its owner sees it. */
export type OwnStream = z.infer<typeof ownStreamSchema>;

/** Query of `GET /api/streams`: what is on air (most viewers first) or announced (soonest first). */
export const streamQuerySchema = z.object({
  state: z.enum(["live", "scheduled"]).default("live"),
  category: videoCategorySchema.optional(),
  channelId: recordIdSchema.optional(),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
});
/** Query of `GET /api/streams`. */
export type StreamQuery = z.infer<typeof streamQuerySchema>;

/** Answer of `GET /api/streams`. */
export const streamPageSchema = z.object({
  items: z.array(streamSummarySchema),
  page: z.int().positive(),
  pageCount: z.int().nonnegative(),
  totalCount: z.int().nonnegative(),
});

/** Answer of `POST /api/streams/{id}/publish`: what the owner's page goes live with. */
export const publishTicketSchema = z.object({
  /** Absolute path on this instance. */
  whipUrl: z.string(),
  /** Bearer token for `whipUrl`, good for this stream alone and for a short time. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
  iceServers: z.array(
    z.object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() }),
  ),
});
/** Answer of `POST /api/streams/{id}/publish`. */
export type PublishTicket = z.infer<typeof publishTicketSchema>;
