import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import { requestGrant } from "./playback.api.ts";
import { preferences } from "./preferences.store.ts";
import { planStart, type StartPlan, unknownBandwidthBps } from "./start.rules.ts";
import { StartMedia } from "./start-media.ts";

/** All that a player needs to begin: the grant, and the first bytes already on their way. */
export interface PreparedPlayback {
  readonly grant: PlaybackGrant;
  readonly plan: StartPlan | undefined;
  readonly start: StartMedia;
  readonly bandwidthBps: number;
}

interface PendingPlayback {
  readonly prepared: Promise<PreparedPlayback>;
  readonly aborter: AbortController;
  readonly expiryTimer: number;
}

/** A grant that nobody used is dropped: it may be out of date, and media must not load for nothing. */
const unusedAfterMs = 15_000;
/** Who presses one card after the other gets the last few only. */
const maxPending = 3;

const pending = new Map<string, PendingPlayback>();

/**
 * Loads the code of the player, so that a click finds it there. For when a pointer rests on a card or the card has the
 * focus; idempotent.
 */
export function prefetchPlayer(): void {
  // a page that went out of date says so when it is opened
  Promise.all([import("./player.tsx"), import("./hls-engine.ts")]).catch(() => {});
}

/**
 * Prepares a video when somebody presses its card: asks for its grant, and for its first segments as soon as that is
 * there. Not before, because a grant counts as a view; and not for a finger, which may only be about to scroll. The player
 * takes what was prepared; what it does not take is dropped after a while.
 */
export function prefetchPlayback(videoId: string, press: PointerEvent): void {
  prefetchPlayer();
  const isClickComing = press.pointerType === "mouse" && press.button === 0;
  if (isClickComing && !press.ctrlKey && !press.metaKey && !press.shiftKey && !pending.has(videoId)) {
    open(videoId);
  }
}

/** The player's door: what was prepared, or the same from now on. The taker closes `start`. */
export function takePlayback(videoId: string): Promise<PreparedPlayback> {
  const { prepared, expiryTimer } = pending.get(videoId) ?? open(videoId);
  pending.delete(videoId);
  window.clearTimeout(expiryTimer);
  return prepared;
}

/** Turns a grant into a start: chooses the rung and asks for its first bytes at once. */
export function toPreparedPlayback(
  grant: PlaybackGrant,
  startSeconds = grant.resumeAtSeconds,
): PreparedPlayback {
  const bandwidthBps = preferences.bandwidthBps || unknownBandwidthBps;
  const plan = planStart(grant.playlists, grant.hlsUrl, { bandwidthBps, startSeconds });
  return { grant, plan, bandwidthBps, start: new StartMedia(plan?.mediaUrls ?? []) };
}

function open(videoId: string): PendingPlayback {
  const [oldest] = pending.keys();
  if (oldest !== undefined && pending.size >= maxPending) drop(oldest);
  const aborter = new AbortController();
  const prepared = requestGrant(videoId, aborter.signal).then((grant) => toPreparedPlayback(grant));
  // nobody may ever wait for it
  prepared.catch(() => {});
  const expiryTimer = window.setTimeout(() => drop(videoId), unusedAfterMs);
  const entry: PendingPlayback = { prepared, aborter, expiryTimer };
  pending.set(videoId, entry);
  return entry;
}

function drop(videoId: string): void {
  const entry = pending.get(videoId);
  if (!entry) return;
  pending.delete(videoId);
  window.clearTimeout(entry.expiryTimer);
  entry.aborter.abort();
  entry.prepared.then(
    ({ start }) => start.close(),
    () => {},
  );
}
