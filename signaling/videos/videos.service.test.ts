import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import type { VideoVisibility } from "#common/videos/video.ts";
import { createMemoryJobOrders, type MemoryJobOrders } from "./job-orders.ts";
import type { VideoEvent } from "./video-events.ts";
import type { VideoRecord } from "./video-record.ts";
import { maxThumbnailBytes } from "./video-work.ts";
import { mayUpload } from "./videos.rules.ts";
import { createVideoService, type VideoService } from "./videos.service.ts";
import { createMemoryVideoStore, type MemoryVideoStore, makeUserId } from "./videos.store.memory.ts";

const absent = { code: "video.not_found" };

let store: MemoryVideoStore;
let jobs: MemoryJobOrders;
let storage: ReturnType<typeof createMemoryStorage>;
let videos: VideoService;
let events: VideoEvent[];
let isFeedUp: boolean;
let nowMs: number;
let posterCount: number;
const owner = makeAccount("creator");

function makeAccount(role: UserRole) {
  return { id: makeUserId(), role };
}

beforeEach(() => {
  nowMs = Date.parse("2026-01-01T00:00:00.000Z");
  const now = () => new Date(nowMs);
  isFeedUp = true;
  posterCount = 0;
  store = createMemoryVideoStore(now);
  store.putChannel({ id: owner.id, handle: "owner", displayName: "Owner" });
  jobs = createMemoryJobOrders();
  storage = createMemoryStorage();
  events = [];
  videos = createVideoService({
    store,
    storage,
    jobs,
    log: pino({ level: "silent" }),
    uploads: { progressOf: () => 0.5, abort: async () => {}, exclusively: (_id, work) => work() },
    publicUrl: "https://shoal.test",
    isFeedUp: () => isFeedUp,
    mayUpload: (role) => mayUpload(role, false),
    toPosterUrl: async () => (posterCount === 0 ? null : `/media/~grant-${posterCount}/poster.jpg`),
    now,
  });
  videos.subscribe((event) => events.push(event));
});
afterEach(() => videos.close());

async function make(visibility: VideoVisibility, facts: Partial<VideoRecord> = {}): Promise<VideoRecord> {
  const { id } = await videos.create(owner, { title: "A shoal", visibility, tags: ["sea", "sea"] });
  const record = await videos.findFresh(id);
  const changed = { ...record, ...facts };
  store.put(changed);
  videos.applyChange(changed);
  return changed;
}

describe("refusals", () => {
  it("knows no video that one may not watch", async () => {
    const others = [null, makeAccount("viewer"), makeAccount("creator")];
    const hidden = [
      await make("public"),
      await make("private", { state: "ready" }),
      await make("unlisted", { state: "failed" }),
    ];
    for (const viewer of others) {
      for (const { id } of hidden) {
        await expect(videos.get(viewer, id)).rejects.toMatchObject(absent);
        await expect(videos.getJson(viewer, id)).rejects.toMatchObject(absent);
      }
    }
  });

  it("lets nobody but owner and moderators change a video, and nobody but the owner stop it", async () => {
    const { id } = await make("public", { state: "ready" });
    for (const viewer of [null, makeAccount("creator")]) {
      await expect(videos.getOwn(viewer, id)).rejects.toMatchObject(absent);
      await expect(videos.update(viewer, id, { title: "x" })).rejects.toMatchObject(absent);
      await expect(videos.remove(viewer, id)).rejects.toMatchObject(absent);
      await expect(videos.setThumbnail(viewer, id, Buffer.of())).rejects.toMatchObject(absent);
    }
    for (const viewer of [makeAccount("moderator"), makeAccount("admin")]) {
      await expect(videos.cancel(viewer, id)).rejects.toMatchObject({ code: "auth.forbidden" });
      await expect(videos.retry(viewer, id)).rejects.toMatchObject({ code: "auth.forbidden" });
      expect((await videos.update(viewer, id, { title: "tidy" })).title).toBe("tidy");
    }
  });

  it("takes no video of a viewer", async () => {
    const creating = videos.create(makeAccount("viewer"), { title: "x", visibility: "public" });
    await expect(creating).rejects.toMatchObject({ code: "auth.forbidden" });
  });

  it("takes no picture that is none, and none that is too large", async () => {
    const { id } = await make("public");
    const setting = videos.setThumbnail(owner, id, Buffer.from("<svg/>"));
    await expect(setting).rejects.toMatchObject({ code: "upload.bad_image" });
    const large = videos.setThumbnail(owner, id, Buffer.alloc(maxThumbnailBytes + 1, 0xff));
    await expect(large).rejects.toMatchObject({ code: "upload.too_large" });
    expect(jobs.jobs.size).toBe(0);
  });
});

