import { describe, expect, it } from "vitest";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import { createMediaCache } from "./media-cache.ts";

const mebibyte = 1024 * 1024;

async function make(maxBytes: number, count = 4) {
  const storage = createMemoryStorage();
  const counts = { openedCount: 0, closedCount: 0 };
  let nowMs = Date.now() + 3_600_000;
  const counting = {
    async open(key: string) {
      const object = await storage.open(key);
      if (!object) return undefined;
      counts.openedCount += 1;
      const close = async () => {
        counts.closedCount += 1;
      };
      return { ...object, close, [Symbol.asyncDispose]: close };
    },
  };
  const cache = createMediaCache(counting, maxBytes, () => nowMs);
  const keys = Array.from({ length: count }, (_, index) => `media/v/r/${index}.m4s`);
  for (const key of keys) await storage.put(key, Buffer.alloc(mebibyte, key));
  return { cache, keys, counts, storage, wait: (ms: number) => (nowMs += ms) };
}

describe("media cache", () => {
  it("says undefined of what is not there", async () => {
    const { cache } = await make(10 * mebibyte);
    expect(await cache.fetch("media/v/r/absent.m4s")).toBeUndefined();
    expect(await cache.read("media/v/r/absent.m4s")).toBeUndefined();
  });

  it("reads once what many want", async () => {
    const { cache, keys, counts } = await make(10 * mebibyte);
    const key = keys[0] ?? "";
    const found = await Promise.all(Array.from({ length: 9 }, () => cache.fetch(key)));
    for (const media of found) expect(media).toBe(cache.peek(key));
    expect(counts.openedCount).toBe(counts.closedCount);
    await cache.read(key);
    expect(counts.openedCount).toBe(1);
  });

  it("opens what is too much for it, and leaves it to the reader to close", async () => {
    const { cache, keys, counts } = await make(mebibyte / 2);
    const media = await cache.fetch(keys[0] ?? "");
    if (!media || !("opened" in media)) throw new Error("it was taken in");
    expect(cache.peek(keys[0] ?? "")).toBeUndefined();
    expect(counts.closedCount).toBe(0);
    await media.opened.close();
    expect((await cache.read(keys[1] ?? ""))?.length).toBe(mebibyte);
    expect(counts.closedCount).toBe(2);
  });

  it("is not turned over by a long row of things that are asked for once", async () => {
    const { cache, keys, wait } = await make(3 * mebibyte, 40);
    for (const key of keys) await cache.read(key);
    const kept = () => keys.filter((key) => cache.peek(key)).length;
    expect(kept()).toBeLessThanOrEqual(2);
    expect(cache.peek(keys[39] ?? "")).toBeUndefined();
    wait(60_000);
    await cache.read(keys[39] ?? "");
    expect(cache.peek(keys[39] ?? "")).toBeDefined();
    expect(kept()).toBeLessThanOrEqual(2);
  });

  it("takes in what was written just now, however full it is", async () => {
    const { cache, keys, wait } = await make(3 * mebibyte, 40);
    for (const key of keys) await cache.read(key);
    wait(-3_600_000);
    for (const key of keys.slice(20)) {
      await cache.read(key);
      expect(cache.peek(key), key).toBeDefined();
    }
  });
});
