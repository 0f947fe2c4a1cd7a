import type { Storage } from "#common/node/storage/storage.port.ts";
import {
  type JournalEnd,
  type JournalSegment,
  type JournalTrack,
  journalChunkSchema,
  journalEndSchema,
} from "./journal.schema.ts";

/** What a broadcast's journal says. */
export interface JournalContent {
  readonly tracks: readonly JournalTrack[];
  readonly segments: readonly JournalSegment[];
  readonly end: JournalEnd | undefined;
}

/** Segments of one object: few enough to write again with each of them, enough to read a long broadcast quickly. */
const chunkSegments = 50;
const endName = "end.json";

/**
 * What a broadcast has written, durable before anybody is told of it: whoever goes on after a crash asks it. A segment that is
 * not in it was never there.
 */
export class Journal {
  readonly #storage: Storage;
  readonly #prefix: string;

  /** `prefix` is a storage prefix that ends with `/`. */
  constructor(storage: Storage, prefix: string) {
    this.#storage = storage;
    this.#prefix = prefix;
  }

  async read(): Promise<JournalContent> {
    const endBytes = await this.#storage.read(this.#prefix + endName);
    if (endBytes) {
      const end = journalEndSchema.parse(JSON.parse(endBytes.toString("utf8")));
      return { tracks: end.tracks, segments: [], end };
    }
    let tracks: readonly JournalTrack[] = [];
    const segments: JournalSegment[] = [];
    for (const { key } of await this.#storage.list(this.#prefix)) {
      const bytes = await this.#storage.read(key);
      if (!bytes) continue;
      const chunk = journalChunkSchema.parse(JSON.parse(bytes.toString("utf8")));
      tracks = chunk.tracks;
      segments.push(...chunk.segments);
    }
    return { tracks, segments, end: undefined };
  }

  /** Writes the object that holds the newest segment again. `segments` are all that are kept. */
  async write(tracks: readonly JournalTrack[], segments: readonly JournalSegment[]): Promise<void> {
    const newest = segments.at(-1);
    if (!newest) return;
    const chunk = chunkOf(newest.number);
    const inChunk = segments.slice(-chunkSegments).filter(({ number }) => chunkOf(number) === chunk);
    await this.#put(chunkName(chunk), { tracks, segments: inChunk });
  }

  /** Forgets objects that hold nothing but segments before this one. */
  async forgetBefore(number: number): Promise<void> {
    const chunk = chunkOf(number) - 1;
    if (chunk >= 0 && chunkOf(number - 1) === chunk)
      await this.#storage.remove(this.#prefix + chunkName(chunk));
  }

  /** Says that the broadcast is finished; what is known of single segments is not needed any more. */
  async writeEnd(end: JournalEnd): Promise<void> {
    await this.#put(endName, end);
    for (const { key } of await this.#storage.list(this.#prefix)) {
      if (!key.endsWith(endName)) await this.#storage.remove(key);
    }
  }

  async #put(name: string, content: unknown): Promise<void> {
    await this.#storage.put(this.#prefix + name, Buffer.from(JSON.stringify(content)));
  }
}

function chunkOf(number: number): number {
  return Math.floor((number - 1) / chunkSegments);
}

function chunkName(chunk: number): string {
  return `${String(chunk + 1).padStart(6, "0")}.json`;
}
