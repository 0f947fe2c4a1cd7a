import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { createJobFolders } from "./job-folders.ts";
import type { Attempt, JobHandlers } from "./job-handlers.ts";
import { createJobMetrics } from "./job-metrics.ts";
import type { VideoPatch } from "./job-queue.port.ts";
import { createMediaSweeper } from "./media-sweeper.ts";
import { createMemoryHouse } from "./testing/memory-house.ts";
import { until } from "./testing/until.ts";
import { openWorker, type Worker } from "./worker.ts";

let house: ReturnType<typeof createMemoryHouse>;
let tempDir: string;
let registry: Registry;
const workers: Worker[] = [];

beforeEach(async () => {
  house = createMemoryHouse();
  tempDir = await mkdtemp(join(tmpdir(), "shoal-worker-"));
  registry = new Registry();
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
  await rm(tempDir, { recursive: true, force: true });
});

type Handler = (attempt: Attempt) => Promise<VideoPatch>;

function open(encode: Handler, { jobCount = 1, leaseMs = 60_000 } = {}): Worker {
  const { queue, storage, log } = house;
  const handlers: JobHandlers = { encode, thumbnail: encode };
  const worker = openWorker({
    ...{ queue, handlers, log, jobCount, leaseMs, owner: "test", pollMs: 5 },
    folders: createJobFolders(tempDir, queue),
    sweeper: createMediaSweeper({ queue, storage, graceMs: 0, log }),
    metrics: createJobMetrics(registry),
  });
  workers.push(worker);
  return worker;
}

/** Until it is told to end, as a long encode. */
const endless: Handler = ({ signal }) =>
  new Promise((_, reject) => {
    const end = () => reject(new ShoalError("encode.cancelled", "Encoding was stopped."));
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
  });
const untilState = (jobId: string, state: string) => until(() => house.jobOf(jobId).state === state);
const foldersLeft = () => readdir(join(tempDir, "jobs")).catch(() => []);

describe("a worker", () => {
  it("does what waits, in a folder that is gone afterwards", async () => {
    const videoId = house.addVideo();
    const jobId = house.addJob(videoId);
    const folders: string[] = [];
    open(async ({ workDir }) => {
      await writeFile(join(workDir, "file"), "x");
      folders.push(...(await foldersLeft()));
      return { state: "ready", revision: jobId };
    });
    await untilState(jobId, "done");
    expect(house.videoOf(videoId)).toMatchObject({ state: "ready", revision: jobId });
    expect(folders).toHaveLength(1);
    await until(async () => (await foldersLeft()).length === 0);
    await until(async () =>
      (await registry.metrics()).includes('shoal_jobs_total{kind="encode",end="done"} 1'),
    );
  });

  it("does no more at a time than it was told", async () => {
    const jobIds = Array.from({ length: 8 }, () => house.addJob(house.addVideo()));
    let running = 0;
    let most = 0;
    let finish = () => {};
    const allAtWork = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const worker = open(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await allAtWork;
        running -= 1;
        return {};
      },
      { jobCount: 3 },
    );
    await until(() => running === 3);
    finish();
    for (const jobId of jobIds) await untilState(jobId, "done");
    expect(most).toBe(3);
    expect(worker.reachedAtMs()).toBeGreaterThan(0);
  });

  it("fails a job in the words of the error, and removes what it published", async () => {
    const videoId = house.addVideo();
    const jobId = house.addJob(videoId);
    open(async ({ lease }) => {
      lease.assertHeld();
      await house.storage.put(`media/${videoId}/${jobId}/240p/init.mp4`, Buffer.from("x"));
      throw new ShoalError("encode.not_media", "This is no video.");
    });
    await untilState(jobId, "failed");
    expect(house.videoOf(videoId)).toMatchObject({ state: "failed", errorMessage: "This is no video." });
    await until(async () => (await house.storage.list("media/")).length === 0);
  });

  it("keeps what is published when it fails but is to be tried again", async () => {
    const videoId = house.addVideo();
    const jobId = house.addJob(videoId);
    const key = `media/${videoId}/${jobId}/240p/init.mp4`;
    const worker = open(async () => {
      await house.storage.put(key, Buffer.from("x"));
      throw new Error("no space left on device");
    });
    await until(() => house.jobOf(jobId).notBeforeMs > 0);
    await worker.close();
    expect(await house.storage.head(key)).toBeDefined();
    expect(house.jobOf(jobId)).toMatchObject({ state: "waiting", errorCode: "encode.failed" });
  });

  it("stops when the job is cancelled, and removes what it published", async () => {
    const videoId = house.addVideo();
    const jobId = house.addJob(videoId);
    open(
      async (attempt) => {
        await house.storage.put(`media/${videoId}/${jobId}/240p/init.mp4`, Buffer.from("x"));
        return endless(attempt);
      },
      { leaseMs: 300 },
    );
    await untilState(jobId, "running");
    Object.assign(house.jobOf(jobId), { state: "cancelled" });
    await until(async () => (await house.storage.list("media/")).length === 0);
    await until(async () => (await foldersLeft()).length === 0);
    expect(house.jobOf(jobId).state).toBe("cancelled");
  });

  it("leaves a job alone that somebody else took", async () => {
    const jobId = house.addJob(house.addVideo());
    let ended = 0;
    const worker = open((attempt) => endless(attempt).finally(() => ended++), { leaseMs: 300 });
    await untilState(jobId, "running");
    const theirs = { leaseToken: "theirs", leaseExpiresAtMs: Date.now() + 60_000 };
    Object.assign(house.jobOf(jobId), theirs);
    await until(() => ended === 1);
    await worker.close();
    expect(house.jobOf(jobId)).toMatchObject({ state: "running", ...theirs });
    expect(await registry.metrics()).toContain("shoal_lease_losses_total 1");
  });

  it("gives its jobs back when it is closed, in their own time slot and twice", async () => {
    const jobIds = [house.addJob(house.addVideo()), house.addJob(house.addVideo())];
    const worker = open(endless, { jobCount: 2 });
    for (const jobId of jobIds) await untilState(jobId, "running");
    await Promise.all([worker.close(), worker.close()]);
    for (const jobId of jobIds) expect(house.jobOf(jobId)).toMatchObject({ state: "waiting", attempt: 0 });
    expect(await foldersLeft()).toEqual([]);
  });

  it("goes on when the queue was away", async () => {
    const { claim } = house.queue;
    let refusals = 3;
    house.queue.claim = (...args) =>
      refusals-- > 0 ? Promise.reject(new ShoalError("service.unavailable", "Away.")) : claim(...args);
    const jobId = house.addJob(house.addVideo());
    open(async () => ({}));
    await untilState(jobId, "done");
  });
});
