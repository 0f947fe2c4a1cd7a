import type { ErrorCode } from "#common/errors.ts";
import type { Job } from "#common/jobs/job.ts";
import type { Video } from "#common/videos/video.ts";
import type { VideoState } from "#common/videos/video-state.ts";

/** What an encode says about its video; absent fields stay as they are. */
export type VideoPatch = Partial<
  Readonly<
    Pick<Video, "durationSeconds" | "aspectRatio" | "renditions" | "audioTracks" | "captions"> & {
      state: Extract<VideoState, "playable" | "ready">;
      revision: string;
      masterName: string;
      /** Kept by the queue when the owner has chosen a thumbnail of their own. */
      posterRevision: string;
      hasStoryboard: boolean;
    }
  >
>;

/** A job that is ours for as long as the lease is renewed. */
export interface ClaimedJob {
  readonly job: Job;
  /** Fences: whatever is written names it, and what names an older one is refused. */
  readonly leaseToken: string;
}

/** How far a job is. */
export interface JobReport {
  /** 0 to 1. */
  readonly progress: number;
  readonly step: string;
  /** All parts that are finished; a new one starts the count of attempts anew. */
  readonly doneParts: readonly string[];
  /** Written to the video in the same transaction. */
  readonly video?: VideoPatch;
}

/** How a job ended. */
export type JobOutcome =
  | { readonly result: "done"; readonly video: VideoPatch }
  | {
      readonly result: "failed";
      readonly code: ErrorCode;
      readonly message: string;
      readonly isRetryable: boolean;
    }
  /** Given back in order: it waits again and the attempt is not counted. */
  | { readonly result: "released" };

/** What the queue says to someone who writes: `lost` and `cancelled` mean that nothing was written. */
export type LeaseAnswer = "kept" | "lost" | "cancelled";

/** A job that has ended, whose stored leftovers nobody has looked at yet. */
export interface EndedJob {
  readonly jobId: string;
  readonly videoId: string;
}

/**
 * Jobs by lease. At any time at most one owner holds a job: a lease that is not renewed ends, the job is claimed again, and
 * its former owner is refused from then on. Every call is one transaction and may be repeated with the same arguments.
 * A queue that is away throws `service.unavailable`.
 */
export interface JobQueue {
  /**
   * The next job in the order of the queue's rules, or `undefined`. Jobs whose lease has ended come first; one that has used up
   * its attempts is failed instead, and its video with it. A claimed encode moves its video from `queued` to `encoding`.
   */
  claim(owner: string, leaseMs: number): Promise<ClaimedJob | undefined>;
  /** Renews the lease for `leaseMs` from now and writes the report. */
  heartbeat(claimed: ClaimedJob, leaseMs: number, report: JobReport): Promise<LeaseAnswer>;
  /**
   * Ends the attempt; `kept`: settled, by this call or an earlier one. A failure that may be retried waits again, with
   * backoff, until the attempts are used up; any other failure fails the video too, with code and message.
   */
  settle(claimed: ClaimedJob, outcome: JobOutcome): Promise<LeaseAnswer>;
  /** Has the job now a lease whose token begins like this? For who finds its leftovers. */
  isHeld(jobId: string, leaseTag: string): Promise<boolean>;
  /** Jobs that ended before that moment and are not swept, oldest first. `done` ones count from `doneBefore`. */
  listUnswept(ended: { doneBefore: Date; otherwiseBefore: Date }, limit: number): Promise<EndedJob[]>;
  /** Says that nothing is left to remove for the job. */
  markSwept(jobId: string): Promise<void>;
  /** Revisions of a video that are watched or being made; anything else of it may go. */
  listUsedRevisions(videoId: string): Promise<ReadonlySet<string>>;
}

/** The revision that a job makes; it follows from the job, so that another attempt goes on in it. */
export function toRevision(job: { readonly id: string; readonly kind: Job["kind"] }): string {
  return job.kind === "thumbnail" ? `${thumbnailPrefix}${job.id}` : job.id;
}

/** How the revision of a thumbnail begins that the owner has chosen; an encode does not replace it. */
export const thumbnailPrefix = "thumb-";
