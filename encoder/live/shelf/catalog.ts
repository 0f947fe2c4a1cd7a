import { createHash } from "node:crypto";
import type { AudioTrack, Rendition } from "#common/videos/video.ts";
import type { AudioFacts, RungFacts } from "../../media/part-facts.ts";
import { commonHz } from "../cut/cut.ts";
import type { MediaHead } from "../rtp/media-frame.ts";
import type { JournalEnd, JournalSegment, JournalTrack } from "./journal.schema.ts";
import type { JournalContent } from "./journal.ts";

/** Folder of the sound. */
export const soundName = "audio-0";
const maxRungs = 8;
/** A short part has a key frame like a long one: it says nothing about bitrates. */
const leastSecondsForPeak = 1;

interface Totals {
  peakBps: number;
  shortPeakBps: number;
  sizeBytes: number;
  seconds: number;
  frameCount: number;
  partCount: number;
}

/** All that a broadcast has: tracks, segments and their totals. In memory; the journal keeps it. */
export class Catalog {
  readonly #tracks: JournalTrack[];
  readonly #segments: JournalSegment[];
  readonly #totals = new Map<string, Totals>();
  readonly #end: JournalEnd | undefined;

  constructor(content: JournalContent) {
    this.#tracks = content.tracks.map((track) => ({ ...track, heads: [...track.heads] }));
    this.#segments = [...content.segments];
    this.#end = content.end;
    for (const segment of this.#segments) this.#count(segment);
  }

  get tracks(): readonly JournalTrack[] {
    return this.#tracks;
  }

  get segments(): readonly JournalSegment[] {
    return this.#segments;
  }

  get end(): JournalEnd | undefined {
    return this.#end;
  }

  get hasSound(): boolean {
    return this.#tracks.some(({ kind }) => kind === "audio");
  }

  /** What was on air, without the gaps. */
  get endTicks(): number {
    return this.#segments.at(-1)?.endTicks ?? 0;
  }

  get durationSeconds(): number {
    return this.#end?.durationSeconds ?? this.endTicks / commonHz;
  }

  get sizeBytes(): number {
    if (this.#end) return Object.values(this.#end.facts).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return [...this.#totals.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** Names of the rungs from the smallest to the largest. */
  get rungs(): string[] {
    return this.#tracks
      .filter(({ kind }) => kind === "video")
      .sort((a, b) => pixelsOf(a) - pixelsOf(b))
      .map(({ name }) => name);
  }

  /** The rung that a picture of this size belongs to: one of its name, else a new one, else the nearest. */
  chooseRung(head: MediaHead, taken: ReadonlySet<string>, layer: number): string {
    const shortSide = Math.min(head.widthPx, head.heightPx);
    const name = `${shortSide}p`;
    if (!taken.has(name)) {
      const rungs = this.rungs;
      if (rungs.includes(name) || rungs.length < maxRungs) return name;
      const distance = (rung: string) => Math.abs(Number.parseInt(rung, 10) - shortSide);
      const [nearest] = rungs.filter((rung) => !taken.has(rung)).sort((a, b) => distance(a) - distance(b));
      if (nearest) return nearest;
    }
    return `${name}-${layer}`;
  }

  /** The number of this head in its track. */
  addHead(name: string, head: MediaHead): number {
    let track = this.#tracks.find((other) => other.name === name);
    if (!track) {
      track = { name, kind: head.kind, heads: [] };
      this.#tracks.push(track);
    }
    const sha256 = createHash("sha256").update(head.initSegment).digest("hex");
    const at = track.heads.findIndex((other) => other.sha256 === sha256);
    if (at >= 0) return at + 1;
    const { codec, widthPx, heightPx, channelCount, timescaleHz } = head;
    track.heads.push({ codec, widthPx, heightPx, channelCount, timescaleHz, sha256 });
    return track.heads.length;
  }

  add(segment: JournalSegment): void {
    this.#segments.push(segment);
    this.#count(segment);
  }

  /** Takes segments before this one out; gives those that went. */
  dropBefore(number: number): JournalSegment[] {
    const count = this.#segments.findIndex((segment) => segment.number >= number);
    return count > 0 ? this.#segments.splice(0, count) : [];
  }

  rungFacts(): RungFacts[] {
    return this.rungs.flatMap((name): RungFacts[] => {
      const head = this.#tracks.find((track) => track.name === name)?.heads.at(-1);
      const facts = this.factsOf(name);
      if (!head || !facts || facts.peakBps === 0) return [];
      const { widthPx, heightPx, codec } = head;
      const { seconds: durationSeconds, partCount: segmentCount, ...rest } = facts;
      return [{ kind: "rung", name, widthPx, heightPx, codec, durationSeconds, segmentCount, ...rest }];
    });
  }

  audioFacts(): AudioFacts[] {
    const head = this.#tracks.find(({ kind }) => kind === "audio")?.heads.at(-1);
    const facts = this.factsOf(soundName);
    if (!head || !facts || facts.peakBps === 0) return [];
    const { codec, channelCount } = head;
    const { seconds: durationSeconds, partCount: segmentCount, peakBps, averageBps, sizeBytes } = facts;
    const named = { kind: "audio", ordinal: 0, name: "Audio 1", language: "und", isDefault: true } as const;
    return [{ ...named, codec, channelCount, durationSeconds, segmentCount, peakBps, averageBps, sizeBytes }];
  }

  /** Totals of a track's own parts. */
  factsOf(name: string): JournalEnd["facts"][string] | undefined {
    if (this.#end) return this.#end.facts[name];
    const totals = this.#totals.get(name);
    if (!totals) return undefined;
    const { sizeBytes, seconds, frameCount, partCount } = totals;
    return {
      peakBps: Math.ceil(totals.peakBps || totals.shortPeakBps),
      averageBps: Math.ceil((sizeBytes * 8) / seconds),
      sizeBytes,
      seconds,
      frameRateFps: Math.round((frameCount / seconds) * 1000) / 1000,
      partCount,
    };
  }

  /** From the largest to the smallest. */
  renditions(): Rendition[] {
    return this.rungFacts()
      .reverse()
      .map(({ name, heightPx, widthPx, peakBps, frameRateFps, codec, sizeBytes }) => {
        return { name, heightPx, widthPx, bitrateBps: peakBps, frameRateFps, videoCodec: codec, sizeBytes };
      });
  }

  audioTracks(): AudioTrack[] {
    return this.audioFacts().map(({ name, language, channelCount, peakBps, codec, isDefault }) => {
      return { name, language, channelCount, bitrateBps: peakBps, audioCodec: codec, isDefault };
    });
  }

  /** Width ÷ height of the largest rung; 0: sound alone. */
  get aspectRatio(): number {
    const largest = this.rungFacts().at(-1);
    return largest ? largest.widthPx / largest.heightPx : 0;
  }

  #count(segment: JournalSegment): void {
    for (const [name, part] of Object.entries(segment.parts)) {
      const none = { peakBps: 0, shortPeakBps: 0, sizeBytes: 0, seconds: 0, frameCount: 0, partCount: 0 };
      const totals = this.#totals.get(name) ?? none;
      const bitrateBps = (part.sizeBytes * 8) / part.seconds;
      if (part.seconds >= leastSecondsForPeak) totals.peakBps = Math.max(totals.peakBps, bitrateBps);
      else totals.shortPeakBps = Math.max(totals.shortPeakBps, bitrateBps);
      totals.sizeBytes += part.sizeBytes;
      totals.seconds += part.seconds;
      totals.frameCount += part.frameCount;
      totals.partCount += 1;
      this.#totals.set(name, totals);
    }
  }
}

function pixelsOf({ heads }: JournalTrack): number {
  const head = heads.at(-1);
  return head ? head.widthPx * head.heightPx : 0;
}
