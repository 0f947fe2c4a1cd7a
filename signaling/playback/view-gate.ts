import { createHmac, randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { VideoId } from "#common/videos/video.ts";

const windowMs = 60 * 60 * 1000;
const maxRemembered = 100_000;

/**
 * Tells a view from a reload: the first of an account or address and a video in an hour counts. Who it was is kept only
 * as a hash under a key that dies with the process.
 */
export function createViewGate(now: () => number = Date.now) {
  const seen = new LRUCache<string, number>({ max: maxRemembered });
  const key = randomBytes(32);
  return {
    isFirst(viewer: string, videoId: VideoId): boolean {
      const name = createHmac("sha256", key).update(`${viewer} ${videoId}`).digest("base64url");
      const countedAtMs = seen.get(name);
      if (countedAtMs !== undefined && now() - countedAtMs < windowMs) return false;
      seen.set(name, now());
      return true;
    },
  };
}
