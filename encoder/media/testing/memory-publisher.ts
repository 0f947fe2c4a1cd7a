import { readFile } from "node:fs/promises";
import { assertStorageKey } from "#common/node/storage/storage.port.ts";
import type { PublishedState, Publisher, SourceDescription } from "../publisher.port.ts";

/** A {@link Publisher} that keeps everything in memory and shows it. */
export interface MemoryPublisher extends Publisher {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly doneParts: readonly string[];
  readonly progress: ReadonlyArray<{ progress: number; step: string }>;
  readonly descriptions: readonly SourceDescription[];
  readonly states: readonly PublishedState[];
}

/** Begins empty, or with what an earlier attempt published. */
export function createMemoryPublisher(earlier?: MemoryPublisher): MemoryPublisher {
  const files = new Map(earlier?.files);
  const doneParts = [...(earlier?.doneParts ?? [])];
  const progress: Array<{ progress: number; step: string }> = [];
  const descriptions: SourceDescription[] = [];
  const states: PublishedState[] = [];
  const put = (path: string, bytes: Uint8Array) => {
    assertStorageKey(path);
    files.set(path, Buffer.from(bytes));
  };
  return {
    files,
    doneParts,
    progress,
    descriptions,
    states,
    async putFile(path, localPath) {
      put(path, await readFile(localPath));
    },
    async put(path, bytes) {
      put(path, bytes);
    },
    async read(path) {
      return files.get(path);
    },
    async partDone(part) {
      doneParts.push(part);
    },
    progressed(value, step) {
      progress.push({ progress: value, step });
    },
    async described(description) {
      descriptions.push(description);
    },
    async published(state) {
      states.push(state);
    },
  };
}
