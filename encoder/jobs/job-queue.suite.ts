import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "#common/jobs/job.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import type { ClaimedJob, JobQueue } from "./job-queue.port.ts";
import { type QueueEntry, toClaimOrder } from "./job-queue.rules.ts";
import { createId, until } from "./testing/until.ts";

/** A queue with what surrounds it, for the suite. */
export interface QueueHouse {
  readonly queue: JobQueue;
  /** Makes an empty house of it. */
  clear(): Promise<void>;
  addAccount(): Promise<string>;
  addVideo(video: { ownerId: string; state?: VideoState; posterRevision?: string }): Promise<string>;
  removeVideo(videoId: string): Promise<void>;
  setVideoState(videoId: string, state: VideoState): Promise<void>;
  readVideo(videoId: string): Promise<HouseVideo>;
  addJob(job: NewJob): Promise<string>;
  readJob(jobId: string): Promise<HouseJob>;
  /** As the front desk does it: behind the queue's back. */
  cancelJob(jobId: string): Promise<void>;
  /** Ends the pause before the next attempt. */
  hasten(jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** A job to put into the queue. */
export interface NewJob {
  readonly id: string;
  readonly videoId: string;
  readonly kind: Job["kind"];
  readonly priority: number;
  readonly maxAttempts: number;
}

/** What the suite looks at of a job. */
export interface HouseJob {
  readonly state: Job["state"];
  readonly attempt: number;
  readonly progress: number;
  readonly step: string;
  readonly errorCode: string;
  readonly doneParts: readonly string[];
  readonly notBeforeMs: number;
  readonly createdAtMs: number;
}

/** What the suite looks at of a video. */
export interface HouseVideo {
  readonly state: VideoState;
  readonly progress: number;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly revision: string;
  readonly posterRevision: string;
  readonly masterName: string;
}

const leaseMs = 60_000;
const shortLeaseMs = 20;
const refused = { result: "failed", code: "encode.unreadable", message: "No.", isRetryable: false } as const;
const broken = { result: "failed", code: "encode.failed", message: "Oh.", isRetryable: true } as const;
const done = { result: "done", video: {} } as const;

/** What every {@link JobQueue} must do. */
export function describeJobQueue(name: string, open: () => Promise<QueueHouse>): void {
  describe(`job queue: ${name}`, () => {
    let house: QueueHouse;
    let queue: JobQueue;
    let ownerId: string;

    beforeAll(async () => {
      house = await open();
      queue = house.queue;
    });
    afterAll(() => house?.close());
    beforeEach(async () => {
      await house.clear();
      ownerId = await house.addAccount();
    });

    async function addJob(job: Partial<NewJob> & { state?: VideoState } = {}): Promise<NewJob> {
      const { state = "queued", ...given } = job;
      const videoId = given.videoId ?? (await house.addVideo({ ownerId, state }));
      const added = {
        id: createId(),
        kind: "encode",
        priority: 1,
        maxAttempts: 3,
        ...given,
        videoId,
      } as const;
      await house.addJob(added);
      return added;
    }

    async function claim(lease = leaseMs): Promise<ClaimedJob> {
      const claimed = await queue.claim("suite", lease);
      if (!claimed) throw new Error("nothing to claim");
      return claimed;
    }

    const claimLost = () => until(() => queue.claim("suite", leaseMs), { timeoutMs: 5000 });

    it("gives nothing when there is nothing", async () => {
      expect(await queue.claim("suite", leaseMs)).toBeUndefined();
    });

    it("gives a job once, and its video moves on", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      expect(claimed.job).toMatchObject({ id, videoId, kind: "encode", state: "running", attempt: 1 });
      expect((await house.readVideo(videoId)).state).toBe("encoding");
      expect(await queue.claim("other", leaseMs)).toBeUndefined();
    });

    it("never gives one job to two owners who ask at once", async () => {
      const added = new Set<string>();
      for (let count = 0; count < 12; count++) added.add((await addJob()).id);
      const owners = Array.from({ length: 6 }, async (_, owner) => {
        const ids: string[] = [];
        for (let claimed = await queue.claim(`${owner}`, leaseMs); claimed; ) {
          ids.push(claimed.job.id);
          claimed = await queue.claim(`${owner}`, leaseMs);
        }
        return ids;
      });
      const ids = (await Promise.all(owners)).flat();
      expect(ids).toHaveLength(added.size);
      expect(new Set(ids)).toEqual(added);
    });

    for (const state of ["draft", "uploading", "ready", "failed"] as const) {
      it(`leaves an encode alone whose video is ${state}`, async () => {
        await addJob({ state });
        expect(await queue.claim("suite", leaseMs)).toBeUndefined();
      });
    }

    it("makes a thumbnail of a video in any state and leaves the state as it is", async () => {
      const { videoId } = await addJob({ kind: "thumbnail", state: "ready" });
      const claimed = await claim();
      expect(await queue.settle(claimed, { result: "done", video: { posterRevision: "thumb-1" } })).toBe(
        "kept",
      );
      expect(await house.readVideo(videoId)).toMatchObject({ state: "ready", posterRevision: "thumb-1" });
    });

    it("runs one job of a kind for a video at a time", async () => {
      const first = await addJob();
      const second = await addJob({ videoId: first.videoId });
      const claimed = await claim();
      expect(await queue.claim("suite", leaseMs)).toBeUndefined();
      await queue.settle(claimed, { result: "released" });
      await house.cancelJob(claimed.job.id);
      expect((await claim()).job.id).toBe(claimed.job.id === first.id ? second.id : first.id);
    });

    it("claims in the order of the rules", async () => {
      const owners = [ownerId, await house.addAccount(), await house.addAccount()];
      const priorities = [40, 3, 3000, 15, 3, 200, 90, 0, 1000];
      const entries: QueueEntry[] = [];
      for (const [index, priority] of priorities.entries()) {
        const accountId = owners[index % 2 === 0 ? 0 : index % 3 || 1] ?? ownerId;
        const videoId = await house.addVideo({ ownerId: accountId, state: "queued" });
        const { id } = await addJob({ videoId, priority });
        const { createdAtMs } = await house.readJob(id);
        entries.push({ id, accountId, priority, createdAtMs, isRunning: false });
      }
      // settled at once, so that what runs does not count
      const claimedIds: string[] = [];
      const expectedIds: string[] = [];
      for (let left = entries; left.length > 0; left = left.filter(({ id }) => !claimedIds.includes(id))) {
        expectedIds.push(toClaimOrder(left)[0]?.id ?? "");
        const claimed = await claim();
        claimedIds.push(claimed.job.id);
        await queue.settle(claimed, done);
      }
      expect(claimedIds).toEqual(expectedIds);
    });

    it("does not let many jobs of one account hold up another's", async () => {
      for (let count = 0; count < 5; count++) await addJob({ priority: 20 });
      const videoId = await house.addVideo({ ownerId: await house.addAccount(), state: "queued" });
      const late = await addJob({ videoId, priority: 25 });
      expect((await claim()).job.id).not.toBe(late.id);
      expect((await claim()).job.id).toBe(late.id);
    });

    it("writes what a heartbeat reports, to the job and to the video", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      const video = { state: "playable", revision: "r1", masterName: "master-1.m3u8" } as const;
      const report = { progress: 0.25, step: "360p", doneParts: ["rung:360p"], video };
      expect(await queue.heartbeat(claimed, leaseMs, report)).toBe("kept");
      expect(await house.readJob(id)).toMatchObject({
        progress: 0.25,
        step: "360p",
        doneParts: ["rung:360p"],
      });
      expect(await house.readVideo(videoId)).toMatchObject({ ...video, progress: 0.25 });
    });

    it("claims a job again whose lease was lost, with what was done, and refuses its former owner", async () => {
      const { id, videoId } = await addJob();
      const zombie = await claim(shortLeaseMs);
      await queue.heartbeat(zombie, shortLeaseMs, { progress: 0.5, step: "", doneParts: ["rung:240p"] });
      const heir = await claimLost();
      expect(heir.job).toMatchObject({ id, doneParts: ["rung:240p"], attempt: 2 });
      const ruin = { progress: 0, step: "", doneParts: [], video: { revision: "ruined" } };
      expect(await queue.heartbeat(zombie, leaseMs, ruin)).toBe("lost");
      expect(await queue.settle(zombie, refused)).toBe("lost");
      expect(await queue.settle(zombie, { result: "done", video: { state: "ready" } })).toBe("lost");
      expect(await queue.settle(zombie, { result: "released" })).toBe("lost");
      expect(await house.readJob(id)).toMatchObject({ state: "running", progress: 0.5 });
      expect(await house.readVideo(videoId)).toMatchObject({ state: "encoding", revision: "" });
      expect(await queue.settle(heir, { result: "done", video: { state: "ready" } })).toBe("kept");
      expect((await house.readVideo(videoId)).state).toBe("ready");
    });

    it("lets an owner go on whose lease ended when nobody else has taken it", async () => {
      await addJob();
      const claimed = await claim(1);
      await until(async () => !(await queue.isHeld(claimed.job.id, claimed.leaseToken)));
      const report = { progress: 0, step: "", doneParts: [] };
      expect(await queue.heartbeat(claimed, leaseMs, report)).toBe("kept");
      expect(await queue.claim("suite", leaseMs)).toBeUndefined();
    });

    it("says whose lease is held", async () => {
      const { id } = await addJob();
      expect(await queue.isHeld(id, "")).toBe(false);
      const claimed = await claim();
      expect(await queue.isHeld(id, claimed.leaseToken.slice(0, 8))).toBe(true);
      expect(await queue.isHeld(id, "another")).toBe(false);
      expect(await queue.isHeld(createId(), claimed.leaseToken)).toBe(false);
      await queue.settle(claimed, done);
      expect(await queue.isHeld(id, claimed.leaseToken)).toBe(false);
    });

    it("tries again with growing pauses, then gives up, and the video with it", async () => {
      const { id, videoId } = await addJob({ maxAttempts: 3 });
      const pausesMs: number[] = [];
      for (const attempt of [1, 2]) {
        const claimed = await claim();
        expect(claimed.job.attempt).toBe(attempt);
        const failedAtMs = Date.now();
        expect(await queue.settle(claimed, broken)).toBe("kept");
        const job = await house.readJob(id);
        expect(job).toMatchObject({ state: "waiting", errorCode: "encode.failed" });
        expect((await house.readVideo(videoId)).state).toBe("queued");
        expect(await queue.claim("suite", leaseMs)).toBeUndefined();
        pausesMs.push(job.notBeforeMs - failedAtMs);
        await house.hasten(id);
      }
      expect(pausesMs[0]).toBeGreaterThan(1000);
      expect(pausesMs[1]).toBeGreaterThan((pausesMs[0] ?? 0) * 1.5);
      await queue.settle(await claim(), broken);
      expect((await house.readJob(id)).state).toBe("failed");
      const video = await house.readVideo(videoId);
      expect(video).toMatchObject({ state: "failed", errorCode: "encode.failed", errorMessage: "Oh." });
    });

    it("counts attempts anew when one has finished a part", async () => {
      const { id } = await addJob({ maxAttempts: 2 });
      await queue.settle(await claim(), broken);
      await house.hasten(id);
      const second = await claim();
      expect(second.job.attempt).toBe(2);
      await queue.heartbeat(second, leaseMs, { progress: 0.5, step: "", doneParts: ["rung:144p"] });
      await queue.settle(second, broken);
      expect(await house.readJob(id)).toMatchObject({ state: "waiting", attempt: 1 });
    });

    it("fails at once what another attempt would not mend, and takes back what was published", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      const video = { state: "playable", revision: id, posterRevision: id, masterName: "m" } as const;
      await queue.heartbeat(claimed, leaseMs, { progress: 0.5, step: "", doneParts: [], video });
      await queue.settle(claimed, refused);
      expect((await house.readJob(id)).state).toBe("failed");
      expect(await house.readVideo(videoId)).toMatchObject({
        state: "failed",
        errorCode: "encode.unreadable",
        revision: "",
        posterRevision: "",
        masterName: "",
      });
    });

    it("fails a job, and its video, whose encoders were lost on every attempt", async () => {
      const { id, videoId } = await addJob({ maxAttempts: 1 });
      await claim(shortLeaseMs);
      await until(async () => {
        expect(await queue.claim("suite", leaseMs)).toBeUndefined();
        return (await house.readJob(id)).state === "failed";
      });
      expect(await house.readVideo(videoId)).toMatchObject({ state: "failed", errorCode: "encode.failed" });
    });

    it("gives a job back without counting the attempt", async () => {
      const { id, videoId } = await addJob();
      expect(await queue.settle(await claim(), { result: "released" })).toBe("kept");
      expect(await house.readJob(id)).toMatchObject({ state: "waiting", attempt: 0 });
      expect((await house.readVideo(videoId)).state).toBe("queued");
      expect((await claim()).job.attempt).toBe(1);
    });

    it("does not give what was cancelled while it waited", async () => {
      const { id } = await addJob();
      await house.cancelJob(id);
      expect(await queue.claim("suite", leaseMs)).toBeUndefined();
    });

    it("tells who runs a job that it was cancelled, and writes nothing more", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      await house.cancelJob(id);
      const report = { progress: 0.9, step: "", doneParts: ["x"], video: { revision: "r" } };
      expect(await queue.heartbeat(claimed, leaseMs, report)).toBe("cancelled");
      expect(await queue.settle(claimed, { result: "done", video: { state: "ready" } })).toBe("cancelled");
      expect(await house.readJob(id)).toMatchObject({ state: "cancelled", doneParts: [] });
      expect(await house.readVideo(videoId)).toMatchObject({ state: "encoding", revision: "" });
    });

