import { setTimeout as sleep } from "node:timers/promises";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { JobFolders } from "./job-folders.ts";
import type { JobHandlers } from "./job-handlers.ts";
import type { AttemptEnd, JobMetrics } from "./job-metrics.ts";
import { type ClaimedJob, type JobQueue, toRevision, type VideoPatch } from "./job-queue.port.ts";
import { toFailure } from "./job-queue.rules.ts";
import { type Lease, openLease } from "./lease.ts";
import type { MediaSweeper } from "./media-sweeper.ts";

/** Takes jobs and does them, so many at a time, until it is closed. */
export interface Worker extends Closable {
  /** When the queue last answered, on the clock `nowMs`. */
  reachedAtMs(): number;
  /** Ends every attempt, gives its job back, and resolves when nothing of it runs; within three seconds. */
  close(): Promise<void>;
}

/** What a {@link Worker} is made of. */
export interface WorkerOptions {
  readonly queue: JobQueue;
  readonly handlers: JobHandlers;
  readonly folders: JobFolders;
  readonly sweeper: MediaSweeper;
  readonly metrics: JobMetrics;
  readonly log: Logger;
  /** Name under which leases are kept. */
  readonly owner: string;
  readonly jobCount: number;
  readonly leaseMs: number;
  /** Pause between two looks at an empty queue; it varies by half. */
  readonly pollMs?: number;
  /** A clock that never jumps. */
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

const longestOutagePauseMs = 5000;
/** A close that takes longer leaves the lease to end by itself. */
const releaseTimeoutMs = 1500;

/** Opens a worker; it begins at once. */
export function openWorker(options: WorkerOptions): Worker {
  const { queue, handlers, folders, sweeper, metrics, log, owner, leaseMs } = options;
  const { pollMs = 1000, nowMs = () => performance.now(), random = Math.random } = options;
  const closing = new AbortController();
  let reachedAtMs = Number.NEGATIVE_INFINITY;
  let isAway = false;

  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal }).catch(() => {});

  async function reach<Answer>(call: Promise<Answer>): Promise<Answer> {
    const answer = await call;
    reachedAtMs = nowMs();
    if (isAway) log.info("the queue answers again");
    isAway = false;
    return answer;
  }
  const watched: Pick<JobQueue, "heartbeat" | "settle"> = {
    heartbeat: (...args) => reach(queue.heartbeat(...args)),
    settle: (...args) => reach(queue.settle(...args)),
  };

  async function runSlot(): Promise<void> {
    let outagePauseMs = pollMs / 2;
    while (!closing.signal.aborted) {
      const claimedAtMs = nowMs();
      try {
        const claimed = await reach(queue.claim(owner, leaseMs));
        outagePauseMs = pollMs / 2;
        if (claimed) await runJob(claimed, claimedAtMs);
        else await pause(pollMs * (0.5 + random()));
      } catch (error) {
        if (!isAway) log.warn({ err: error }, "the queue gives no jobs");
        isAway = true;
        outagePauseMs = Math.min(longestOutagePauseMs, outagePauseMs * 2);
        await pause(outagePauseMs * (0.5 + random()));
      }
    }
  }

  async function runJob(claimed: ClaimedJob, claimedAtMs: number): Promise<void> {
    const { job, leaseToken } = claimed;
    const jobLog = log.child({ jobId: job.id, videoId: job.videoId, leaseTag: leaseToken.slice(0, 8) });
    const { kind, attempt, doneParts } = job;
    jobLog.info({ kind, attempt, doneParts }, "job claimed");
    metrics.attemptBegan(kind);
    const lease = openLease({ queue: watched, claimed, claimedAtMs, leaseMs, log: jobLog, nowMs });
    let end: AttemptEnd = "failed";
    try {
      end = await attemptJob(lease, jobLog);
    } catch (error) {
      // the queue was away until the lease was over, or refused: the lease ends by itself and the job is tried again
      end = lease.end ?? "failed";
      jobLog.warn({ err: error }, "attempt could not be settled");
    } finally {
      await lease.close();
      metrics.attemptEnded(kind, end);
      jobLog.info({ end }, "attempt ended");
    }
    if (end === "done" || end === "released") return;
    await sweeper.removeUnused(job.videoId, toRevision(job)).catch((error: unknown) => {
      jobLog.warn({ err: error }, "media of this attempt is left to the sweeper");
    });
  }

  async function attemptJob(lease: Lease, jobLog: Logger): Promise<AttemptEnd> {
    const { claimed } = lease;
    const signal = AbortSignal.any([lease.signal, closing.signal]);
    let video: VideoPatch;
    try {
      video = await folders.withFolder(claimed, (workDir) =>
        handlers[claimed.job.kind]({ lease, workDir, signal, log: jobLog }),
      );
    } catch (error) {
      if (lease.end) return lease.end;
      if (closing.signal.aborted) return await release(lease);
      const failure = toFailure(error);
      const { code, isRetryable } = failure;
      jobLog[isRetryable ? "error" : "info"]({ err: error, code, isRetryable }, "attempt failed");
      const answer = await lease.settle(failure);
      return answer === "kept" ? "failed" : answer;
    }
    const answer = await lease.settle({ result: "done", video });
    return answer === "kept" ? "done" : answer;
  }

  /** Best effort: a job that is not given back is free when its lease ends. */
  async function release(lease: Lease): Promise<AttemptEnd> {
    const late = sleep(releaseTimeoutMs, "expired" as const, { ref: false });
    const answer = await Promise.race([lease.settle({ result: "released" }), late]);
    return answer === "kept" ? "released" : answer;
  }

  const slots = Array.from({ length: options.jobCount }, () => runSlot());
  return {
    reachedAtMs: () => reachedAtMs,
    async close() {
      closing.abort();
      await Promise.all(slots);
    },
  };
}
