import { z } from "zod";
import { recordIdSchema } from "../accounts/user.ts";
import { audioTrackSchema, renditionSchema, videoIdSchema } from "../videos/video.ts";
import { restreamStateSchema } from "./restream.ts";

/** What comes in and what is made of it, in words that a page can show. */
export const ingestReportSchema = z.object({
  /** RTP codec name in lower case (`h264`, `vp8`, …); `null`: no picture. */
  videoCodec: z.string().nullable(),
  audioCodec: z.string().nullable(),
  /** `copied`: the picture is passed on as it came; `transcoded`: it has to be encoded again. */
  video: z.enum(["copied", "transcoded", "none"]),
  /** Why it has to be encoded again, in a sentence; empty: it has not. */
  reason: z.string(),
});
/** What comes in and what is made of it. */
export type IngestReport = z.infer<typeof ingestReportSchema>;

/** What the encoder shall do about one broadcast: the wire form of the front desk's will, sent again every second. */
export const broadcastOrderSchema = z.object({
  /** The recording's video id too: media lies at `media/<broadcastId>/<revision>/…` from the first segment on. */
  broadcastId: videoIdSchema,
  streamId: recordIdSchema,
  revision: z.string().min(1).max(60),
  /** `on_air`: write segments while media arrives; `finished`: close the playlists, once. */
  wanted: z.enum(["on_air", "finished"]),
  /** Base address of the sfu node whose room has the publisher. */
  sfuUrl: z.url(),
  /** 0: the whole broadcast. */
  dvrWindowSeconds: z.int().nonnegative(),
  /** `false`: what has left the window is deleted, and everything after the end. */
  isRecorded: z.boolean(),
  targets: z.array(z.object({ id: recordIdSchema, url: z.string(), key: z.string() })),
});
/** What the encoder shall do about one broadcast. */
export type BroadcastOrder = z.infer<typeof broadcastOrderSchema>;

/** Body of `PUT /live/broadcasts` at the encoder: every broadcast that shall be; what is absent is let go. */
export const broadcastOrdersSchema = z.object({ broadcasts: z.array(broadcastOrderSchema).max(500) });

/** How a broadcast is at the encoder. */
export const broadcastStatusSchema = z.object({
  broadcastId: videoIdSchema,
  /**
   * `waiting`: no media yet, or none any more; `writing`: segments are being made; `finished`: the playlists of the
   * recording are written and `masterName` can be watched; `failed`: given up, `trouble` says why.
   */
  state: z.enum(["waiting", "writing", "finished", "failed"]),
  trouble: z.string(),
  /** Path of the live master playlist below the revision once it can be watched, e.g. `live.m3u8`; else empty. */
  liveName: z.string(),
  /** Path of the recording's master playlist below the revision, e.g. `master-1.m3u8`; empty until `finished`. */
  masterName: z.string(),
  ingest: ingestReportSchema,
  renditions: z.array(renditionSchema),
  audioTracks: z.array(audioTrackSchema),
  /** What was on air so far, without the gaps. */
  durationSeconds: z.number().nonnegative(),
  sizeBytes: z.int().nonnegative(),
  aspectRatio: z.number().nonnegative(),
  /** Number of the newest picture, `thumbnails/<number>.jpg` below the revision; 0: none yet. */
  thumbnailNumber: z.int().nonnegative(),
  /** Have posters been made of it (`poster-<width>.<format>` below the revision)? */
  hasPoster: z.boolean(),
  hasStoryboard: z.boolean(),
  targets: z.array(z.object({ id: recordIdSchema, state: restreamStateSchema, trouble: z.string() })),
});
/** How a broadcast is at the encoder. */
export type BroadcastStatus = z.infer<typeof broadcastStatusSchema>;

/** Answer of `PUT /live/broadcasts`. */
export const broadcastStatusesSchema = z.object({ broadcasts: z.array(broadcastStatusSchema) });
