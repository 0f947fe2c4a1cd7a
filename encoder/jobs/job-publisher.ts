import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { PublishedState, Publisher } from "../media/publisher.port.ts";
import { toRevision, type VideoPatch } from "./job-queue.port.ts";
import type { Lease } from "./lease.ts";

/**
 * Publishes what a job makes: bytes into the storage, the rest into the job's and the video's record, both only while the lease
 * is held. What is complete is not told here but when the job is settled, in one transaction with it.
 */
export function createJobPublisher(storage: Storage, lease: Lease): Publisher {
  const { job } = lease.claimed;
  const revision = toRevision(job);
  const keyOf = (path: string) => storageLayout.media(job.videoId, revision, path);
  return {
    async putFile(path, localPath) {
      lease.assertHeld();
      await storage.putFile(keyOf(path), localPath);
    },
    async put(path, bytes) {
      lease.assertHeld();
      await storage.put(keyOf(path), bytes);
    },
    read: (path) => storage.read(keyOf(path)),
    partDone: (part) => lease.save({ donePart: part }),
    progressed: (progress, step) => lease.report(progress, step),
    described: ({ durationSeconds, aspectRatio }) => lease.save({ video: { durationSeconds, aspectRatio } }),
    async published(state) {
      if (!state.isComplete) await lease.save({ video: toVideoPatch(state, revision) });
    },
  };
}

/** What a published state means for the video's record. */
export function toVideoPatch(state: PublishedState, revision: string): VideoPatch {
  const { masterName, durationSeconds, aspectRatio, renditions, audioTracks, captions } = state;
  return {
    state: state.isComplete ? "ready" : "playable",
    revision,
    masterName,
    durationSeconds,
    aspectRatio,
    renditions: [...renditions],
    audioTracks: [...audioTracks],
    captions: [...captions],
    hasStoryboard: state.hasStoryboard,
    ...(state.hasPoster && { posterRevision: revision }),
  };
}
