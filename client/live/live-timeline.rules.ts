/** A fragment of a live playlist on both of its clocks: the media element's and the server's (RFC 8216 §4.3.2.6). */
export interface DatedFragment {
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly atMs: number;
}

/**
 * Where a moment lies in the media. Between fragments (the streamer was away) it is where the next one begins; before the
 * first and after the last it is their edge. `undefined`: there is nothing.
 */
export function toMediaSeconds(fragments: readonly DatedFragment[], atMs: number): number | undefined {
  const fragment = fragments.find((one) => atMs < one.atMs + one.durationSeconds * 1000);
  const last = fragments.at(-1);
  if (!fragment) return last && last.startSeconds + last.durationSeconds;
  return fragment.startSeconds + Math.max(0, atMs - fragment.atMs) / 1000;
}

/** When what is at a place of the media was sent. */
export function toProgrammeMs(fragments: readonly DatedFragment[], seconds: number): number | undefined {
  const fragment = fragments.findLast((one) => one.startSeconds <= seconds) ?? fragments[0];
  if (!fragment) return undefined;
  const intoSeconds = Math.min(Math.max(0, seconds - fragment.startSeconds), fragment.durationSeconds);
  return fragment.atMs + intoSeconds * 1000;
}

/** Behind what the newest playlist ends with: two segments of 2 s and what asking for them takes. */
export const hlsSyncSeconds = 5;
/** Who falls further behind than this jumps instead of catching up. */
export const hlsMaxLatencySeconds = 12;
/** Catching up must not be heard. */
export const hlsCatchUpRate = 1.05;

/** Ahead of the playhead, this much comes from the server without asking anybody, when peers are there. */
const urgentWithPeersSeconds = 1.6;
/** While they are looked for. */
const urgentWhileSearchingSeconds = 3;
const urgentAloneSeconds = 30;
const searchMs = 5_000;

/** How far ahead a segment of a live stream is so urgent that the server is asked at once. */
export function toLiveUrgentSeconds(peerCount: number, sharedForMs: number): number {
  if (peerCount > 0) return urgentWithPeersSeconds;
  return sharedForMs < searchMs ? urgentWhileSearchingSeconds : urgentAloneSeconds;
}
