import { lstat, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { assertStorageKey, type Storage } from "./storage.port.ts";

/** Small, so that tests see more than one piece. */
const pieceBytes = 4096;

/** A {@link Storage} that keeps everything in memory: for tests and for trying things out. */
export function createMemoryStorage(now: () => Date = () => new Date()): Storage {
  const objects = new Map<string, { body: Buffer; modifiedAt: Date }>();
  const keysBelow = (prefix: string) => {
    const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
    return [...objects.keys()].filter((key) => key.startsWith(folder)).sort();
  };
  const toStored = (key: string) => {
    const object = objects.get(key);
    return object && { key, sizeBytes: object.body.length, modifiedAt: object.modifiedAt };
  };

  return {
    async put(key, body) {
      assertStorageKey(key);
      const bytes = body instanceof Uint8Array ? Buffer.from(body) : await buffer(body);
      objects.set(key, { body: bytes, modifiedAt: now() });
    },

    async putFile(key, path) {
      assertStorageKey(key);
      if (!(await lstat(path)).isFile()) throw new Error("only a plain file can be stored");
      objects.set(key, { body: await readFile(path), modifiedAt: now() });
      await rm(path, { force: true });
    },

    async head(key) {
      assertStorageKey(key);
      return toStored(key);
    },

    async read(key) {
      assertStorageKey(key);
      const object = objects.get(key);
      return object && Buffer.from(object.body);
    },

    async open(key) {
      assertStorageKey(key);
      const stored = toStored(key);
      const body = objects.get(key)?.body;
      if (!stored || !body) return undefined;
      const close = async () => undefined;
      return {
        stored,
        readWhole: async () => Buffer.from(body),
        async readPieces({ from, to }, use) {
          for (let at = from; at <= to; at += pieceBytes) {
            await use(Buffer.from(body.subarray(at, Math.min(at + pieceBytes, to + 1))));
          }
        },
        close,
        [Symbol.asyncDispose]: close,
      };
    },

    async stream(key, range) {
      assertStorageKey(key);
      const object = objects.get(key);
      if (!object) return undefined;
      const body = range ? object.body.subarray(range.from, range.to + 1) : object.body;
      return Readable.from(body.length > 0 ? [Buffer.from(body)] : [], { objectMode: false });
    },

    async withLocalFile(key, use) {
      assertStorageKey(key);
      const object = objects.get(key);
      if (!object) return undefined;
      const dir = await mkdtemp(join(tmpdir(), "shoal-object-"));
      try {
        const path = join(dir, "object");
        await writeFile(path, object.body);
        return await use(path);
      } finally {
        await rm(dir, { recursive: true, force: true });
      }
    },

    async list(prefix) {
      assertStorageKey(prefix, "prefix");
      return keysBelow(prefix).flatMap((key) => toStored(key) ?? []);
    },

    async remove(prefix) {
      assertStorageKey(prefix, "prefix");
      const keys = prefix === "" || prefix.endsWith("/") ? keysBelow(prefix) : [prefix];
      for (const key of keys) objects.delete(key);
    },

    async check() {},
  };
}