    it("cancels a job whose video is not to be encoded any more", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      await house.setVideoState(videoId, "failed");
      const report = { progress: 0.9, step: "", doneParts: [], video: { revision: "r" } };
      expect(await queue.heartbeat(claimed, leaseMs, report)).toBe("cancelled");
      expect((await house.readJob(id)).state).toBe("cancelled");
      expect(await house.readVideo(videoId)).toMatchObject({ state: "failed", revision: "" });
    });

    it("does not claim a lost job again whose video is not to be encoded any more", async () => {
      const { id, videoId } = await addJob();
      await claim(shortLeaseMs);
      await house.setVideoState(videoId, "failed");
      await until(async () => {
        expect(await queue.claim("suite", leaseMs)).toBeUndefined();
        return (await house.readJob(id)).state === "cancelled";
      });
    });

    it("refuses who encodes a video that is gone", async () => {
      const { videoId } = await addJob();
      const claimed = await claim();
      await house.removeVideo(videoId);
      expect(await queue.heartbeat(claimed, leaseMs, { progress: 0, step: "", doneParts: [] })).toBe("lost");
      expect(await queue.settle(claimed, done)).toBe("lost");
    });

    it("takes the same settlement twice", async () => {
      const { id } = await addJob();
      const claimed = await claim();
      expect(await queue.settle(claimed, broken)).toBe("kept");
      const { notBeforeMs } = await house.readJob(id);
      expect(await queue.settle(claimed, broken)).toBe("kept");
      expect(await house.readJob(id)).toMatchObject({ state: "waiting", attempt: 1, notBeforeMs });
    });

    it("leaves the owner's own thumbnail in place", async () => {
      const videoId = await house.addVideo({ ownerId, state: "queued", posterRevision: "thumb-mine" });
      await addJob({ videoId });
      const video = { state: "ready", posterRevision: "theirs" } as const;
      await queue.settle(await claim(), { result: "done", video });
      expect(await house.readVideo(videoId)).toMatchObject({ state: "ready", posterRevision: "thumb-mine" });
    });

    it("lists what ended and was not swept, and the revisions that must stay", async () => {
      const { id, videoId } = await addJob();
      const claimed = await claim();
      expect(await queue.listUsedRevisions(videoId)).toEqual(new Set([id]));
      await queue.settle(claimed, refused);
      const future = new Date(Date.now() + 60_000);
      const past = new Date(Date.now() - 60_000);
      const list = (otherwiseBefore: Date) => queue.listUnswept({ doneBefore: future, otherwiseBefore }, 10);
      expect(await list(past)).toEqual([]);
      expect(await list(future)).toEqual([{ jobId: id, videoId }]);
      expect(await queue.listUsedRevisions(videoId)).toEqual(new Set());
      await queue.markSwept(id);
      await queue.markSwept(createId());
      expect(await list(future)).toEqual([]);
      expect(await queue.listUsedRevisions(createId())).toEqual(new Set());
    });
  });
}
