import type { MediaFrame } from "../rtp/media-frame.ts";
import { ArrivalClock } from "./arrival-clock.ts";
import { type Cut, commonHz } from "./cut.ts";
import { type Boundary, PictureTrack, type TakenPicture } from "./picture-track.ts";
import { SoundTrack } from "./sound-track.ts";

/** Segments are this long; the sfu asks for a key frame as often. */
export const segmentSeconds = 2;
/** A key frame that comes a bit early is taken too, so that one asked for by a viewer does not make a long segment. */
const shortestTicks = 0.75 * segmentSeconds * commonHz;
/** How long the others are waited for after the leader's key frame. */
const patienceMs = 1000;
/** How long sound is waited for: long enough for its encoder to be started again. */
const soundPatienceMs = 9000;
/** A layer that is so far behind the newest one does not lead. */
const leadTicks = commonHz;
/** Sound goes on and no picture comes: it stands still from then on. */
const stillTicks = 1.5 * commonHz;
const soundGoneMs = 1500;
/** A layer that stands still for so long while another moves has a hole there. */
const holeTicks = 0.7 * commonHz;
/** Sound waits so long for a picture that is announced. */
const soundAloneSeconds = 4;
/** After the first key frame, lower layers have so long to lead. */
const graceMs = 400;

/** Where the tracks of an era stand: what is needed to make a segment of frames that were kept. */
export interface CutterPlaces {
  /** Beginning of the segment that is being collected. */
  readonly start: number;
  readonly pictures: ReadonlyArray<{ readonly layer: number; readonly offset: number }>;
  readonly soundOffset: number | undefined;
}

/**
 * Cuts the tracks of one era (from the publisher's coming to its going) into segments at the same times. The lowest layer
 * that is alive leads: its key frames end the segments, and the key frames of the others beside them. Nothing here looks at
 * a clock: times are given. A layer that has nothing whole for a segment is left out of it.
 */
export class Cutter {
  readonly #pictures = new Map<number, PictureTrack>();
  #sound: SoundTrack | undefined;
  #soundClock = new ArrivalClock(48_000);
  #heardMs = Number.NEGATIVE_INFINITY;
  #start: number | undefined;
  #zeroMs: number | undefined;

  /** There is sound: segments wait for it. */
  addSound(): void {
    this.#sound ??= new SoundTrack();
  }

