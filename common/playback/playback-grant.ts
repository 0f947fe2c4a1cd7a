import { z } from "zod";
import { captionTrackSchema } from "../videos/video.ts";

/** What a page needs to join the swarm of a video, or the reason why there is none. */
export const peerPolicySchema = z.discriminatedUnion("mode", [
  z.object({ mode: z.literal("off"), reason: z.enum(["instance", "video", "no_integrity"]) }),
  z.object({
    mode: z.literal("on"),
    /** Opaque and underivable (HMAC); part of the tracker's info hash. */
    swarmId: z.string(),
    /** Addresses of our tracker (WebSocket) with the signed, expiring swarm token: absolute paths too. */
    trackerUrls: z.array(z.string()),
    iceServers: z.array(
      z.object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() }),
    ),
  }),
]);
/** What a page needs to join the swarm of a video, or the reason why there is none. */
export type PeerPolicy = z.infer<typeof peerPolicySchema>;

/** Answer of `POST /api/videos/{id}/playback`: all addresses are absolute paths on this instance. */
export const playbackGrantSchema = z.object({
  hlsUrl: z.string(),
  posterUrl: z.string().nullable(),
  storyboardVttUrl: z.string().nullable(),
  captions: z.array(captionTrackSchema.extend({ url: z.string() })),
  p2p: peerPolicySchema,
  resumeAtSeconds: z.number().nonnegative(),
  /** When the addresses stop working; `null` for public media. */
  expiresAt: z.iso.datetime().nullable(),
  /** Playlists by address, so that a player starts without asking for them. */
  playlists: z.record(z.string(), z.string()),
});
/** Answer of `POST /api/videos/{id}/playback`. */
export type PlaybackGrant = z.infer<typeof playbackGrantSchema>;

/**
 * The private tag that carries a segment's SHA-256, one line before `#EXTINF`:
 * `#EXT-X-SHOAL-SHA256:<64 lower-case hex digits>`. RFC 8216 §6.3.1: a client ignores tags it does not know.
 */
export const segmentHashTag = "#EXT-X-SHOAL-SHA256:";
