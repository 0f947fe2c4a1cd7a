import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { makeSegment } from "../../media/mp4-segment.ts";
import { makeMasterPlaylist } from "../../media/playlist.ts";
import { type Cut, type CutPart, commonHz, partSeconds } from "../cut/cut.ts";
import { segmentSeconds } from "../cut/cutter.ts";
import { Catalog, soundName } from "./catalog.ts";
import type { JournalPart, JournalSegment } from "./journal.schema.ts";
import { Journal } from "./journal.ts";
import {
  headName,
  makeTrackPlaylist,
  type PlaylistKind,
  segmentName,
  toTargetSeconds,
  windowOf,
} from "./live-playlist.rules.ts";

/** Master playlist of a broadcast that is on air. */
export const liveMasterName = "live.m3u8";
const recordedMasterName = "master-1.m3u8";

/** What a {@link Shelf} needs. */
export interface ShelfOptions {
  readonly storage: Storage;
  readonly broadcastId: string;
  readonly revision: string;
  readonly dvrWindowSeconds: number;
  readonly isRecorded: boolean;
  readonly log: Logger;
  /** Throws when another process has taken this broadcast over: nothing may be written then. */
  readonly assertOwned: () => Promise<void>;
}

/** Segments that wait for a storage that does not answer; what comes then is lost. */
const maxWaiting = 30;
const retryMs = [200, 500, 1000, 2000] as const;
/** §6.2.2: what has left a playlist stays for as long as somebody may still play it. */
const keptBehindWindow = 8;
/** A master playlist is written again when the bitrates that it says are exceeded by so much. */
const bitrateSlack = 1.15;

/**
 * Writes a broadcast into the storage: segments, then the journal, then the playlists that name them. Goes on from what the
 * journal says; each call of {@link Shelf.beginEra} puts a discontinuity before what comes next.
 */
export class Shelf {
  readonly #options: ShelfOptions;
  readonly #journal: Journal;
  readonly #catalog: Catalog;
  #era: number;
  /** Common ticks of the era's beginning on the broadcast's time. */
  #eraTicks: number;
  #rungOfLayer = new Map<number, string>();
  #waiting = 0;
  #queue: Promise<void> = Promise.resolve();
  #hasLost = false;
  #trouble = "";
  #master = { text: "", peakBps: 0, shape: "" };
  #borrowedCount = 0;
  readonly #storedHeads: Set<string>;

  private constructor(options: ShelfOptions, journal: Journal, catalog: Catalog) {
    this.#options = options;
    this.#journal = journal;
    this.#catalog = catalog;
    this.#era = catalog.segments.at(-1)?.era ?? -1;
    this.#eraTicks = catalog.endTicks;
    const heads = catalog.tracks.flatMap(({ name, heads }) =>
      heads.map((_, at) => `${name}/${headName(at + 1)}`),
    );
    this.#storedHeads = new Set(heads);
  }

  static async open(options: ShelfOptions): Promise<Shelf> {
    const prefix = storageLayout.media(options.broadcastId, options.revision, "journal/");
    const journal = new Journal(options.storage, prefix);
    return new Shelf(options, journal, new Catalog(await journal.read()));
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  /** Why nothing can be written, in a sentence; empty: all is well. */
  get trouble(): string {
    return this.#trouble;
  }

  /** Parts that a rung borrowed of another one, since this process began. */
  get borrowedCount(): number {
    return this.#borrowedCount;
  }

  /** Can the live master playlist be watched? */
  get isWatchable(): boolean {
    return this.#master.text !== "" || this.#catalog.segments.length > 0;
  }

  /** What comes next has nothing to do with what came before. */
  beginEra(): void {
    this.#enqueue(async () => this.#startEra());
  }

  /** Takes a segment; `zeroMs` is the wall time of its era's beginning. `onStored` is called when no crash can lose it any more. */
  add(cut: Cut, zeroMs: number, onStored: () => void = () => undefined): void {
    if (this.#waiting >= maxWaiting) {
      this.#hasLost = true;
      return;
    }
    this.#enqueue(async () => {
      // the place of a segment that was lost shows as a discontinuity
      if (this.#hasLost) this.#startEra();
      this.#hasLost = false;
      await this.#withRetries(() => this.#store(cut, zeroMs));
      onStored();
      await this.#withRetries(() => this.#writeLive(this.#options.dvrWindowSeconds === 0 ? "whole" : "live"));
      await this.#withRetries(() => this.#dropOld());
    });
  }

