import { z } from "zod";
import { peerPolicySchema } from "../playback/playback-grant.ts";
import { videoIdSchema } from "../videos/video.ts";
import { streamStateSchema } from "./stream-state.ts";

/**
 * Answer of `POST /api/streams/{id}/playback`. `mode` says what to begin with: `webrtc` (WHEP, below a second), `hls` (the
 * crowd), or `waiting` (off air, or no media yet: ask again when the socket tells of a change). Both addresses are given
 * when both work, so that a page changes over by itself.
 */
export const livePlaybackGrantSchema = z.object({
  mode: z.enum(["webrtc", "hls", "waiting"]),
  state: streamStateSchema,
  /** Why `mode` is not `webrtc`; `null` when it is. */
  reason: z.enum(["off_air", "crowd", "full", "no_picture_yet"]).nullable(),
  broadcastId: videoIdSchema.nullable(),
  /** Absolute path; `null` where WebRTC is not on offer now. */
  whepUrl: z.string().nullable(),
  /** Bearer token for `whepUrl`; `null` for a public stream. */
  whepToken: z.string().nullable(),
  iceServers: z.array(
    z.object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() }),
  ),
  /** RTP codec name in lower case of the picture; `null`: none. A page that cannot decode it takes HLS. */
  videoCodec: z.string().nullable(),
  /** Absolute path of the live master playlist; `null` until there is a segment. */
  hlsUrl: z.string().nullable(),
  /** How far back one can go; 0: the whole broadcast. */
  dvrWindowSeconds: z.int().nonnegative(),
  p2p: peerPolicySchema,
  startedAt: z.iso.datetime().nullable(),
  /** When the addresses stop working; `null` for public media. */
  expiresAt: z.iso.datetime().nullable(),
});
/** Answer of `POST /api/streams/{id}/playback`. */
export type LivePlaybackGrant = z.infer<typeof livePlaybackGrantSchema>;
