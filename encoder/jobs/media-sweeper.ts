import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { JobQueue } from "./job-queue.port.ts";

/** Takes away stored media that nobody watches and nobody makes. */
export interface MediaSweeper {
  /** One revision, unless it is used: for who has just given up on it. */
  removeUnused(videoId: string, revision: string): Promise<void>;
  /** Everything that ended jobs have left behind. */
  sweep(): Promise<void>;
}

/** Who lost a job may write for a moment longer than its lease. */
const zombieMs = 2 * 60_000;
const jobsPerSweep = 100;

/** Makes a {@link MediaSweeper}; replaced media stays for `graceMs`. */
export function createMediaSweeper(options: {
  readonly queue: Pick<JobQueue, "listUnswept" | "listUsedRevisions" | "markSwept">;
  readonly storage: Storage;
  readonly graceMs: number;
  readonly log: Logger;
  readonly now?: () => number;
}): MediaSweeper {
  const { queue, storage, graceMs, log, now = Date.now } = options;

  async function removeUnused(videoId: string, revision: string): Promise<void> {
    if ((await queue.listUsedRevisions(videoId)).has(revision)) return;
    await storage.remove(storageLayout.revision(videoId, revision));
  }

  async function sweepVideo(videoId: string): Promise<void> {
    const prefix = storageLayout.video(videoId);
    // listed before it is asked what is used: what is begun in between is not in the list
    const stored = await storage.list(prefix);
    const revisions = new Set(stored.map(({ key }) => key.slice(prefix.length).split("/")[0] ?? ""));
    const used = await queue.listUsedRevisions(videoId);
    for (const revision of revisions) {
      if (revision === "" || used.has(revision)) continue;
      await storage.remove(storageLayout.revision(videoId, revision));
      log.info({ videoId, revision }, "unused media removed");
    }
  }

  return {
    removeUnused,
    async sweep() {
      const doneBefore = new Date(now() - graceMs);
      const otherwiseBefore = new Date(now() - zombieMs);
      for (const { jobId, videoId } of await queue.listUnswept(
        { doneBefore, otherwiseBefore },
        jobsPerSweep,
      )) {
        await sweepVideo(videoId);
        await queue.markSwept(jobId);
      }
    },
  };
}
