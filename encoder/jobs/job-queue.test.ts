import { createMemoryJobQueue } from "./job-queue.memory.ts";
import { describeJobQueue } from "./job-queue.suite.ts";
import { createId } from "./testing/until.ts";

describeJobQueue("memory", async () => {
  const queue = createMemoryJobQueue();
  const jobOf = (id: string) => {
    const job = queue.jobs.get(id);
    if (!job) throw new Error(`no job ${id}`);
    return job;
  };
  const videoOf = (id: string) => {
    const video = queue.videos.get(id);
    if (!video) throw new Error(`no video ${id}`);
    return video;
  };
  return {
    queue,
    async clear() {
      queue.jobs.clear();
      queue.videos.clear();
    },
    addAccount: async () => createId(),
    async addVideo({ ownerId, state = "queued", posterRevision = "" }) {
      const id = createId();
      queue.videos.set(id, {
        id,
        ownerId,
        state,
        posterRevision,
        progress: 0,
        errorCode: "",
        errorMessage: "",
      });
      return id;
    },
    async removeVideo(videoId) {
      queue.videos.delete(videoId);
      for (const job of queue.jobs.values()) if (job.videoId === videoId) queue.jobs.delete(job.id);
    },
    async setVideoState(videoId, state) {
      videoOf(videoId).state = state;
    },
    async readVideo(videoId) {
      const { revision = "", masterName = "", ...video } = videoOf(videoId);
      return { ...video, revision, masterName };
    },
    async addJob(job) {
      queue.jobs.set(job.id, {
        ...job,
        state: "waiting",
        attempt: 0,
        progress: 0,
        step: "",
        doneParts: [],
        errorCode: "",
        errorMessage: "",
        createdAtMs: Date.now(),
        endedAtMs: 0,
        leaseToken: "",
        leaseExpiresAtMs: 0,
        notBeforeMs: 0,
        isSwept: false,
      });
      return job.id;
    },
    readJob: async (id) => ({ ...jobOf(id) }),
    async cancelJob(id) {
      Object.assign(jobOf(id), { state: "cancelled", endedAtMs: Date.now() });
    },
    async hasten(id) {
      jobOf(id).notBeforeMs = 0;
    },
    async close() {},
  };
});
