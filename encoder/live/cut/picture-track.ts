import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import { alignLayers } from "./align.rules.ts";
import { ArrivalClock } from "./arrival-clock.ts";
import { type CutPart, commonHz } from "./cut.ts";

/** Key frames of layers that belong together may lie so far apart. */
const toleranceTicks = 0.5 * commonHz;
/** Layers whose key frames coincide need not be waited for. */
const coincideTicks = 0.05 * commonHz;
const maxFrames = 6000;
const maxBytes = 64 * 1024 ** 2;
const usualFrameTicks = commonHz / 30;

/** Where a layer's next segment begins; `wait`: it cannot be told yet. */
export type Boundary = { readonly index: number } | "none" | "wait";

/** What a layer has for a segment. */
export interface TakenPicture {
  readonly part: CutPart;
  /** Of each frame. */
  readonly times: readonly number[];
  readonly isWhole: boolean;
}

/** The frames of one layer that are not in a segment yet. Times are on the era's clock unless said. */
export class PictureTrack {
  readonly layer: number;
  readonly clock = new ArrivalClock(commonHz);
  #frames: MediaFrame[] = [];
  #bytes = 0;
  #offset: number | undefined;
  #isOpen = false;
  #lastKey: MediaFrame | undefined;
  #needsKey = true;
  #hasOverflown = false;

  constructor(layer: number) {
    this.layer = layer;
  }

  /** Has this layer a place on the era's clock? */
  get isPlaced(): boolean {
    return this.#offset !== undefined;
  }

  /** Do its frames begin with the segment that is being collected? */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** It sent more than can be kept without a key frame that ends a segment. */
  get hasOverflown(): boolean {
    return this.#hasOverflown;
  }

  get frames(): readonly MediaFrame[] {
    return this.#frames;
  }

