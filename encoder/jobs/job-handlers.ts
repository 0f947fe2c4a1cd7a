import { ShoalError } from "#common/errors.ts";
import type { Job } from "#common/jobs/job.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { encodeVideo } from "../media/encode-video.ts";
import { makeThumbnail } from "../media/make-thumbnail.ts";
import type { MediaConfig } from "../media/media.config.ts";
import type { JobMetrics } from "./job-metrics.ts";
import { createJobPublisher, toVideoPatch } from "./job-publisher.ts";
import { toRevision, type VideoPatch } from "./job-queue.port.ts";
import type { Lease } from "./lease.ts";

/** One attempt at a job. */
export interface Attempt {
  readonly lease: Lease;
  /** The attempt's own folder. */
  readonly workDir: string;
  /** Ends the attempt: the lease is over, or the encoder closes. */
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Does a job of each kind; gives what its video gets when the job is settled. */
export type JobHandlers = Readonly<Record<Job["kind"], (attempt: Attempt) => Promise<VideoPatch>>>;

/** The handlers that do the real work. */
export function createJobHandlers(options: {
  readonly storage: Storage;
  readonly config: MediaConfig;
  readonly metrics: JobMetrics;
}): JobHandlers {
  const { storage, config, metrics } = options;
  return {
    async encode({ lease, workDir, signal, log }) {
      const { job } = lease.claimed;
      const { doneParts } = job;
      const beganAtMs = performance.now();
      const publish = createJobPublisher(storage, lease);
      const state = await storage.withLocalFile(storageLayout.original(job.videoId), (sourcePath) =>
        encodeVideo({ sourcePath, workDir, doneParts, signal, publish, log, config }),
      );
      if (!state) throw gone("encode.unreadable", "The uploaded file is not here any more. Upload it again.");
      // a resumed encode has not made all of it
      if (doneParts.length === 0) {
        metrics.encoded(state.durationSeconds, (performance.now() - beganAtMs) / 1000);
      }
      return toVideoPatch(state, toRevision(job));
    },

    async thumbnail({ lease, signal }) {
      const { job } = lease.claimed;
      const publish = createJobPublisher(storage, lease);
      const made = await storage.withLocalFile(
        storageLayout.thumbnailSource(job.videoId),
        async (sourcePath) => {
          await makeThumbnail({ sourcePath, signal, publish });
          return true;
        },
      );
      if (!made)
        throw gone("upload.bad_image", "The uploaded picture is not here any more. Upload it again.");
      return { posterRevision: toRevision(job) };
    },
  };
}

function gone(code: "encode.unreadable" | "upload.bad_image", message: string): ShoalError {
  return new ShoalError(code, message);
}
