import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type VideoQuery, videoQuerySchema } from "#common/discovery/video-query.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import { createMemoryJobOrders } from "../videos/job-orders.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { createVideoService, type VideoService } from "../videos/videos.service.ts";
import { createMemoryVideoStore, type MemoryVideoStore, makeUserId } from "../videos/videos.store.memory.ts";
import { createDiscoveryService, type DiscoveryService } from "./discovery.service.ts";

const log = pino({ level: "silent" });
const ownerId = makeUserId();
let isFeedUp: boolean;
let store: MemoryVideoStore;
let videos: VideoService;
let discovery: DiscoveryService;

beforeEach(async () => {
  isFeedUp = true;
  store = createMemoryVideoStore();
  store.putChannel({ id: ownerId, handle: "reef", displayName: "The Reef" });
  videos = createVideoService({
    store,
    storage: createMemoryStorage(),
    jobs: createMemoryJobOrders(),
    log,
    uploads: { progressOf: () => 0, abort: async () => {}, exclusively: (_id, work) => work() },
    publicUrl: "https://shoal.test",
    isFeedUp: () => isFeedUp,
    mayUpload: () => true,
    toPosterUrl: async () => null,
  });
});
afterEach(async () => {
  await discovery.close();
  await videos.close();
});

async function open(): Promise<void> {
  discovery = createDiscoveryService({ videos, log });
  await discovery.ready();
}

async function add(title: string, facts: Partial<VideoRecord> = {}): Promise<VideoRecord> {
  const made = await store.create({
    ownerId,
    title,
    description: "",
    tags: [],
    category: "animals",
    language: "",
    visibility: "public",
  });
  const record: VideoRecord = { ...made, state: "ready", publishedAt: "2026-01-01T00:00:00.000Z", ...facts };
  store.put(record);
  return record;
}

async function titles(query: Partial<VideoQuery> = {}): Promise<string[]> {
  const parsed = videoQuerySchema.parse(query);
  const page = await discovery.list(parsed);
  expect(JSON.parse(await discovery.listJson(parsed))).toEqual(page);
  return page.items.map((video) => video.title);
}

describe("lists", () => {
  it("show nothing that is not public and watchable", async () => {
    await add("Shown");
    await add("Unlisted", { visibility: "unlisted" });
    await add("Private", { visibility: "private" });
    await add("Unfinished", { state: "encoding" });
    await open();
    expect(await titles()).toEqual(["Shown"]);
  });

  it("lose a video at once when it is hidden, and get it back", async () => {
    const { id } = await add("Shown");
    await open();
    expect(await titles()).toEqual(["Shown"]);
    const owner = { id: ownerId, role: "creator" } as const;
    await videos.update(owner, id, { visibility: "private" });
    expect(await titles()).toEqual([]);
    expect(await titles({ query: "shown" })).toEqual([]);
    await videos.update(owner, id, { visibility: "public" });
    await expect.poll(() => titles({ query: "shown" })).toEqual(["Shown"]);
    await videos.remove(owner, id);
    expect(await titles()).toEqual([]);
  });

  it("find by title, tag, description and channel, by beginnings and with a slip of the finger", async () => {
    await add("Dolphins at dawn", { tags: ["whales"], description: "Filmed near Tromsø" });
    await add("Bread");
    await open();
    for (const query of ["dolphins", "dolp", "dolphnis", "whales", "tromsø", "dawn dolphins"]) {
      expect(await titles({ query })).toEqual(["Dolphins at dawn"]);
    }
    expect(new Set(await titles({ query: "reef" }))).toEqual(new Set(["Dolphins at dawn", "Bread"]));
    expect(await titles({ query: "dolphins bread" })).toEqual([]);
    expect(await titles({ query: "cat" })).toEqual([]);
  });

  it("put what is in the title before what is in the description", async () => {
    await add("About bread", { description: "otters" });
    await add("Otters");
    await open();
    expect(await titles({ query: "otters" })).toEqual(["Otters", "About bread"]);
  });

  it("find words that changed, and no longer those that were there", async () => {
    const record = await add("Sharks");
    await open();
    const changed = { ...record, title: "Rays", updatedAt: new Date(Date.now() + 1000).toISOString() };
    store.put(changed);
    videos.applyChange(changed);
    await expect.poll(() => titles({ query: "rays" })).toEqual(["Rays"]);
    expect(await titles({ query: "sharks" })).toEqual([]);
    store.putChannel({ id: ownerId, handle: "lagoon", displayName: "Lagoon" });
    videos.applyChannelChange(ownerId);
    await expect.poll(() => titles({ query: "lagoon" })).toEqual(["Rays"]);
    expect(await titles({ query: "reef" })).toEqual([]);
  });

  it("are built anew when changes may have been missed", async () => {
    await open();
    await add("Missed");
    videos.applyReset();
    await discovery.ready();
    expect(await titles()).toEqual(["Missed"]);
  });

  it("come from the database while nobody tells of changes", async () => {
    await open();
    isFeedUp = false;
    await add("Octopus", { durationSeconds: 500 });
    expect(await titles({ query: "octo", duration: "medium" })).toEqual(["Octopus"]);
    expect(await titles({ duration: "short" })).toEqual([]);
  });

  it("have pages of 24", async () => {
    for (let at = 0; at < 30; at++) {
      await add(`Video ${at}`, { publishedAt: new Date(Date.UTC(2026, 0, 1) + at * 1000).toISOString() });
    }
    await open();
    expect((await titles()).slice(0, 2)).toEqual(["Video 29", "Video 28"]);
    expect((await titles({ page: 2 })).length).toBe(6);
    expect(await discovery.list(videoQuerySchema.parse({ page: 2 }))).toMatchObject({
      pageCount: 2,
      totalCount: 30,
    });
  });
});
