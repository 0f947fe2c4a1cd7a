import { toNumber } from "./frame-rate.rules.ts";
import type { Rung } from "./ladder.rules.ts";

/** What one run of FFmpeg makes. */
export interface PlannedPass {
  /** From the largest to the smallest. */
  readonly rungs: readonly Rung[];
  /** Ordinals of the source's audio tracks. */
  readonly audio: readonly number[];
}

/** What is there to be made. */
export interface PassPlanInput {
  readonly durationSeconds: number;
  readonly rungs: readonly Rung[];
  readonly audioCount: number;
  isDone(part: string): boolean;
}

/**
 * Work that a small server does in about twenty seconds (20 s of 1080p30 with all rungs below): it is done in one go,
 * as a second decode would only delay the rest.
 */
const oneGoPixels = 2_300_000_000;
/** The largest rung that is quick to make and good enough to begin with. */
const quickShortSidePx = 360;

/** Name of a rung's part. */
export function rungPart(rung: Pick<Rung, "name">): string {
  return `rung:${rung.name}`;
}

/** Name of an audio track's part. */
export function audioPart(ordinal: number): string {
  return `audio:${ordinal}`;
}

/**
 * Two passes: audio and one quick rung, so that viewers can begin; then all others in one decode. What is done is
 * never made again.
 */
export function planPasses(input: PassPlanInput): PlannedPass[] {
  const rungs = input.rungs.filter((rung) => !input.isDone(rungPart(rung)));
  const audio = Array.from({ length: input.audioCount }, (_, ordinal) => ordinal).filter(
    (ordinal) => !input.isDone(audioPart(ordinal)),
  );
  if (rungs.length === 0 && audio.length === 0) return [];
  const hasWatchable = rungs.length < input.rungs.length && audio.length === 0;
  const pixelsPerSecond = rungs.reduce(
    (sum, rung) => sum + rung.widthPx * rung.heightPx * toNumber(rung.frameRate),
    0,
  );
  const isOneGo = input.durationSeconds * pixelsPerSecond < oneGoPixels || rungs.length <= 1 || hasWatchable;
  if (isOneGo) return [{ rungs, audio }];
  const isQuick = (rung: Rung) => Math.min(rung.widthPx, rung.heightPx) <= quickShortSidePx;
  const quick = rungs.find(isQuick) ?? rungs.at(-1);
  return [
    { rungs: rungs.filter((rung) => rung === quick), audio },
    { rungs: rungs.filter((rung) => rung !== quick), audio: [] },
  ];
}
