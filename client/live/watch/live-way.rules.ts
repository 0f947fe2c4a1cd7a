import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { StreamState } from "#common/live/stream-state.ts";
import type { PlayerPreferences } from "../../playback/preferences.store.ts";
import type { LiveWay } from "../live-engine.port.ts";

/** What the viewer would rather have: as near to now as can be, or a picture that nothing disturbs. */
export type LiveWish = PlayerPreferences["liveWish"];

/** What the way is chosen by. */
export interface WayCircumstances {
  readonly grant: Pick<LivePlaybackGrant, "mode" | "reason" | "whepUrl" | "hlsUrl">;
  readonly wish: LiveWish;
  /** Went back on purpose: only HLS has a past. */
  readonly isRewound: boolean;
  readonly canWebrtc: boolean;
  readonly canHls: boolean;
  /** It could not connect, or fell silent, a short while ago. */
  readonly isWebrtcTroubled: boolean;
  /** Has a place: a server that is full has none for others. */
  readonly isOnWebrtc: boolean;
}

/** The way to watch now; `undefined`: there is nothing to watch. */
export function chooseWay(circumstances: WayCircumstances): LiveWay | undefined {
  const { grant, wish, isRewound, canWebrtc, canHls, isWebrtcTroubled, isOnWebrtc } = circumstances;
  const isSeated = isOnWebrtc && grant.reason === "full";
  const hasHls = canHls && grant.hlsUrl !== null;
  const hasWebrtc = canWebrtc && (grant.whepUrl !== null || isSeated);
  const isSentToHls = grant.mode === "hls" && !isSeated;
  if (grant.mode === "waiting") return isRewound && hasHls ? "hls" : undefined;
  if (hasHls && (isRewound || wish === "smooth" || isSentToHls || isWebrtcTroubled)) return "hls";
  if (hasWebrtc) return "webrtc";
  return hasHls ? "hls" : undefined;
}

/** Why the viewer has no choice between the ways, in a few words; `undefined`: there is one. */
export function toFixedWayWords(
  grant: Pick<LivePlaybackGrant, "mode" | "reason" | "whepUrl" | "hlsUrl">,
): string | undefined {
  if (grant.whepUrl !== null && grant.hlsUrl !== null && grant.mode !== "hls") return undefined;
  if (grant.mode === "webrtc") return "Low latency";
  switch (grant.reason) {
    case "crowd":
      return "Smooth: this stream is made for a crowd";
    case "full":
      return "Smooth: the server is full";
    default:
      return "Smooth";
  }
}

/** So long may a first frame, or a picture that stands still, keep a viewer waiting before the other way is tried. */
export const webrtcStartMs = 4_000;
/** The same for a picture that was there: the other way needs its time too. */
export const webrtcSilenceMs = 2_500;
export const hlsStartMs = 10_000;

const coolDownsMs = {
  hasWorked: [4_000, 10_000, 30_000, 60_000],
  never: [30_000, 120_000, 600_000],
} as const;

/** How long WebRTC is left alone after it failed `failureCount` times in a row. */
export function toCoolDownMs(failureCount: number, hasWorked: boolean): number {
  const steps = hasWorked ? coolDownsMs.hasWorked : coolDownsMs.never;
  return steps[Math.min(Math.max(1, failureCount), steps.length) - 1] ?? 0;
}

/** Nearer to now than this, a place in the past is live itself. */
export const liveEdgeSeconds = 7;

/** Where a stream stands for who looks at its page. */
export type LiveScene = "waiting" | "on_air" | "slate" | "ended";

/** What the scene is chosen by. */
export interface SceneCircumstances {
  readonly state: StreamState;
  /** Was it on air while this page was open? */
  readonly hasBeenOnAir: boolean;
  readonly way: LiveWay | undefined;
  /** The picture moves, be it from a buffer or from the past. */
  readonly isMoving: boolean;
  /** The viewer stopped it. */
  readonly isPaused: boolean;
}

/**
 * What the page shows. Who is some seconds behind sees them before the slate or the end comes, and who has gone back sees
 * all there is.
 */
export function toScene({ state, hasBeenOnAir, way, isMoving, isPaused }: SceneCircumstances): LiveScene {
  const isStillPlaying = way === "hls" && (isMoving || isPaused);
  switch (state) {
    case "live":
      return "on_air";
    case "reconnecting":
      return isStillPlaying ? "on_air" : "slate";
    case "ending":
    case "idle":
      if (!hasBeenOnAir) return state === "ending" ? "ended" : "waiting";
      return isStillPlaying ? "on_air" : "ended";
  }
}
