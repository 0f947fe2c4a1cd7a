import type { MediaFrame } from "../rtp/media-frame.ts";
import type { ArrivalClock } from "./arrival-clock.ts";
import { type CutPart, commonHz } from "./cut.ts";

/** The clocks of microphone and camera drift apart by a tenth of a millisecond in two seconds, rarely by more. */
const maxCorrectionTicks = commonHz / 1000;
const maxFrames = 6000;

/** The blocks of sound that are not in a segment yet. The sound has no gaps; its place beside the picture is corrected slowly. */
export class SoundTrack {
  #frames: MediaFrame[] = [];
  #offset: number | undefined;

  push(frame: MediaFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > maxFrames) this.#frames.shift();
  }

  get frames(): readonly MediaFrame[] {
    return this.#frames;
  }

  get lengthSeconds(): number {
    return (this.#frames.length * blockSamples) / 48_000;
  }

  get isPlaced(): boolean {
    return this.#offset !== undefined;
  }

  /** Added to its own time on the common clock, this gives the era's; `undefined` before it is known. */
  get offset(): number | undefined {
    return this.#offset;
  }

  putAt(offset: number): void {
    this.#offset = offset;
  }

  /** Its first block is the era's beginning: there is no picture. */
  begin(): void {
    const [first] = this.#frames;
    this.#offset = first ? -this.#toCommon(first, first.ticks) : 0;
  }

  /** Finds, or corrects, its place by when things arrived; `zeroMs` is our time of the era's beginning. */
  place(clock: ArrivalClock, zeroMs: number): void {
    const ownZeroMs = clock.zeroMs();
    if (ownZeroMs === undefined) return;
    const wanted = ((ownZeroMs - zeroMs) * commonHz) / 1000;
    if (this.#offset === undefined) this.#offset = wanted;
    else {
      const step = wanted - this.#offset;
      this.#offset += Math.max(-maxCorrectionTicks, Math.min(maxCorrectionTicks, step));
    }
  }

  /** Where the newest block ends, on the era's clock. */
  end(): number | undefined {
    const newest = this.#frames.at(-1);
    if (!newest || this.#offset === undefined) return undefined;
    return this.#toCommon(newest, newest.ticks + blockSamples) + this.#offset;
  }

  /** The blocks that begin nearer to this segment's time than to the next one's. */
  take(start: number, end: number): CutPart | undefined {
    const offset = this.#offset ?? 0;
    const timeOf = (frame: MediaFrame) => this.#toCommon(frame, frame.ticks) + offset;
    const half = (blockSamples / 2) * (commonHz / 48_000);
    const rest = this.#frames.findIndex((frame) => timeOf(frame) >= end - half);
    const until = rest < 0 ? this.#frames.length : rest;
    const from = this.#frames.findIndex((frame) => timeOf(frame) >= Math.max(0, start - half));
    const frames = from < 0 ? [] : this.#frames.slice(from, Math.max(from, until));
    this.#frames = this.#frames.slice(until);
    const [first] = frames;
    if (!first?.head) return undefined;
    const { head } = first;
    const startTicks = Math.max(0, Math.round((timeOf(first) * head.timescaleHz) / commonHz));
    return { head, startTicks, samples: frames.map((frame) => ({ frame, durationTicks: blockSamples })) };
  }

  #toCommon(frame: MediaFrame, ticks: number): number {
    return (ticks * commonHz) / (frame.head?.timescaleHz ?? 48_000);
  }
}

/** An AAC block. */
const blockSamples = 1024;
