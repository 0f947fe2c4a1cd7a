import { describeJobQueue } from "./job-queue.suite.ts";
import { createMemoryHouse } from "./testing/memory-house.ts";
import { createId } from "./testing/until.ts";

describeJobQueue("memory", async () => {
  const house = createMemoryHouse();
  const { queue, jobOf, videoOf } = house;
  return {
    queue,
    async clear() {
      queue.jobs.clear();
      queue.videos.clear();
    },
    addAccount: async () => createId(),
    async addVideo({ ownerId, state = "queued", posterRevision = "" }) {
      const id = house.addVideo(state);
      queue.videos.set(id, { ...videoOf(id), ownerId, posterRevision });
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
    async addJob({ videoId, ...job }) {
      const made = house.addJob(videoId, job);
      const added = { ...jobOf(made), id: job.id };
      queue.jobs.delete(made);
      queue.jobs.set(job.id, added);
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
