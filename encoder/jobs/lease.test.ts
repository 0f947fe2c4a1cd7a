import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ShoalError } from "#common/errors.ts";
import type { ClaimedJob, JobQueue } from "./job-queue.port.ts";
import { type Lease, openLease } from "./lease.ts";
import { createMemoryHouse } from "./testing/memory-house.ts";

const leaseMs = 10_000;
const away = () => Promise.reject(new ShoalError("service.unavailable", "Away."));

let house: ReturnType<typeof createMemoryHouse>;
let queue: Pick<JobQueue, "heartbeat" | "settle">;
let isAway: boolean;
let beats: number;
let lease: Lease;
let videoId: string;
let jobId: string;

async function claimOne(): Promise<ClaimedJob> {
  videoId = house.addVideo();
  jobId = house.addJob(videoId);
  const claimed = await house.queue.claim("test", leaseMs);
  if (!claimed) throw new Error("nothing to claim");
  return claimed;
}

beforeEach(async () => {
  vi.useFakeTimers();
  house = createMemoryHouse();
  isAway = false;
  beats = 0;
  queue = {
    heartbeat: (...args) => {
      beats += 1;
      return isAway ? away() : house.queue.heartbeat(...args);
    },
    settle: (...args) => (isAway ? away() : house.queue.settle(...args)),
  };
  const claimed = await claimOne();
  lease = openLease({ queue, claimed, claimedAtMs: Date.now(), leaseMs, log: house.log, nowMs: Date.now });
});
afterEach(async () => {
  await lease.close();
  vi.useRealTimers();
});

describe("a lease", () => {
  it("is kept for as long as it is open, with three heartbeats or so per lease", async () => {
    await vi.advanceTimersByTimeAsync(10 * leaseMs);
    expect(lease.end).toBeUndefined();
    expect(await house.queue.isHeld(jobId, lease.claimed.leaseToken)).toBe(true);
    expect(beats).toBeGreaterThanOrEqual(20);
    expect(beats).toBeLessThan(50);
  });

  it("reports progress within about a second, once however often it is told", async () => {
    for (let step = 1; step <= 50; step++) lease.report(step / 100, "360p");
    await vi.advanceTimersByTimeAsync(1300);
    expect(house.jobOf(jobId)).toMatchObject({ progress: 0.5, step: "360p" });
    expect(house.videoOf(videoId).progress).toBe(0.5);
    expect(beats).toBe(1);
  });

  it("never reports less than before", async () => {
    lease.report(0.6, "a");
    lease.report(0.2, "b");
    await vi.advanceTimersByTimeAsync(1300);
    expect(house.jobOf(jobId)).toMatchObject({ progress: 0.6, step: "b" });
  });

  it("has a part durable when saving resolves, and keeps the parts that were saved before", async () => {
    await lease.save({ donePart: "rung:144p" });
    expect(house.jobOf(jobId).doneParts).toEqual(["rung:144p"]);
    await lease.save({ donePart: "rung:144p" });
    await lease.save({ donePart: "rung:240p", video: { masterName: "master-1.m3u8" } });
    expect(house.jobOf(jobId).doneParts).toEqual(["rung:144p", "rung:240p"]);
    expect(house.videoOf(videoId).masterName).toBe("master-1.m3u8");
  });

  it("ends when it was cancelled", async () => {
    house.jobOf(jobId).state = "cancelled";
    await vi.advanceTimersByTimeAsync(leaseMs / 2);
    expect(lease.end).toBe("cancelled");
    expect(lease.signal.aborted).toBe(true);
    expect(() => lease.assertHeld()).toThrow("cancelled");
  });

  it("ends when somebody else has the job", async () => {
    house.jobOf(jobId).leaseToken = "theirs";
    await expect(lease.save({ donePart: "x" })).rejects.toThrow("lost");
    expect(lease.end).toBe("lost");
    expect(house.jobOf(jobId).doneParts).toEqual([]);
  });

  it("outlives a queue that comes back in time, and what was to be saved is saved", async () => {
    isAway = true;
    const saving = lease.save({ donePart: "rung:144p" });
    await vi.advanceTimersByTimeAsync(leaseMs * 0.6);
    expect(lease.end).toBeUndefined();
    lease.assertHeld();
    isAway = false;
    await vi.advanceTimersByTimeAsync(leaseMs * 0.3);
    await saving;
    expect(house.jobOf(jobId).doneParts).toEqual(["rung:144p"]);
    await vi.advanceTimersByTimeAsync(leaseMs * 5);
    expect(lease.end).toBeUndefined();
  });

  it("ends before another may claim the job when the queue stays away", async () => {
    isAway = true;
    const saving = lease.save({ donePart: "rung:144p" }).catch((error: unknown) => error);
    let endedAtMs = 0;
    lease.signal.addEventListener("abort", () => {
      endedAtMs = Date.now();
    });
    const freeAtMs = house.jobOf(jobId).leaseExpiresAtMs;
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(lease.end).toBe("expired");
    expect(endedAtMs).toBeGreaterThan(0);
    expect(endedAtMs).toBeLessThan(freeAtMs);
    expect(await saving).toMatchObject({ code: "encode.cancelled" });
  });

  it("is known to be over at once after a long sleep, before any timer has run", () => {
    vi.setSystemTime(Date.now() + leaseMs);
    expect(() => lease.assertHeld()).toThrow("expired");
    expect(lease.signal.aborted).toBe(true);
  });

  it("settles once, through an outage", async () => {
    isAway = true;
    const settling = lease.settle({ result: "done", video: { state: "ready" } });
    await vi.advanceTimersByTimeAsync(leaseMs / 2);
    isAway = false;
    await vi.advanceTimersByTimeAsync(leaseMs / 4);
    expect(await settling).toBe("kept");
    expect(house.jobOf(jobId).state).toBe("done");
    const before = beats;
    await vi.advanceTimersByTimeAsync(leaseMs * 3);
    expect([beats, lease.end]).toEqual([before, undefined]);
  });

  it("waits for nothing when it is closed", async () => {
    isAway = true;
    const saving = lease.save({ donePart: "x" }).catch(() => "ended");
    await vi.advanceTimersByTimeAsync(50);
    await lease.close();
    expect(await saving).toBe("ended");
    expect(lease.end).toBeUndefined();
  });

  it("throws at once what waiting would not mend", async () => {
    queue.heartbeat = () => Promise.reject(new Error("a broken record"));
    await expect(lease.save({ donePart: "x" })).rejects.toThrow("a broken record");
  });
});
