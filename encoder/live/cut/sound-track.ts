import { aacBlockSamples, sampleRateHz } from "../live-args.ts";
import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import type { ArrivalClock } from "./arrival-clock.ts";
import { type CutPart, commonHz } from "./cut.ts";

/** The clocks of microphone and camera drift apart by a tenth of a millisecond in two seconds, rarely by more. */
const maxCorrectionTicks = commonHz / 1000;
const maxFrames = 6000;

/** The blocks of sound that are not in a segment yet. The sound has no gaps; its place beside the picture is corrected slowly. */
export class SoundTrack {
  #frames: MediaFrame[] = [];
  #offset: number | undefined;
  /** The newest block that is in a segment. */
  #last: MediaFrame | undefined;

  push(frame: MediaFrame): void {
    this.#frames.push(frame);
    if (this.#frames.length > maxFrames) this.#frames.shift();
  }

  get frames(): readonly MediaFrame[] {
    return this.#frames;
  }

  get lengthSeconds(): number {
    return (this.#frames.length * aacBlockSamples) / sampleRateHz;
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
    return this.#toCommon(newest, newest.ticks + aacBlockSamples) + this.#offset;
  }

  /**
   * The blocks that begin nearer to this segment's time than to the next one's. Silence takes the place of blocks that never came:
   * after a crash, or when the sound's encoder could not be brought back in time.
   */
  take(start: number, end: number): CutPart | undefined {
    const offset = this.#offset ?? 0;
    const timeOf = (ticks: number) => (ticks * commonHz) / sampleRateHz + offset;
    const half = (aacBlockSamples / 2) * (commonHz / sampleRateHz);
    const isDue = ({ ticks }: MediaFrame) => timeOf(ticks) < end - half;
    const due = this.#frames.filter(
      (frame) => isDue(frame) && timeOf(frame.ticks) >= Math.max(0, start - half),
    );
    this.#frames = this.#frames.filter((frame) => !isDue(frame));
    const first = due[0] ?? this.#last;
    if (!first?.head) return undefined;
    const { head } = first;
    let next = this.#last ? this.#last.ticks + aacBlockSamples : first.ticks;
    const startTicks = Math.max(0, Math.round((timeOf(next) * head.timescaleHz) / commonHz));
    const frames: MediaFrame[] = [];
    const fillTo = (ticks: number) => {
      for (; next < ticks; next += aacBlockSamples) frames.push(makeSilentBlock(next, head));
    };
    for (const frame of due) {
      fillTo(frame.ticks);
      frames.push(frame);
      next = frame.ticks + aacBlockSamples;
    }
    for (; timeOf(next) < end - half; next += aacBlockSamples) frames.push(makeSilentBlock(next, head));
    this.#last = frames.at(-1) ?? this.#last;
    if (frames.length === 0) return undefined;
    return { head, startTicks, samples: frames.map((frame) => ({ frame, durationTicks: aacBlockSamples })) };
  }

  #toCommon(frame: MediaFrame, ticks: number): number {
    return (ticks * commonHz) / (frame.head?.timescaleHz ?? sampleRateHz);
  }
}

/** An AAC block of nothing: stereo, one pair of channels without any coefficients (ISO 14496-3 §4.4.2.1). */
const silentBlock = Buffer.from([0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80]);

function makeSilentBlock(ticks: number, head: MediaHead): MediaFrame {
  const { length: sizeBytes } = silentBlock;
  return { ticks, isKey: true, data: [silentBlock], sizeBytes, arrivedMs: 0, isAfterLoss: false, head };
}
