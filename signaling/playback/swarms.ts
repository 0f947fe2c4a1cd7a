import { createHmac, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { z } from "zod";
import type { UserId } from "#common/accounts/user.ts";
import { videoIdSchema, videoVisibilitySchema } from "#common/videos/video.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { verifyToken } from "./grants.ts";
import { isLivePlaylist } from "./live-playlists.ts";

/** The video as its swarm knows it: a new revision, another visibility or being on air is another swarm. */
export type SwarmVideo = Pick<VideoRecord, "id" | "revision" | "visibility" | "masterName">;

/** What a verified swarm token allows: to meet those who watch the same. */
export interface SwarmTicket extends SwarmVideo {
  /** Who came, without telling who it is; bounds how many connections one viewer holds. */
  readonly viewer: string;
  readonly expiresAtMs: number;
}

const claimsSchema = z.object({
  v: videoIdSchema,
  r: z.string().max(64),
  m: z.string().max(64),
  c: videoVisibilitySchema,
  s: z.string().max(32),
  exp: z.number(),
});

/** Names swarms and lets viewers in. */
export interface Swarms {
  /** Opaque and underivable: who does not have the key cannot find a swarm by knowing the video. */
  toSwarmId(video: SwarmVideo): string;
  /** A token for one viewer and one swarm; strangers (`null`) are told apart by chance. */
  issue(video: SwarmVideo, viewerId: UserId | null): Promise<string>;
  /** Throws `grant.expired` or `grant.invalid`. */
  verify(token: string): Promise<SwarmTicket>;
}

/** Makes {@link Swarms}; `key` is 64 hex digits. */
export function createSwarms(options: { key: string; lifetimeSeconds: number; now?: () => number }): Swarms {
  const { lifetimeSeconds, now = Date.now } = options;
  const key = Buffer.from(options.key, "hex");
  const derive = (text: string) =>
    createHmac("sha256", key).update(text).digest().subarray(0, 16).toString("base64url");
  return {
    toSwarmId({ id, revision, visibility, masterName }) {
      // players count the segments of a recording anew
      const live = isLivePlaylist(masterName) ? "/live" : "";
      return derive(`swarm:${id}/${revision}/${visibility}${live}`);
    },

    issue({ id, revision, visibility, masterName }, viewerId) {
      const viewer = viewerId === null ? randomBytes(9).toString("base64url") : derive(`viewer:${viewerId}`);
      return new SignJWT({ v: id, r: revision, m: masterName, c: visibility, s: viewer })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime(Math.floor(now() / 1000) + lifetimeSeconds)
        .sign(key);
    },

    async verify(token) {
      const { v, r, m, c, s, exp } = await verifyToken(token, key, claimsSchema, now);
      return { id: v, revision: r, masterName: m, visibility: c, viewer: s, expiresAtMs: exp * 1000 };
    },
  };
}

/** Is the swarm of a ticket still the one of the video? When a broadcast ends, its swarm does. */
export function isSameSwarm(ticket: SwarmVideo, video: SwarmVideo | undefined): boolean {
  return (
    video !== undefined &&
    video.revision === ticket.revision &&
    video.visibility === ticket.visibility &&
    isLivePlaylist(video.masterName) === isLivePlaylist(ticket.masterName)
  );
}
