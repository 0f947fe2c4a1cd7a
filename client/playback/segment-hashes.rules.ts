import { parseMasterPlaylist, parseMediaPlaylist, toStablePath } from "./playlist.rules.ts";

/** SHA-256 (lower-case hex) by stable path of the segment. */
export type SegmentHashes = ReadonlyMap<string, string>;

/**
 * The hashes of every segment that a grant's playlists name, or `undefined` when one segment has none or a playlist
 * is missing: no hash, no peers.
 */
export function toSegmentHashes(
  playlists: Readonly<Record<string, string>>,
  hlsUrl: string,
): SegmentHashes | undefined {
  const master = playlists[hlsUrl];
  if (master === undefined) return undefined;
  const { variants, audios } = parseMasterPlaylist(master, hlsUrl);
  const hashes = new Map<string, string>();
  for (const { url } of [...variants, ...audios]) {
    const text = playlists[url];
    if (text === undefined) return undefined;
    for (const segment of parseMediaPlaylist(text, url).segments) {
      if (!segment.sha256) return undefined;
      hashes.set(toStablePath(segment.url), segment.sha256);
    }
  }
  return hashes.size > 0 ? hashes : undefined;
}

/** Has the segment at `url` exactly the bytes that the playlist promised? A segment without a hash has not. */
export async function isTrueSegment(
  hashes: SegmentHashes,
  url: string,
  bytes: ArrayBuffer,
): Promise<boolean> {
  const expected = hashes.get(toStablePath(url));
  if (!expected) return false;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === expected;
}