describe("a video", () => {
  it("is a draft with an upload address", async () => {
    const { id, uploadUrl } = await videos.create(owner, {
      title: "A shoal",
      visibility: "public",
      tags: ["a", "a"],
    });
    expect(uploadUrl).toBe(`https://shoal.test/upload/${id}`);
    expect(await videos.getOwn(owner, id)).toMatchObject({
      state: "draft",
      tags: ["a"],
      category: "other",
      uploadUrl,
    });
  });

  it("is the same as JSON", async () => {
    const { id } = await make("public", { state: "ready", publishedAt: "2026-01-01T00:00:00.000Z" });
    for (let times = 0; times < 2; times++) {
      expect(JSON.parse(await videos.getJson(null, id))).toEqual(await videos.get(null, id));
    }
  });

  it("is gone for others as soon as it is private, and shows its new name at once", async () => {
    const { id } = await make("public", { state: "ready" });
    await videos.getJson(null, id);
    await videos.update(owner, id, { title: "Another" });
    expect(JSON.parse(await videos.getJson(null, id)).title).toBe("Another");
    await videos.update(owner, id, { visibility: "private" });
    await expect(videos.getJson(null, id)).rejects.toMatchObject(absent);
    expect((await videos.get(owner, id)).visibility).toBe("private");
  });

  it("is published the first time that everybody can watch it", async () => {
    const unlisted = await make("unlisted", { state: "ready" });
    expect((await videos.update(owner, unlisted.id, { visibility: "public" })).publishedAt).toBe(
      "2026-01-01T00:00:00.000Z",
    );
    nowMs += 60_000;
    expect((await videos.update(owner, unlisted.id, { title: "x" })).publishedAt).toBe(
      "2026-01-01T00:00:00.000Z",
    );
    const { id } = await make("public", { state: "playable" });
    await videos.repair();
    expect((await store.find(id))?.publishedAt).toBe("2026-01-01T00:01:00.000Z");
  });

  it("shows its channel's new name", async () => {
    const { id } = await make("public", { state: "ready" });
    await videos.getJson(null, id);
    store.putChannel({ id: owner.id, handle: "owner", displayName: "Renamed" });
    videos.applyChannelChange(owner.id);
    expect(JSON.parse(await videos.getJson(null, id)).channel.displayName).toBe("Renamed");
  });

  it("ignores news that are older than what is known", async () => {
    const old = await make("public", { state: "ready" });
    nowMs += 1000;
    await videos.update(owner, old.id, { visibility: "private" });
    videos.applyChange(old);
    await expect(videos.get(null, old.id)).rejects.toMatchObject(absent);
  });

  it("is read anew while nobody tells of changes", async () => {
    const record = await make("public", { state: "ready" });
    isFeedUp = false;
    store.put({ ...record, title: "Changed elsewhere" });
    expect((await videos.get(null, record.id)).title).toBe("Changed elsewhere");
  });

  it("leaves nothing behind", async () => {
    const { id } = await make("public", { state: "ready", sizeBytes: 10 });
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    await storage.put(storageLayout.media(id, "r1", "master-1.m3u8"), Buffer.from("#EXTM3U"));
    await jobs.place({ kind: "encode", videoId: id, cause: "upload", priority: 1 });
    await videos.remove(owner, id);
    expect([await storage.list("media/"), await storage.list("originals/")]).toEqual([[], []]);
    expect(await jobs.isActive(id)).toBe(false);
    await expect(videos.get(owner, id)).rejects.toMatchObject(absent);
    expect(events.at(-1)).toEqual({ kind: "removed", videoId: id, ownerId: owner.id });
    expect(store.storedBytesOf(owner.id)).toBe(0);
    // an encoder that has not heard of it yet
    await storage.put(storageLayout.media(id, "r1", "late.m4s"), Buffer.of(1));
    await videos.repair();
    expect(await storage.list("media/")).toEqual([]);
  });

  it("goes on being removed when that was cut off", async () => {
    const { id } = await make("public", { state: "ready" });
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    await storage.put(`deletions/${id}`, Buffer.of());
    await videos.repair();
    expect(await store.find(id)).toBeUndefined();
    expect(await storage.list("originals/")).toEqual([]);
  });

  it("stays when the database could not remove it", async () => {
    const { id } = await make("public", { state: "ready" });
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    store.remove = async () => {
      throw new ShoalError("service.unavailable", "away");
    };
    await expect(videos.remove(owner, id)).rejects.toMatchObject({ code: "service.unavailable" });
    expect(await storage.list("deletions/")).toEqual([]);
    expect((await storage.list("originals/")).length).toBe(1);
  });

  it("goes with its account", async () => {
    await make("public");
    await make("private");
    await videos.removeAllOf(owner.id);
    expect((await videos.mine(owner, 1)).totalCount).toBe(0);
  });
});

