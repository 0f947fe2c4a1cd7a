import { pino } from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { storageLayout } from "#common/node/storage/layout.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { createMemoryJobOrders } from "./job-orders.ts";
import type { VideoEvent } from "./video-events.ts";
import type { NewRecording } from "./video-record.ts";
import { createVideoService, type VideoService } from "./videos.service.ts";
import { createMemoryVideoStore, type MemoryVideoStore, makeUserId } from "./videos.store.memory.ts";

const id = videoIdSchema.parse("broadcastaaaaaa");
const ownerId = makeUserId();
const recording: NewRecording = {
  id,
  ownerId,
  title: "What was on air",
  description: "",
  category: "music",
  language: "en",
  visibility: "public",
  state: "ready",
  errorCode: "",
  errorMessage: "",
  durationSeconds: 12,
  aspectRatio: 16 / 9,
  renditions: [],
  audioTracks: [],
  revision: "live",
  masterName: "master-1.m3u8",
  posterRevision: "",
  hasStoryboard: false,
  peersAllowed: true,
  sizeBytes: 5000,
};

let store: MemoryVideoStore;
let storage: ReturnType<typeof createMemoryStorage>;
let videos: VideoService;
let events: VideoEvent[];
let nowMs: number;

beforeEach(async () => {
  nowMs = Date.parse("2026-01-01T00:00:00.000Z");
  const now = () => new Date(nowMs);
  store = createMemoryVideoStore(now);
  store.putChannel({ id: ownerId, handle: "owner", displayName: "Owner" });
  storage = createMemoryStorage();
  await storage.put(storageLayout.media(id, "live", "live.m3u8"), Buffer.from("#EXTM3U"));
  events = [];
  videos = createVideoService({
    store,
    storage,
    jobs: createMemoryJobOrders(),
    log: pino({ level: "silent" }),
    uploads: { progressOf: () => 0, abort: async () => {}, exclusively: (_id, work) => work() },
    publicUrl: "https://shoal.test",
    isFeedUp: () => true,
    mayUpload: () => true,
    toPosterUrl: async () => null,
    now,
  });
  videos.subscribe((event) => events.push(event));
});
afterEach(() => videos.close());

it("mending leaves the media of a broadcast alone, of which there is no record yet", async () => {
  nowMs += 24 * 3_600_000;
  await videos.repair();
  expect(await storage.list("media/")).toHaveLength(1);
});

it("a recording is a video that is published and counted, once", async () => {
  await videos.addRecording(recording);
  await videos.addRecording({ ...recording, title: "Again" });
  expect(await videos.get(null, id)).toMatchObject({ state: "ready", title: "What was on air" });
  expect((await store.find(id))?.publishedAt).toBe(new Date(nowMs).toISOString());
  expect(store.storedBytesOf(ownerId)).toBe(5000);
  expect(events).toMatchObject([{ kind: "changed", record: { id } }]);
});

it.each([
  ["private", { visibility: "private" }],
  ["failed", { state: "failed", errorCode: "encode.failed" }],
] as const)("a recording that is %s is not published", async (_name, facts) => {
  await videos.addRecording({ ...recording, ...facts });
  expect((await store.find(id))?.publishedAt).toBeNull();
});

it("what is discarded leaves nothing, not even what its encoder writes late", async () => {
  await videos.discardMedia(id);
  expect(await storage.list("media/")).toEqual([]);
  await storage.put(storageLayout.media(id, "live", "late.m4s"), Buffer.of(1));
  await videos.repair();
  expect(await storage.list("media/")).toEqual([]);
});

it("what cannot be discarded now is gone with the next mending", async () => {
  const { remove } = storage;
  storage.remove = async () => {
    throw new Error("the storage is away");
  };
  await videos.discardMedia(id);
  storage.remove = remove;
  expect(await storage.list("media/")).toHaveLength(1);
  await videos.repair();
  expect(await storage.list("media/")).toEqual([]);
});
