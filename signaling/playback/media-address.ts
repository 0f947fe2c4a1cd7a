import type { VideoId } from "#common/videos/video.ts";

/** Where every address of media begins. */
export const mediaPrefix = "/media/";

/** What an address of media says; whether there is such a thing is another question. */
export interface MediaAddress {
  /** The grant as it stands in the address, unverified; `null` for a plain address. */
  readonly grant: string | null;
  readonly videoId: VideoId;
  readonly revision: string;
  /** Path below the revision, e.g. `720p/seg-00001.m4s`. */
  readonly path: string;
}

const maxAddressLength = 1024;
const maxPathParts = 4;
const grantPattern = /^[A-Za-z0-9._~-]{1,600}$/;
const partPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

function isVideoId(text: string | undefined): text is VideoId {
  return text !== undefined && /^[a-z0-9]{15}$/.test(text);
}

/**
 * Reads `/media/<video>/<revision>/<path>` and `/media/~<grant>/<video>/<revision>/<path>`; a query is left aside.
 * Nothing is decoded: what Shoal hands out needs no percent sign, so an address with one is `undefined`,
 * and so is one with empty parts, parts that start with a dot, or anything else that is not a storage key.
 */
export function parseMediaAddress(url: string): MediaAddress | undefined {
  if (url.length > maxAddressLength || !url.startsWith(mediaPrefix)) return undefined;
  const queryAt = url.indexOf("?");
  const parts = url.slice(mediaPrefix.length, queryAt < 0 ? undefined : queryAt).split("/");
  let grant: string | null = null;
  if (parts[0]?.startsWith("~")) {
    grant = parts[0].slice(1);
    if (!grantPattern.test(grant)) return undefined;
    parts.shift();
  }
  const [videoId, revision, ...path] = parts;
  if (!isVideoId(videoId) || revision === undefined || !partPattern.test(revision)) return undefined;
  if (path.length === 0 || path.length > maxPathParts) return undefined;
  for (const part of path) {
    if (!partPattern.test(part)) return undefined;
  }
  return { grant, videoId, revision, path: path.join("/") };
}

/** The address of media as an absolute path on this instance: what {@link parseMediaAddress} reads. */
export function toMediaUrl({ grant, videoId, revision, path }: MediaAddress): string {
  return `${mediaPrefix}${grant === null ? "" : `~${grant}/`}${videoId}/${revision}/${path}`;
}
