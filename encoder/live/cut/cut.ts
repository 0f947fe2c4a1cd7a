import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";

/** Ticks per second of the time that all tracks share. */
export const commonHz = 90_000;

/** What one track has for one segment. */
export interface CutPart {
  readonly head: MediaHead;
  /** Decode time of the first frame on the head's timescale, from the era's beginning. */
  readonly startTicks: number;
  readonly samples: ReadonlyArray<{ readonly frame: MediaFrame; readonly durationTicks: number }>;
}

/** One segment of every track, on {@link commonHz} from the era's beginning. */
export interface Cut {
  readonly startTicks: number;
  readonly endTicks: number;
  /** By layer; a layer that has nothing whole is absent. */
  readonly pictures: ReadonlyMap<number, CutPart>;
  readonly sound: CutPart | undefined;
}

/** Length of a part in seconds. */
export function partSeconds({ samples, head }: CutPart): number {
  return samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0) / head.timescaleHz;
}