  /** Resolves when all that was taken is written. */
  async settle(): Promise<void> {
    await this.#queue;
  }

  /** Ends the live playlists and writes those of the recording; resolves with its master's name, empty when there is none. */
  async finish(): Promise<string> {
    await this.#queue;
    const known = this.#catalog.end;
    if (known) return known.masterName;
    const { segments, tracks, durationSeconds } = this.#catalog;
    const masterName = segments.length > 0 && this.#options.isRecorded ? recordedMasterName : "";
    if (segments.length > 0) await this.#withRetries(() => this.#writeLive("ended"));
    if (masterName !== "") {
      await this.#withRetries(async () => {
        await this.#writePlaylists("recorded", "index.m3u8", segments);
        await this.#put(masterName, this.#makeMaster("index.m3u8"));
      });
    }
    const facts = Object.fromEntries(
      tracks.flatMap(({ name }) => {
        const found = this.#catalog.factsOf(name);
        return found ? [[name, found]] : [];
      }),
    );
    await this.#withRetries(() =>
      this.#journal.writeEnd({ masterName, tracks: [...tracks], facts, durationSeconds }),
    );
    return masterName;
  }

  /** Takes everything away: nothing of this broadcast is kept. */
  async discard(): Promise<void> {
    await this.#queue;
    const { storage, broadcastId, revision } = this.#options;
    await storage.remove(storageLayout.revision(broadcastId, revision));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#waiting += 1;
    this.#queue = this.#queue
      .then(work)
      .catch((err) => {
        this.#hasLost = true;
        this.#options.log.error({ err }, "a segment could not be written");
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  #startEra(): void {
    if (this.#catalog.segments.at(-1)?.era === this.#era || this.#era < 0) this.#era += 1;
    this.#eraTicks = this.#catalog.endTicks;
    this.#rungOfLayer = new Map();
  }

  async #store(cut: Cut, zeroMs: number): Promise<void> {
    const number = (this.#catalog.segments.at(-1)?.number ?? 0) + 1;
    const parts: Record<string, JournalPart> = {};
    const chosen = [...cut.pictures].map(([layer, part]) => ({ name: this.#rungFor(layer, part), part }));
    if (cut.sound) chosen.push({ name: soundName, part: cut.sound });
    await this.#options.assertOwned();
    await Promise.all(
      chosen.map(async ({ name, part }) => {
        parts[name] = await this.#storePart(name, number, part);
      }),
    );
    const segment: JournalSegment = {
      number,
      era: this.#era,
      startTicks: this.#eraTicks + cut.startTicks,
      endTicks: this.#eraTicks + cut.endTicks,
      dateMs: Math.round(zeroMs + (cut.startTicks * 1000) / commonHz),
      parts,
    };
    await this.#journal.write(this.#catalog.tracks, [...this.#catalog.segments.slice(-100), segment]);
    this.#catalog.add(segment);
    this.#borrowedCount += this.#catalog.rungs.filter((rung) => !parts[rung]).length;
  }

  async #storePart(name: string, number: number, part: CutPart): Promise<JournalPart> {
    const { head } = part;
    const headNumber = this.#catalog.addHead(name, head);
    const headPath = `${name}/${headName(headNumber)}`;
    if (!this.#storedHeads.has(headPath)) await this.#put(headPath, head.initSegment);
    this.#storedHeads.add(headPath);
    const samples = part.samples.map(({ frame, durationTicks }) => ({
      durationTicks: Math.round(durationTicks),
      sizeBytes: frame.sizeBytes,
      isSync: frame.isKey,
      compositionOffsetTicks: 0,
      dataOffset: 0,
    }));
    const baseDecodeTicks =
      Math.round((this.#eraTicks * head.timescaleHz) / commonHz) + Math.round(part.startTicks);
    const data = part.samples.flatMap(({ frame }) => frame.data);
    const bytes = makeSegment({ sequenceNumber: number, baseDecodeTicks, samples, data });
    await this.#put(`${name}/${segmentName(number)}`, bytes);
    return {
      head: headNumber,
      seconds: partSeconds(part),
      frameCount: part.samples.length,
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    };
  }

  /** A layer keeps its rung for as long as its era lasts. */
  #rungFor(layer: number, { head }: CutPart): string {
    const known = this.#rungOfLayer.get(layer);
    if (known !== undefined) return known;
    const name = this.#catalog.chooseRung(head, new Set(this.#rungOfLayer.values()), layer);
    this.#rungOfLayer.set(layer, name);
    return name;
  }

  async #writeLive(kind: PlaylistKind): Promise<void> {
    const shown = windowOf(this.#catalog.segments, this.#options.dvrWindowSeconds);
    await this.#writePlaylists(kind, liveMasterName, shown);
    const rungs = this.#catalog.rungFacts();
    const audio = this.#catalog.audioFacts();
    const peakBps = Math.max(0, ...[...rungs, ...audio].map((facts) => facts.peakBps));
    const shape = [...rungs, ...audio].map(({ kind, codec, name }) => `${kind} ${name} ${codec}`).join();
    if (shape === this.#master.shape && peakBps <= this.#master.peakBps * bitrateSlack) return;
    const text = this.#makeMaster(liveMasterName);
    await this.#put(liveMasterName, text);
    this.#master = { text: text.toString("utf8"), peakBps, shape };
  }

  async #writePlaylists(
    kind: PlaylistKind,
    name: string,
    segments: readonly JournalSegment[],
  ): Promise<void> {
    const { rungs, tracks } = this.#catalog;
    const targetSeconds = toTargetSeconds(segments, segmentSeconds);
    await Promise.all(
      tracks.map(({ name: track }) => {
        const text = makeTrackPlaylist({ kind, track, rungs, segments, targetSeconds });
        return this.#put(`${track}/${name}`, Buffer.from(text));
      }),
    );
  }

  #makeMaster(mediaName: string): Buffer {
    const { catalog } = this;
    return Buffer.from(makeMasterPlaylist(catalog.rungFacts(), catalog.audioFacts(), mediaName));
  }

  /** What is not recorded goes when nobody can come back to it. */
  async #dropOld(): Promise<void> {
    const { isRecorded, dvrWindowSeconds, storage } = this.#options;
    if (isRecorded || dvrWindowSeconds === 0) return;
    const [first] = windowOf(this.#catalog.segments, dvrWindowSeconds);
    const number = (first?.number ?? 0) - keptBehindWindow;
    for (const segment of this.#catalog.dropBefore(number)) {
      for (const name of Object.keys(segment.parts)) {
        await storage.remove(this.#keyOf(`${name}/${segmentName(segment.number)}`));
      }
      await this.#journal.forgetBefore(segment.number);
    }
  }

  async #withRetries(work: () => Promise<void>): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await work();
        this.#trouble = "";
        return;
      } catch (err) {
        const waitMs = retryMs[attempt];
        if (waitMs === undefined || err instanceof NotOwnedError) throw err;
        this.#trouble = "The storage does not take what is on air.";
        this.#options.log.warn({ err, waitMs }, "the storage failed; it is tried again");
        await sleep(waitMs);
      }
    }
  }

  async #put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#options.storage.put(this.#keyOf(path), bytes);
  }

  #keyOf(path: string): string {
    return storageLayout.media(this.#options.broadcastId, this.#options.revision, path);
  }
}

/** Another process goes on with this broadcast. */
export class NotOwnedError extends Error {
  constructor() {
    super("another process has taken this broadcast over");
    this.name = "NotOwnedError";
  }
}