describe("an encode", () => {
  it("can be stopped and tried again, once for two who press at the same time", async () => {
    const { id } = await make("public", { state: "encoding", originalSha256: "00", sizeBytes: 5 });
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    await jobs.place({ kind: "encode", videoId: id, cause: "upload", priority: 1 });
    await videos.cancel(owner, id);
    expect(await videos.getOwn(owner, id)).toMatchObject({
      state: "failed",
      error: { code: "encode.cancelled" },
    });
    expect(await jobs.isActive(id)).toBe(false);
    await expect(videos.cancel(owner, id)).rejects.toMatchObject({ code: "video.wrong_state" });

    await Promise.allSettled([videos.retry(owner, id), videos.retry(owner, id)]);
    expect((await store.find(id))?.state).toBe("queued");
    expect([...jobs.jobs.values()].map((job) => job.state)).toEqual(["cancelled", "waiting"]);
  });

  it("cannot be tried again without its file", async () => {
    const { id } = await make("public", { state: "failed", originalSha256: "00" });
    await expect(videos.retry(owner, id)).rejects.toMatchObject({ code: "video.wrong_state" });
  });

  it("that lost its job gets one again", async () => {
    const { id } = await make("public", { state: "queued" });
    await videos.repair();
    expect(jobs.jobs.size).toBe(0);
    nowMs += 120_000;
    await videos.repair();
    await videos.repair();
    expect([...jobs.jobs.values()]).toMatchObject([{ videoId: id, kind: "encode", state: "waiting" }]);
  });
});

it("keeps a thumbnail's picture and orders posters, unless an order waits that will find it", async () => {
  const { id } = await make("public");
  const pngs = [1, 2, 3].map((n) => Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, n]));
  const [first = Buffer.of(), second = Buffer.of(), third = Buffer.of()] = pngs;
  await jobs.place({ kind: "encode", videoId: id, cause: "upload", priority: 0 });
  const kinds = () => [...jobs.jobs.values()].map((job) => job.kind);
  await videos.setThumbnail(owner, id, first);
  await videos.setThumbnail(owner, id, second);
  expect(await storage.read(storageLayout.thumbnailSource(id))).toEqual(second);
  expect(kinds()).toEqual(["encode", "thumbnail"]);
  for (const [jobId, job] of jobs.jobs) jobs.jobs.set(jobId, { ...job, state: "running" });
  await videos.setThumbnail(owner, id, third);
  expect(await storage.read(storageLayout.thumbnailSource(id))).toEqual(third);
  expect(kinds()).toEqual(["encode", "thumbnail", "thumbnail"]);
});

it("makes a page anew whose picture has an address that expires", async () => {
  const { id } = await make("public", { state: "failed", errorCode: "encode.failed" });
  const first = await videos.getJson(owner, id);
  posterCount += 1;
  expect(await videos.getJson(owner, id)).not.toBe(first);
});

it("leaves originals alone when most of them have no record", async () => {
  nowMs = Date.now() + 24 * 3_600_000;
  for (const id of ["aaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbb"])
    await storage.put(`originals/${id}/source`, Buffer.of(1));
  await videos.repair();
  expect((await storage.list("originals/")).length).toBe(2);
  for (let times = 0; times < 2; times++) {
    const { id } = await make("private");
    await storage.put(storageLayout.original(id), Buffer.of(1));
  }
  await videos.repair();
  expect((await storage.list("originals/")).length).toBe(2);
});

it("writes views when it closes", async () => {
  const { id } = await make("public", { state: "ready" });
  videos.countView(id);
  videos.countView(id);
  await videos.close();
  expect((await store.find(id))?.viewCount).toBe(2);
});
