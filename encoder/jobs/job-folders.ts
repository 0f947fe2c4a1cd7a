import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClaimedJob, JobQueue } from "./job-queue.port.ts";

/** Folders for work in progress: one per attempt, gone when it ends, swept when its encoder died. */
export interface JobFolders {
  /** Runs with an empty folder that nobody else uses and deletes it however `use` ends. */
  withFolder<Result>(claimed: ClaimedJob, use: (path: string) => Promise<Result>): Promise<Result>;
  /** Deletes the folders of attempts that do not hold their lease. */
  sweep(): Promise<void>;
}

const namePattern = /^([a-z0-9]{15})-([A-Za-z0-9]{8})$/;

/** Keeps job folders below `<tempDir>/jobs/`. */
export function createJobFolders(tempDir: string, queue: Pick<JobQueue, "isHeld">): JobFolders {
  const parent = join(tempDir, "jobs");
  const inUse = new Set<string>();
  return {
    async withFolder({ job, leaseToken }, use) {
      // not the job's id alone: whoever lost the job may still be winding down
      const name = `${job.id}-${leaseToken.slice(0, 8)}`;
      const path = join(parent, name);
      inUse.add(name);
      try {
        await mkdir(path, { recursive: true, mode: 0o700 });
        return await use(path);
      } finally {
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
        inUse.delete(name);
      }
    },
    async sweep() {
      await mkdir(parent, { recursive: true, mode: 0o700 });
      for (const name of await readdir(parent)) {
        const [, jobId, leaseTag] = namePattern.exec(name) ?? [];
        if (inUse.has(name)) continue;
        if (jobId && leaseTag && (await queue.isHeld(jobId, leaseTag))) continue;
        await rm(join(parent, name), { recursive: true, force: true });
      }
    },
  };
}
