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
  readonly grant: Promise<PlaybackGrant>;
  readonly aborter: AbortController;
  readonly expiryTimer: number;
  prepared: Promise<PreparedPlayback> | undefined;
}

/** A grant that nobody used is dropped: it may be out of date, and media must not load for nothing. */
const unusedAfterMs = 15_000;
/** A pointer that wanders over a page of cards asks for the last few only. */
const maxPending = 3;

const pending = new Map<string, PendingPlayback>();

/**
 * Prepares a video that will probably be watched in a moment. Call it with `"grant"` when the pointer rests on a card or
 * the card gets the focus, with `"media"` on `pointerdown`: the first segments are then on their way before the click.
 * The player takes what was prepared; what it does not take is dropped after a while.
 */
export function prefetchPlayback(videoId: string, depth: "grant" | "media" = "grant"): void {
  void loadPlayerCode();
  const entry = pending.get(videoId) ?? open(videoId);
  if (depth === "media") entry.prepared ??= prepare(entry.grant);
  entry.prepared?.catch(() => {});
}

/** Loads the code of the player, so that a click finds it there. Idempotent. */
export function loadPlayerCode(): Promise<unknown> {
  return Promise.all([import("./player.tsx"), import("./hls-engine.ts")]);
}

/** The player's door: what was prepared, or the same from now on. The taker closes `start`. */
export function takePlayback(videoId: string): Promise<PreparedPlayback> {
  const entry = pending.get(videoId) ?? open(videoId);
  pending.delete(videoId);
  window.clearTimeout(entry.expiryTimer);
  return entry.prepared ?? prepare(entry.grant);
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

async function prepare(grant: Promise<PlaybackGrant>): Promise<PreparedPlayback> {
  return toPreparedPlayback(await grant);
}

function open(videoId: string): PendingPlayback {
  const [oldest] = pending.keys();
  if (oldest !== undefined && pending.size >= maxPending) drop(oldest);
  const aborter = new AbortController();
  const grant = requestGrant(videoId, aborter.signal);
  // nobody may ever wait for it
  grant.catch(() => {});
  const expiryTimer = window.setTimeout(() => drop(videoId), unusedAfterMs);
  const entry: PendingPlayback = { grant, aborter, expiryTimer, prepared: undefined };
  pending.set(videoId, entry);
  return entry;
}

function drop(videoId: string): void {
  const entry = pending.get(videoId);
  if (!entry) return;
  pending.delete(videoId);
  window.clearTimeout(entry.expiryTimer);
  entry.aborter.abort();
  entry.prepared?.then(
    ({ start }) => start.close(),
    () => {},
  );
}
