import { beforeEach, expect, test } from "vitest";
import { createMediaSweeper } from "./media-sweeper.ts";
import { createMemoryHouse } from "./testing/memory-house.ts";

const hourMs = 3_600_000;
let house: ReturnType<typeof createMemoryHouse>;
let nowMs: number;
let sweeper: ReturnType<typeof createMediaSweeper>;

beforeEach(() => {
  house = createMemoryHouse();
  nowMs = Date.now();
  const { queue, storage, log } = house;
  sweeper = createMediaSweeper({ queue, storage, log, graceMs: hourMs, now: () => nowMs });
});

async function store(videoId: string, ...revisions: string[]): Promise<void> {
  for (const revision of revisions) {
    await house.storage.put(`media/${videoId}/${revision}/144p/init.mp4`, Buffer.from("x"));
    await house.storage.put(`media/${videoId}/${revision}/master-1.m3u8`, Buffer.from("x"));
  }
}

async function storedRevisions(videoId: string): Promise<string[]> {
  const keys = (await house.storage.list(`media/${videoId}/`)).map(({ key }) => key.split("/")[2] ?? "");
  return [...new Set(keys)];
}

test("keeps what is watched and what is being made, whoever asks for its removal", async () => {
  const videoId = house.addVideo("ready");
  Object.assign(house.videoOf(videoId), { revision: "watched", posterRevision: "thumb-mine" });
  const jobId = house.addJob(videoId);
  await store(videoId, "watched", "thumb-mine", jobId, "unused");
  for (const revision of ["watched", "thumb-mine", jobId, "unused"]) {
    await sweeper.removeUnused(videoId, revision);
  }
  expect(await storedRevisions(videoId)).toEqual(["thumb-mine", "watched", jobId].sort());
});

test("removes what a newer revision has replaced, after the grace and only once", async () => {
  const videoId = house.addVideo();
  const jobId = house.addJob(videoId);
  await store(videoId, "former", jobId);
  const claimed = await house.queue.claim("test", hourMs);
  if (!claimed) throw new Error("nothing to claim");
  await house.queue.settle(claimed, { result: "done", video: { state: "ready", revision: jobId } });
  await sweeper.sweep();
  expect(await storedRevisions(videoId)).toContain("former");
  nowMs += 2 * hourMs;
  await sweeper.sweep();
  expect(await storedRevisions(videoId)).toEqual([jobId]);
  expect(house.jobOf(jobId).isSwept).toBe(true);
});

test("removes what failed and cancelled jobs left when their encoder died, but not at once", async () => {
  const videoId = house.addVideo("failed");
  const jobId = house.addJob(videoId);
  await store(videoId, jobId);
  Object.assign(house.jobOf(jobId), { state: "cancelled", endedAtMs: nowMs });
  await sweeper.sweep();
  expect(await storedRevisions(videoId)).toEqual([jobId]);
  nowMs += 5 * 60_000;
  await sweeper.sweep();
  expect(await storedRevisions(videoId)).toEqual([]);
});

test("leaves other videos alone", async () => {
  const videoId = house.addVideo("failed");
  Object.assign(house.jobOf(house.addJob(videoId)), { state: "failed" });
  const other = house.addVideo("ready");
  await store(other, "anything");
  await sweeper.sweep();
  expect(await storedRevisions(other)).toEqual(["anything"]);
});
