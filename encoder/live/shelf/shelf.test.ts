import { pino } from "pino";
import { expect, test } from "vitest";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { parseBoxes } from "../../media/mp4-boxes.ts";
import { parseMoov } from "../../media/mp4-init.ts";
import type { Cut, CutPart } from "../cut/cut.ts";
import { makeHead, makePicture, makeSound, soundHead } from "../cut/testing/frames.ts";
import { makeOpusMoov } from "../mp4-head.ts";
import { Shelf, type ShelfOptions } from "./shelf.ts";

const prefix = "media/b/r/";
const small = makeHead(180);
const large = makeHead(720);

function open(storage: Storage, wishes: Partial<ShelfOptions> = {}): Promise<Shelf> {
  return Shelf.open({
    ...{ storage, broadcastId: "b", revision: "r", dvrWindowSeconds: 0, isRecorded: true },
    ...{ log: pino({ level: "silent" }), assertOwned: async () => undefined },
    ...wishes,
  });
}

/** The n-th segment of an era, from 0. */
function cut(n: number, heads = [small, large]): Cut {
  const part = (head: typeof small): CutPart => ({
    head,
    startTicks: n * 180_000,
    samples: makePicture({ head, seconds: 2 }).map((frame) => ({ frame, durationTicks: 3000 })),
  });
  const sound = makeSound({ seconds: 2 }).map((frame) => ({ frame, durationTicks: 1024 }));
  return {
    startTicks: n * 180_000,
    endTicks: (n + 1) * 180_000,
    pictures: new Map(heads.map((head, layer) => [layer, part(head)])),
    sound: { head: soundHead, startTicks: n * 96_000, samples: sound },
  };
}

const pathsOf = async (storage: Storage) =>
  (await storage.list(prefix)).map(({ key }) => key.slice(prefix.length));
const textOf = async (storage: Storage, path: string) =>
  (await storage.read(prefix + path))?.toString() ?? "";

/** Tells the order in which things are written. */
function watched(storage: Storage, onPut: (path: string) => void): Storage {
  return {
    ...storage,
    put: async (key, body) => {
      onPut(key.slice(prefix.length));
      await storage.put(key, body);
    },
  };
}

test("a playlist is written after all that it names, and the journal before it", async () => {
  const written: string[] = [];
  const shelf = await open(watched(createMemoryStorage(), (path) => written.push(path)));
  shelf.beginEra();
  shelf.add(cut(0), 0);
  await shelf.settle();
  const at = (path: string) => written.indexOf(path);
  for (const media of ["180p/seg-000001.m4s", "720p/init-1.mp4", "audio-0/seg-000001.m4s"]) {
    expect(at(media)).toBeGreaterThanOrEqual(0);
    expect(at(media)).toBeLessThan(at("journal/000001.json"));
  }
  expect(at("journal/000001.json")).toBeLessThan(at("720p/live.m3u8"));
  expect(at("720p/live.m3u8")).toBeLessThan(at("live.m3u8"));
});

test("goes on from the journal: numbers, times, heads, behind a discontinuity", async () => {
  const storage = createMemoryStorage();
  const first = await open(storage);
  first.beginEra();
  for (const n of [0, 1, 2]) first.add(cut(n), 0);
  await first.settle();
  // what no journal knows was never there
  await storage.put(`${prefix}720p/seg-000004.m4s`, Buffer.from("half"));
  const second = await open(storage);
  expect([second.catalog.durationSeconds, second.catalog.renditions().length]).toEqual([6, 2]);
  second.beginEra();
  second.add(cut(0), 60_000);
  await second.settle();
  const playlist = await textOf(storage, "720p/live.m3u8");
  expect(playlist.match(/seg-\d+|DISCONTINUITY$/gm)).toEqual([
    "seg-000001",
    "seg-000002",
    "seg-000003",
    "DISCONTINUITY",
    "seg-000004",
  ]);
  expect(playlist.match(/EXT-X-MAP/g)?.length).toBe(1);
  expect(second.catalog.segments.at(-1)).toMatchObject({ number: 4, era: 1, startTicks: 3 * 180_000 });
});

test("reads a long journal whole", async () => {
  const storage = createMemoryStorage();
  const first = await open(storage, { dvrWindowSeconds: 20 });
  first.beginEra();
  for (let n = 0; n < 120; n += 1) {
    first.add(cut(n, [small]), 0);
    await first.settle();
  }
  const second = await open(storage);
  expect(second.catalog.segments.map(({ number }) => number)).toEqual(
    Array.from({ length: 120 }, (_, at) => at + 1),
  );
  expect(second.catalog.factsOf("180p")).toEqual(first.catalog.factsOf("180p"));
});

