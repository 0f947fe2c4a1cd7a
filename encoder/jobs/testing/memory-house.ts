import { pino } from "pino";
import type { Job } from "#common/jobs/job.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import { createMemoryJobQueue } from "../job-queue.memory.ts";
import { createId } from "./until.ts";

/** A queue and a storage in memory, with videos and jobs in them. */
export function createMemoryHouse() {
  const queue = createMemoryJobQueue();
  return {
    queue,
    storage: createMemoryStorage(),
    log: pino({ level: "silent" }),

    addVideo(state: VideoState = "queued"): string {
      const id = createId();
      const nothing = { posterRevision: "", progress: 0, errorCode: "", errorMessage: "" };
      queue.videos.set(id, { id, ownerId: createId(), state, ...nothing });
      return id;
    },

    addJob(videoId: string, given: Partial<Pick<Job, "kind" | "maxAttempts" | "priority">> = {}): string {
      const id = createId();
      queue.jobs.set(id, {
        ...{ kind: "encode", maxAttempts: 3, priority: 1, ...given },
        ...{ id, videoId, state: "waiting", attempt: 0, progress: 0, step: "", doneParts: [] },
        ...{ errorCode: "", errorMessage: "", leaseToken: "", leaseExpiresAtMs: 0, notBeforeMs: 0 },
        ...{ createdAtMs: Date.now(), endedAtMs: 0, isSwept: false },
      });
      return id;
    },

    jobOf(id: string) {
      const job = queue.jobs.get(id);
      if (!job) throw new Error(`no job ${id}`);
      return job;
    },

    videoOf(id: string) {
      const video = queue.videos.get(id);
      if (!video) throw new Error(`no video ${id}`);
      return video;
    },
  };
}