  push(frame: MediaFrame): void {
    this.clock.add(frame.ticks, frame.arrivedMs);
    if (this.#needsKey && !(frame.isKey && frame.head)) return;
    this.#needsKey = false;
    if (frame.isKey && frame.head) this.#lastKey = frame;
    this.#frames.push(frame);
    this.#bytes += frame.sizeBytes;
    // a publisher that never sends key frames: nothing can be made of it
    if (this.#frames.length <= maxFrames && this.#bytes <= maxBytes) return;
    this.#hasOverflown = true;
    this.#drop();
  }

  /** The first key frame at hand. */
  firstKey(): MediaFrame | undefined {
    return this.#frames.find(({ isKey, head }) => isKey && head);
  }

  /** Makes this frame the era's beginning. */
  begin(frame: MediaFrame): void {
    this.#offset = -frame.ticks;
    this.#keepFrom(this.#frames.indexOf(frame));
    this.#isOpen = true;
  }

  /**
   * Finds this layer's place: by when its frames arrived, and so that they fall on those of a layer that has one. Its frames
   * belong to the segment that began at `start` when it has a key frame there.
   */
  place(options: { zeroMs: number; reference: PictureTrack | undefined; start: number }): void {
    const { zeroMs, reference, start } = options;
    const ownZeroMs = this.clock.zeroMs();
    if (ownZeroMs === undefined || !this.clock.isSettled) return;
    const rough = Math.round(((ownZeroMs - zeroMs) * commonHz) / 1000);
    const others =
      reference?.frames.map((frame) => ({ ticks: reference.timeOf(frame), isKey: frame.isKey })) ?? [];
    this.putAt(alignLayers(others, this.#frames, rough), start);
  }

  /** Own ticks plus this give the era's; `undefined` before it is known. */
  get offset(): number | undefined {
    return this.#offset;
  }

  /** Gives this layer its place; see {@link PictureTrack.place}. */
  putAt(offset: number, start: number): void {
    this.#offset = offset;
    const index = this.#frames.findIndex(
      (frame) => frame.isKey && Math.abs(this.timeOf(frame) - start) <= toleranceTicks,
    );
    if (index < 0) return;
    this.#keepFrom(index);
    this.#isOpen = true;
  }

  /** Our time of the era's beginning by this layer's clock. */
  zeroMs(): number | undefined {
    const zeroMs = this.clock.zeroMs();
    return zeroMs === undefined || this.#offset === undefined
      ? undefined
      : zeroMs - (this.#offset * 1000) / commonHz;
  }

  timeOf(frame: MediaFrame): number {
    return frame.ticks + (this.#offset ?? 0);
  }

  newest(): number | undefined {
    const frame = this.#frames.at(-1);
    return frame && this.timeOf(frame);
  }

  /** Where the newest frame ends, as far as can be guessed. */
  end(): number | undefined {
    const [newest, previous] = [this.#frames.at(-1), this.#frames.at(-2)];
    if (!newest) return undefined;
    const step = previous ? newest.ticks - previous.ticks : usualFrameTicks;
    return this.timeOf(newest) + Math.min(Math.max(step, 1), commonHz / 4);
  }

  /**
   * The key frame that can end the segment that began at `start`: one after the shortest length or, where the picture itself
   * changes or this layer was not there before, any.
   */
  findEnd(
    start: number,
    shortestTicks: number,
  ): { index: number; time: number; arrivedMs: number } | undefined {
    const head = this.#isOpen ? this.#frames[0]?.head : undefined;
    const index = this.#frames.findIndex((frame, at) => {
      if (!frame.isKey || !frame.head || (this.#isOpen && at === 0)) return false;
      const isOther = frame.head !== head;
      return this.timeOf(frame) >= start + (isOther ? coincideTicks : shortestTicks);
    });
    const frame = this.#frames[index];
    return frame && { index, time: this.timeOf(frame), arrivedMs: frame.arrivedMs };
  }

  /** This layer's own boundary for a cut at `time`. */
  findBoundary(time: number, isPatient: boolean): Boundary {
    let best: { index: number; distance: number } | undefined;
    for (const [index, frame] of this.#frames.entries()) {
      if (!frame.isKey || !frame.head) continue;
      const distance = Math.abs(this.timeOf(frame) - time);
      if (distance <= toleranceTicks && (!best || distance < best.distance)) best = { index, distance };
    }
    const newest = this.newest() ?? Number.NEGATIVE_INFINITY;
    // one that has stopped is not waited for
    const isPast = newest > time + toleranceTicks || newest < time - commonHz;
    if (best && (best.distance <= coincideTicks || isPast || !isPatient)) return { index: best.index };
    return isPast || !isPatient ? "none" : "wait";
  }

  /**
   * Takes what belongs to the segment that ends now. `isWhole` is false when packets of it are lost: then it ends where the loss
   * begins, and its last frame stands until the end.
   */
  take(boundary: Boundary, end: number): TakenPicture | undefined {
    const index = typeof boundary === "object" ? boundary.index : this.#indexFrom(end);
    const frames = this.#frames.slice(0, index);
    const wasOpen = this.#isOpen;
    const next = this.#frames[index];
    const ownEnd = typeof boundary === "object" && next ? this.timeOf(next) : end;
    if (typeof boundary === "object") this.#keepFrom(index);
    else this.#keepFrom(this.#frames.findIndex((frame, at) => at >= index && frame.isKey));
    this.#isOpen = typeof boundary === "object";
    const head = frames[0]?.head;
    return wasOpen && head ? this.#toPart(frames, head, ownEnd) : undefined;
  }

  /** Goes on with its last key frame, which stands still: nothing else came. */
  repeatFrom(time: number): void {
    if (!this.#lastKey || this.#offset === undefined) return;
    this.#drop();
    this.#frames = [{ ...this.#lastKey, ticks: time - this.#offset, isAfterLoss: false }];
    this.#isOpen = true;
  }

  #toPart(frames: readonly MediaFrame[], head: MediaHead, end: number): TakenPicture {
    const lossAt = frames.findIndex((frame, at) => at > 0 && frame.isAfterLoss && !frame.isKey);
    const kept = lossAt < 0 ? frames : frames.slice(0, lossAt);
    const times = [...kept.map((frame) => this.timeOf(frame)), end];
    const samples = kept.map((frame, at) => {
      const from = times[at] ?? end;
      return { frame, durationTicks: Math.max(1, (times[at + 1] ?? end) - from) };
    });
    const hasOtherHead = kept.some((frame) => frame.head !== undefined && frame.head !== head);
    const part = { head, startTicks: Math.max(0, times[0] ?? 0), samples };
    return { part, times: times.slice(0, -1), isWhole: lossAt < 0 && !hasOtherHead };
  }

  #indexFrom(time: number): number {
    const index = this.#frames.findIndex((frame) => this.timeOf(frame) >= time);
    return index < 0 ? this.#frames.length : index;
  }

  #keepFrom(index: number): void {
    this.#frames = index < 0 ? [] : this.#frames.slice(index);
    this.#bytes = this.#frames.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#needsKey = this.#frames.length === 0;
  }

  #drop(): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#isOpen = false;
    this.#needsKey = true;
  }
}