test("what is not recorded goes when it has left the window, and all of it at the end", async () => {
  const storage = createMemoryStorage();
  const shelf = await open(storage, { isRecorded: false, dvrWindowSeconds: 10 });
  shelf.beginEra();
  for (let n = 0; n < 120; n += 1) {
    shelf.add(cut(n, [small]), 0);
    await shelf.settle();
  }
  const kept = (await pathsOf(storage)).filter((path) => path.startsWith("180p/seg-"));
  expect(kept.length).toBeLessThan(15);
  expect((await pathsOf(storage)).filter((path) => path.startsWith("journal/")).length).toBeLessThan(3);
  expect(shelf.catalog.durationSeconds).toBe(240);
  expect(await shelf.finish()).toBe("");
  expect(await textOf(storage, "180p/live.m3u8")).toContain("#EXT-X-ENDLIST");
  expect(await pathsOf(storage)).not.toContain("180p/index.m3u8");
  await shelf.discard();
  expect(await pathsOf(storage)).toEqual([]);
});

test("finishing twice, and after a crash, gives the same answer", async () => {
  const storage = createMemoryStorage();
  const shelf = await open(storage);
  shelf.beginEra();
  shelf.add(cut(0), 0);
  shelf.add(cut(1, [small]), 0);
  expect(await shelf.finish()).toBe("master-1.m3u8");
  expect(await shelf.finish()).toBe("master-1.m3u8");
  const later = await open(storage);
  expect(later.catalog.end?.masterName).toBe("master-1.m3u8");
  expect(later.catalog.renditions()).toEqual(shelf.catalog.renditions());
  expect([later.catalog.durationSeconds, later.catalog.sizeBytes]).toEqual([4, shelf.catalog.sizeBytes]);
  expect(await textOf(storage, "720p/index.m3u8")).toContain("../180p/seg-000002.m4s");
  const master = await textOf(storage, "master-1.m3u8");
  expect(master).toContain('URI="audio-0/index.m3u8"');
  expect(master).toContain("RESOLUTION=1280x720");
});

test("a broadcast without any media finishes with nothing to watch", async () => {
  const shelf = await open(createMemoryStorage());
  expect(await shelf.finish()).toBe("");
});

test("a storage that fails is tried again, and nothing is written twice", async () => {
  const memory = createMemoryStorage();
  let failures = 3;
  const storage: Storage = {
    ...memory,
    put: async (key, body) => {
      if (failures > 0 && key.includes("live.m3u8")) {
        failures -= 1;
        throw new Error("no space left");
      }
      await memory.put(key, body);
    },
  };
  const shelf = await open(storage);
  shelf.beginEra();
  shelf.add(cut(0), 0);
  await expect.poll(() => shelf.trouble).not.toBe("");
  await shelf.settle();
  expect([shelf.trouble, shelf.catalog.segments.length]).toEqual(["", 1]);
});

test("says when a segment is safe", async () => {
  const shelf = await open(createMemoryStorage());
  const stored: number[] = [];
  shelf.beginEra();
  for (const n of [0, 1]) shelf.add(cut(n), 0, () => stored.push(n));
  expect(stored).toEqual([]);
  await shelf.settle();
  expect(stored).toEqual([0, 1]);
});

test("writes nothing when another process has the broadcast", async () => {
  const storage = createMemoryStorage();
  const shelf = await open(storage, {
    assertOwned: async () => {
      throw new Error("taken over");
    },
  });
  shelf.beginEra();
  shelf.add(cut(0), 0);
  await shelf.settle();
  expect(await pathsOf(storage)).toEqual([]);
}, 20_000);

test("a layer that changes its size keeps its rung; another publisher's sizes are rungs of their own", async () => {
  const storage = createMemoryStorage();
  const shelf = await open(storage);
  shelf.beginEra();
  shelf.add(cut(0, [small]), 0);
  shelf.add(cut(1, [makeHead(144)]), 0);
  await shelf.settle();
  expect(shelf.catalog.rungs).toEqual(["180p"]);
  expect(await textOf(storage, "180p/live.m3u8")).toContain('#EXT-X-MAP:URI="init-2.mp4"');
  shelf.beginEra();
  shelf.add(cut(0, [large]), 0);
  await shelf.settle();
  expect(shelf.catalog.rungs).toEqual(["180p", "720p"]);
  expect(await textOf(storage, "720p/live.m3u8")).toContain("../180p/seg-000001.m4s");
});

test("what is written is an MP4 that our own reader takes", async () => {
  const storage = createMemoryStorage();
  const shelf = await open(storage);
  shelf.beginEra();
  shelf.add(cut(0), 0);
  shelf.add(cut(1), 0);
  await shelf.settle();
  const bytes = await storage.read(`${prefix}720p/seg-000002.m4s`);
  expect(parseBoxes(bytes ?? Buffer.alloc(0)).map(({ type }) => type)).toEqual(["moof", "mdat"]);
  expect(() => parseMoov(makeOpusMoov(2))).toThrow("unknown kind");
});