  addPicture(layer: number): void {
    if (!this.#pictures.has(layer)) this.#pictures.set(layer, new PictureTrack(layer));
  }

  removePicture(layer: number): void {
    this.#pictures.delete(layer);
  }

  pushPicture(layer: number, frame: MediaFrame): void {
    this.#pictures.get(layer)?.push(frame);
  }

  pushSound(frame: MediaFrame): void {
    this.#sound?.push(frame);
  }

  /** Sound arrived: how its clock, in samples of 48 kHz, stands to ours. */
  heardSound(ticks: number, arrivedMs: number): void {
    this.#soundClock.add(ticks, arrivedMs);
    this.#heardMs = arrivedMs;
  }

  /** Our time of the era's beginning, on the clock of the frames' arrival. */
  get zeroMs(): number | undefined {
    return this.#zeroMs;
  }

  /** How much is collected for the segment that is next, in seconds. */
  get openSeconds(): number {
    const ends = [...this.#placed().map((track) => track.end()), this.#sound?.end()];
    const newest = Math.max(0, ...ends.filter((end) => end !== undefined));
    return this.#start === undefined ? 0 : Math.max(0, newest - this.#start) / commonHz;
  }

  /** A layer sent more than can be kept without a key frame: a new era has to begin. */
  get isStuck(): boolean {
    return this.#tracks().some((track) => track.hasOverflown);
  }

  /** Where the tracks stand; `undefined` before the era's first key frame. */
  get places(): CutterPlaces | undefined {
    if (this.#start === undefined) return undefined;
    const pictures = this.#tracks().flatMap(({ layer, offset }) =>
      offset === undefined ? [] : [{ layer, offset }],
    );
    return { start: this.#start, pictures, soundOffset: this.#sound?.offset };
  }

  /** The frames that are not in a segment yet. */
  get rest(): { pictures: ReadonlyMap<number, readonly MediaFrame[]>; sound: readonly MediaFrame[] } {
    const pictures = new Map(this.#tracks().map((track) => [track.layer, track.frames]));
    return { pictures, sound: this.#sound?.frames ?? [] };
  }

  /** Puts the tracks where they stood; after the frames were pushed. */
  restore({ start, pictures, soundOffset }: CutterPlaces): void {
    this.#start = start;
    for (const { layer, offset } of pictures) this.#pictures.get(layer)?.putAt(offset, start);
    if (soundOffset !== undefined) this.#sound?.putAt(soundOffset);
  }

  /** Segments that are complete. */
  poll(nowMs: number): Cut[] {
    const cuts: Cut[] = [];
    if (this.#start === undefined && !this.#begin(nowMs)) return cuts;
    for (let cut = this.#next(nowMs); cut; cut = this.#next(nowMs)) cuts.push(cut);
    return cuts;
  }

  /** The last segment: all that is there, or what is there before `until`. */
  finish(until?: number): Cut | undefined {
    if (this.#start === undefined && !this.#begin(Number.POSITIVE_INFINITY)) return undefined;
    this.#placeOthers(this.#start ?? 0);
    if (until !== undefined) return this.#cut(this.#start ?? 0, until, new Map());
    const ends = this.#placed().map((track) => track.end() ?? 0);
    const end = ends.length > 0 ? Math.max(...ends) : (this.#sound?.end() ?? 0);
    const start = this.#start ?? 0;
    return end > start ? this.#cut(start, Math.round(end), new Map()) : undefined;
  }

  #begin(nowMs: number): boolean {
    const keys = this.#tracks().flatMap((track) => {
      const frame = track.firstKey();
      return frame ? [{ track, frame }] : [];
    });
    const [lowest] = keys;
    if (lowest) {
      const isLowest = lowest.track === this.#tracks()[0];
      const firstMs = Math.min(...keys.map(({ frame }) => frame.arrivedMs));
      if (!isLowest && nowMs - firstMs < graceMs) return false;
      lowest.track.begin(lowest.frame);
      this.#zeroMs = lowest.track.zeroMs();
    } else {
      const heardSeconds = this.#sound?.lengthSeconds ?? 0;
      if (heardSeconds <= (this.#pictures.size > 0 ? soundAloneSeconds : 0)) return false;
      this.#sound?.begin();
      this.#zeroMs = this.#soundClock.zeroMs();
    }
    this.#start = 0;
    return true;
  }

  #next(nowMs: number): Cut | undefined {
    const start = this.#start ?? 0;
    const leader = this.#findLeader();
    const found = leader?.findEnd(start, shortestTicks);
    if (!leader || !found) return this.#nextWithoutPicture(start, nowMs);
    this.#placeOthers(start);
    const isPatient = nowMs < found.arrivedMs + patienceMs;
    const boundaries = new Map<PictureTrack, Boundary>();
    for (const track of this.#placed()) {
      const own = track === leader ? { index: found.index } : track.findBoundary(found.time, isPatient);
      if (own === "wait") return undefined;
      boundaries.set(track, own);
    }
    if (this.#mustWaitForSound(found.time, nowMs - found.arrivedMs)) return undefined;
    return this.#cut(start, found.time, boundaries);
  }

  /** Sound alone, or a picture that stands still while the sound goes on. */
  #nextWithoutPicture(start: number, nowMs: number): Cut | undefined {
    this.#placeOthers(start);
    // where nothing at all comes, nothing is made up
    if (this.#placed().length > 0 && nowMs - this.#heardMs > soundGoneMs) return undefined;
    const heard = this.#sound?.end();
    if (heard === undefined) return undefined;
    const seen = Math.max(start, ...this.#placed().map((track) => track.end() ?? start));
    const end = Math.max(start + segmentSeconds * commonHz, Math.ceil(seen));
    if (heard < end + (this.#placed().length > 0 ? stillTicks : 0)) return undefined;
    const cut = this.#cut(start, end, new Map());
    for (const track of this.#placed()) track.repeatFrom(end);
    return cut;
  }

  #mustWaitForSound(end: number, waitedMs: number): boolean {
    if (!this.#sound || waitedMs > soundPatienceMs) return false;
    return (this.#sound.end() ?? Number.NEGATIVE_INFINITY) < end;
  }

  #cut(start: number, end: number, boundaries: ReadonlyMap<PictureTrack, Boundary>): Cut {
    const taken = new Map<number, TakenPicture>();
    for (const track of this.#placed()) {
      const picture = track.take(boundaries.get(track) ?? "none", end);
      if (picture && picture.part.samples.length > 0) taken.set(track.layer, picture);
    }
    this.#start = end;
    const sound = this.#sound?.take(start, end);
    this.#correct();
    return {
      startTicks: start,
      endTicks: end,
      pictures: new Map(chooseWhole(taken).map(([layer, { part }]) => [layer, part])),
      sound,
    };
  }

  /** The lowest layer that collects and is not far behind the others; else one that can begin. */
  #findLeader(): PictureTrack | undefined {
    const placed = this.#placed();
    const newest = Math.max(...placed.map((track) => track.newest() ?? Number.NEGATIVE_INFINITY));
    const alive = placed.filter((track) => (track.newest() ?? Number.NEGATIVE_INFINITY) > newest - leadTicks);
    return alive.find((track) => track.isOpen) ?? alive[0];
  }

  #placeOthers(start: number): void {
    if (this.#zeroMs === undefined) return;
    const [reference] = this.#placed();
    for (const track of this.#tracks()) {
      if (!track.isPlaced) track.place({ zeroMs: this.#zeroMs, reference, start });
    }
    if (!this.#sound?.isPlaced) this.#sound?.place(this.#soundClock, this.#zeroMs);
  }

  /** The clocks are better known than before, and drift. */
  #correct(): void {
    this.#zeroMs = this.#placed()[0]?.zeroMs() ?? this.#zeroMs;
    if (this.#zeroMs !== undefined) this.#sound?.place(this.#soundClock, this.#zeroMs);
  }

  #tracks(): PictureTrack[] {
    return [...this.#pictures.values()].sort((a, b) => a.layer - b.layer);
  }

  #placed(): PictureTrack[] {
    return this.#tracks().filter((track) => track.isPlaced);
  }
}

/** Those without loss and hole; when there is none, the lowest is better than nothing. */
function chooseWhole(taken: ReadonlyMap<number, TakenPicture>): Array<[number, TakenPicture]> {
  const all = [...taken].sort(([a], [b]) => a - b);
  const whole = all.filter(
    ([layer, picture]) =>
      picture.isWhole && !all.some(([other, { times }]) => other !== layer && hasHole(picture, times)),
  );
  return whole.length > 0 ? whole : all.slice(0, 1);
}

/** Does the other layer move where this one stands still? */
function hasHole({ times, part }: TakenPicture, others: readonly number[]): boolean {
  const [first = 0] = times;
  const end = first + part.samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
  return [...times, end].some((time, at) => {
    const previous = times[at - 1];
    if (previous === undefined || time - previous < holeTicks) return false;
    return others.some((other) => other > previous + holeTicks / 3 && other < time - holeTicks / 3);
  });
}
