import { randomUUID } from "node:crypto";
import type { Job } from "#common/jobs/job.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import {
  type JobQueue,
  type LeaseAnswer,
  thumbnailPrefix,
  toRevision,
  type VideoPatch,
} from "./job-queue.port.ts";
import { interruptedFailure, toClaimOrder, toRetryDelayMs } from "./job-queue.rules.ts";

/** A job as this queue keeps it. */
export interface MemoryJob extends Omit<Job, "doneParts"> {
  doneParts: readonly string[];
  readonly createdAtMs: number;
  endedAtMs: number;
  leaseToken: string;
  leaseExpiresAtMs: number;
  notBeforeMs: number;
  isSwept: boolean;
}

/** What this queue keeps of a video. */
export interface MemoryVideo extends Omit<VideoPatch, "state" | "posterRevision"> {
  readonly id: string;
  readonly ownerId: string;
  state: VideoState;
  posterRevision: string;
  progress: number;
  errorCode: string;
  errorMessage: string;
}

/** A queue that stays in this process. */
export interface MemoryJobQueue extends JobQueue {
  readonly jobs: Map<string, MemoryJob>;
  readonly videos: Map<string, MemoryVideo>;
}

const encodeStates: readonly VideoState[] = ["queued", "encoding", "playable"];

/** A {@link JobQueue} in memory: for tests and for trying things out. */
export function createMemoryJobQueue(now: () => number = Date.now): MemoryJobQueue {
  const jobs = new Map<string, MemoryJob>();
  const videos = new Map<string, MemoryVideo>();

  function videoOf(job: MemoryJob): MemoryVideo | undefined {
    return videos.get(job.videoId);
  }

  function isEncodable(job: MemoryJob): boolean {
    const video = videoOf(job);
    return video !== undefined && (job.kind !== "encode" || encodeStates.includes(video.state));
  }

  function listCandidates(): MemoryJob[] {
    const all = [...jobs.values()].filter((job) => job.state === "waiting" || job.state === "running");
    const lost = all.filter((job) => job.state === "running" && job.leaseExpiresAtMs <= now());
    const ordered = toClaimOrder(
      all.map((job) => ({
        id: job.id,
        accountId: videoOf(job)?.ownerId ?? "",
        priority: job.priority,
        createdAtMs: job.createdAtMs,
        isRunning: job.state === "running",
      })),
    ).flatMap(({ id }) => jobs.get(id) ?? []);
    const isBusy = (job: MemoryJob) =>
      all.some(
        (other) => other.videoId === job.videoId && other.kind === job.kind && other.state === "running",
      );
    return [
      ...lost,
      ...ordered.filter((job) => job.notBeforeMs <= now() && isEncodable(job) && !isBusy(job)),
    ];
  }

  function end(job: MemoryJob, state: "done" | "failed" | "cancelled", code = "", message = ""): void {
    Object.assign(job, { state, step: "", errorCode: code, errorMessage: message, endedAtMs: now() });
  }

  function wait(job: MemoryJob, notBeforeMs: number): void {
    Object.assign(job, { state: "waiting", step: "", notBeforeMs });
    moveVideo(job, "encoding", "queued");
  }

  function moveVideo(job: MemoryJob, from: VideoState, to: VideoState): void {
    const video = videoOf(job);
    if (job.kind === "encode" && video?.state === from) video.state = to;
  }

  function fail(job: MemoryJob, code: string, message: string): void {
    end(job, "failed", code, message);
    const video = videoOf(job);
    if (job.kind !== "encode" || !video || !encodeStates.includes(video.state)) return;
    const posterRevision = video.posterRevision === job.id ? "" : video.posterRevision;
    const nothing = { revision: "", masterName: "", renditions: [], audioTracks: [], captions: [] };
    Object.assign(video, nothing, {
      posterRevision,
      hasStoryboard: false,
      state: "failed",
      errorCode: code,
      errorMessage: message,
    });
  }

  function patchVideo(job: MemoryJob, patch: VideoPatch = {}): boolean {
    const video = videoOf(job);
    if (!video || !isEncodable(job)) return false;
    const { posterRevision, ...rest } = patch;
    Object.assign(video, rest);
    if (job.kind === "encode") video.progress = job.progress;
    const isOwnPicture = job.kind === "encode" && video.posterRevision.startsWith(thumbnailPrefix);
    if (posterRevision !== undefined && !isOwnPicture) video.posterRevision = posterRevision;
    return true;
  }

  function underLease(
    claimed: { job: Job; leaseToken: string },
    work: (job: MemoryJob) => LeaseAnswer,
  ): LeaseAnswer {
    const job = jobs.get(claimed.job.id);
    if (!job || job.leaseToken !== claimed.leaseToken) return "lost";
    if (job.state === "cancelled") return "cancelled";
    const answer = work(job);
    if (answer === "cancelled") end(job, "cancelled");
    return answer;
  }

  return {
    jobs,
    videos,

    async claim(_owner, leaseMs) {
      for (const job of listCandidates()) {
        if (!isEncodable(job)) {
          end(job, "cancelled");
        } else if (job.attempt >= job.maxAttempts) {
          fail(job, interruptedFailure.code, interruptedFailure.message);
        } else {
          job.state = "running";
          job.attempt += 1;
          job.leaseToken = randomUUID().replaceAll("-", "");
          job.leaseExpiresAtMs = now() + leaseMs;
          moveVideo(job, "queued", "encoding");
          return { job: { ...job, doneParts: [...job.doneParts] }, leaseToken: job.leaseToken };
        }
      }
      return undefined;
    },

    async heartbeat(claimed, leaseMs, report) {
      return underLease(claimed, (job) => {
        if (job.state !== "running") return "lost";
        if (report.doneParts.length > job.doneParts.length) job.attempt = 1;
        const { progress, step, doneParts } = report;
        Object.assign(job, { progress, step, doneParts, leaseExpiresAtMs: now() + leaseMs });
        return patchVideo(job, report.video) ? "kept" : "cancelled";
      });
    },

    async settle(claimed, outcome) {
      return underLease(claimed, (job) => {
        if (job.state !== "running") return "kept";
        switch (outcome.result) {
          case "done":
            job.progress = 1;
            if (!patchVideo(job, outcome.video)) return "cancelled";
            end(job, "done");
            return "kept";
          case "released":
            job.attempt = Math.max(0, job.attempt - 1);
            wait(job, 0);
            return "kept";
          case "failed": {
            const { code, message } = outcome;
            const delayMs = toRetryDelayMs(claimed.job.attempt);
            if (outcome.isRetryable && job.attempt < job.maxAttempts) {
              Object.assign(job, { errorCode: code, errorMessage: message });
              wait(job, now() + delayMs);
            } else fail(job, code, message);
            return "kept";
          }
        }
      });
    },

    async isHeld(jobId, leaseTag) {
      const job = jobs.get(jobId);
      return job?.state === "running" && job.leaseToken.startsWith(leaseTag) && job.leaseExpiresAtMs > now();
    },

    async listUnswept({ doneBefore, otherwiseBefore }, limit) {
      return [...jobs.values()]
        .filter((job) => !job.isSwept && !["waiting", "running"].includes(job.state))
        .filter((job) => job.endedAtMs <= (job.state === "done" ? doneBefore : otherwiseBefore).getTime())
        .sort((a, b) => a.endedAtMs - b.endedAtMs)
        .slice(0, limit)
        .map((job) => ({ jobId: job.id, videoId: job.videoId }));
    },

    async markSwept(jobId) {
      const job = jobs.get(jobId);
      if (job) job.isSwept = true;
    },

    async listUsedRevisions(videoId) {
      const video = videos.get(videoId);
      if (!video) return new Set();
      const unfinished = [...jobs.values()].filter(
        (job) => job.videoId === videoId && (job.state === "waiting" || job.state === "running"),
      );
      const watched = [video.revision ?? "", video.posterRevision];
      return new Set([...watched, ...unfinished.map(toRevision)].filter(Boolean));
    },
  };
}
