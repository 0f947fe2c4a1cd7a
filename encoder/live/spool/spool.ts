import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "#common/node/log.ts";
import type { CutterPlaces } from "../cut/cutter.ts";
import type { MediaFrame } from "../rtp/media-frame.ts";
import { encodeRecords, type SpoolRecord, toFrameRecord } from "./spool-record.ts";

const namePattern = /^spool-(\d+)$/;

/**
 * Keeps the frames that are not in a segment yet in files of this machine, so that a process that is killed loses none of them. One
 * file a segment; it goes when the storage has the segment. Files of an earlier process stay until {@link Spool.forget}.
 */
export class Spool {
  readonly #dir: string;
  readonly #log: Logger;
  #number = 0;
  #pending: SpoolRecord[] = [];
  #queue: Promise<void> = Promise.resolve();
  #isBroken = false;

  constructor(dir: string, log: Logger) {
    this.#dir = dir;
    this.#log = log;
  }

  /** Begins the next file with the frames that were pushed too early for the segment before; gives its number. */
  begin(
    rest: { pictures: ReadonlyMap<number, readonly MediaFrame[]>; sound: readonly MediaFrame[] },
    places: CutterPlaces | undefined,
    zeroMs: number,
  ): number {
    this.#number += 1;
    const frames = [
      ...[...rest.pictures].flatMap(([layer, frames]) => frames.map((frame) => toFrameRecord(layer, frame))),
      ...rest.sound.map((frame) => toFrameRecord(null, frame)),
    ];
    this.#pending = [];
    this.#write(this.#number, [...frames, ...toPlacesRecords(places, zeroMs)], "begin");
    return this.#number;
  }

  /** Takes a frame; it is written with the next {@link Spool.flush}. */
  add(layer: number | null, frame: MediaFrame): void {
    if (this.#number > 0) this.#pending.push(toFrameRecord(layer, frame));
  }

  /** Writes what was taken, and where the tracks stand now; to be called before segments are cut. */
  flush(places: CutterPlaces | undefined, zeroMs: number): void {
    if (this.#pending.length === 0 || this.#number === 0) return;
    const records = [...this.#pending, ...toPlacesRecords(places, zeroMs)];
    this.#pending = [];
    this.#write(this.#number, records, "append");
  }

  /** The storage has this segment. */
  drop(number: number): void {
    this.#enqueue(() => rm(this.#path(number), { force: true }));
  }

  /** Resolves when all is written. */
  async settle(): Promise<void> {
    await this.#queue;
  }

  /** What was left by an earlier process, the oldest first; call it before anything else. */
  async readLeft(): Promise<Buffer[]> {
    const names = await readdir(this.#dir).catch(() => []);
    const numbers = names.flatMap((name) => namePattern.exec(name)?.[1] ?? []).map(Number);
    numbers.sort((a, b) => a - b);
    this.#number = numbers.at(-1) ?? 0;
    return await Promise.all(numbers.map((number) => readFile(this.#path(number))));
  }

  /** Takes all files away. */
  async forget(): Promise<void> {
    await this.#queue;
    this.#pending = [];
    const names = await readdir(this.#dir).catch(() => []);
    for (const name of names) if (namePattern.test(name)) await rm(join(this.#dir, name), { force: true });
  }

  #write(number: number, records: readonly SpoolRecord[], mode: "begin" | "append"): void {
    const bytes = encodeRecords(records);
    this.#enqueue(async () => {
      if (mode === "begin") await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      await (mode === "begin" ? writeFile : appendFile)(this.#path(number), bytes);
    });
  }

  #enqueue(work: () => Promise<unknown>): void {
    this.#queue = this.#queue.then(work).then(
      () => {
        this.#isBroken = false;
      },
      (err) => {
        // what is on air goes on; only a crash would cost more than it does otherwise
        if (!this.#isBroken) this.#log.warn({ err }, "frames cannot be kept beside the storage");
        this.#isBroken = true;
      },
    );
  }

  #path(number: number): string {
    return join(this.#dir, `spool-${number}`);
  }
}

function toPlacesRecords(places: CutterPlaces | undefined, zeroMs: number): SpoolRecord[] {
  if (!places) return [];
  const { start, pictures, soundOffset } = places;
  return [
    {
      kind: "places",
      start,
      zeroMs,
      pictures: [...pictures],
      ...(soundOffset !== undefined && { soundOffset }),
    },
  ];
}
