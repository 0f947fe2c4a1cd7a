import { parseMediaPlaylist, toStablePath } from "./playlist.rules.ts";

/**
 * What the playlists of one playback promised of its segments: SHA-256 by stable path. A playlist counts from when it
 * was read, whether it came with the grant or over the network.
 */
export class SegmentHashes {
  readonly #hashes = new Map<string, string>();
  readonly #maxCount: number;
  #isWhole = true;

  /** `maxCount`: a live stream goes on; what was promised first is forgotten first. */
  constructor(maxCount = Number.POSITIVE_INFINITY) {
    this.#maxCount = maxCount;
  }

  /** Did every segment that was read have a hash, and was there one at all? No hash, no peers. */
  get areWhole(): boolean {
    return this.#isWhole && this.#hashes.size > 0;
  }

  /** Remembers what a playlist promises; a multivariant playlist names no segments. */
  read(text: string, url: string): void {
    for (const segment of parseMediaPlaylist(text, url).segments) {
      if (!segment.sha256) this.#isWhole = false;
      else this.#remember(toStablePath(segment.url), segment.sha256);
    }
    this.#forget();
  }

  #remember(path: string, sha256: string): void {
    // what a playlist still names is young again
    this.#hashes.delete(path);
    this.#hashes.set(path, sha256);
  }

  #forget(): void {
    for (const path of this.#hashes.keys()) {
      if (this.#hashes.size <= this.#maxCount) return;
      this.#hashes.delete(path);
    }
  }

  /** Has the segment at `url` exactly the bytes that were promised? One that nothing was promised of has not. */
  async isTrue(url: string, bytes: ArrayBuffer): Promise<boolean> {
    const expected = this.#hashes.get(toStablePath(url));
    if (!expected) return false;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === expected;
  }
}
