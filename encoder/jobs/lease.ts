import { ShoalError } from "#common/errors.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { ClaimedJob, JobOutcome, JobQueue, LeaseAnswer, VideoPatch } from "./job-queue.port.ts";

/** Why a lease is not ours any more; `expired`: the queue was away for too long to know. */
export type LeaseEnd = "lost" | "cancelled" | "expired";

/** A claimed job, kept ours by heartbeats until `close`. */
export interface Lease extends Closable {
  readonly claimed: ClaimedJob;
  /** Aborted when the lease ends before it is closed. */
  readonly signal: AbortSignal;
  readonly end: LeaseEnd | undefined;
  /** Throws when the lease is over or might be: to be asked before anything is published. */
  assertHeld(): void;
  /** Told to the queue within a second or so. */
  report(progress: number, step: string): void;
  /** Durable when it resolves; waits for a queue that is away as long as the lease may be ours, and throws when it is not. */
  save(change: { readonly donePart?: string; readonly video?: VideoPatch }): Promise<void>;
  /** Ends the attempt and the heartbeats; waits as {@link save} does. */
  settle(outcome: JobOutcome): Promise<LeaseAnswer>;
  /** Ends the heartbeats and whatever waits; a lease that was not settled ends by itself. */
  close(): Promise<void>;
}

const reportEveryMs = 1000;
const firstPauseMs = 100;
const longestPauseMs = 2000;

/** Keeps a job from `claimedAtMs` on: the moment at which the claim was sent, on the clock `nowMs`. */
export function openLease(options: {
  readonly queue: Pick<JobQueue, "heartbeat" | "settle">;
  readonly claimed: ClaimedJob;
  readonly claimedAtMs: number;
  readonly leaseMs: number;
  readonly log: Logger;
  readonly nowMs: () => number;
}): Lease {
  const { queue, claimed, leaseMs, log, nowMs } = options;
  const controller = new AbortController();
  const closing = new AbortController();
  const ended = AbortSignal.any([controller.signal, closing.signal]);
  const state = {
    progress: claimed.job.progress,
    step: claimed.job.step,
    doneParts: [...claimed.job.doneParts],
  };
  let end: LeaseEnd | undefined;
  let isClosed = false;
  let isChanged = false;
  let isBeating = false;
  let sentAtMs = options.claimedAtMs;
  let turn: Promise<unknown> = Promise.resolve();
  // the queue's clock began later than ours, and what is on its way when the lease ends must still arrive in time
  const heldUntilMs = () => sentAtMs + leaseMs * 0.9;

  function finish(reason: LeaseEnd): void {
    if (end || isClosed) return;
    end = reason;
    clearInterval(timer);
    log.warn({ end: reason }, "lease ended");
    controller.abort(leaseOver(reason));
  }

  function assertHeld(): void {
    if (!isClosed && nowMs() >= heldUntilMs()) finish("expired");
    if (end) throw leaseOver(end);
    if (isClosed) throw new Error("the lease was closed");
  }

  /** One call after the other, each repeated while the queue is away and the lease may be ours. */
  function ask(call: () => Promise<LeaseAnswer>): Promise<LeaseAnswer> {
    const asked = turn.then(async () => {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
        assertHeld();
        const calledAtMs = nowMs();
        try {
          const answer = await call();
          if (answer === "kept") sentAtMs = Math.max(sentAtMs, calledAtMs);
          return answer;
        } catch (error) {
          if (!(error instanceof ShoalError && error.code === "service.unavailable")) throw error;
          const leftMs = heldUntilMs() - nowMs();
          if (pauseMs === firstPauseMs) log.warn({ leftMs: Math.round(leftMs) }, "the queue does not answer");
          await pause(Math.min(pauseMs, leftMs), ended);
        }
      }
    });
    turn = asked.catch(() => {});
    return asked;
  }

  async function beat(video?: VideoPatch): Promise<void> {
    const answer = await ask(() => {
      isChanged = false;
      return queue.heartbeat(claimed, leaseMs, { ...state, ...(video && { video }) });
    });
    if (answer !== "kept") finish(answer);
    assertHeld();
  }

  const tick = () => {
    if (nowMs() >= heldUntilMs()) return finish("expired");
    const silentMs = nowMs() - sentAtMs;
    if (isBeating || (silentMs < leaseMs / 3 && !(isChanged && silentMs >= reportEveryMs))) return;
    isBeating = true;
    beat()
      .catch((error: unknown) => {
        if (!end && !isClosed) log.warn({ err: error }, "heartbeat failed");
      })
      .finally(() => {
        isBeating = false;
      });
  };
  const timer = setInterval(tick, Math.min(250, leaseMs / 20));

  async function close(): Promise<void> {
    isClosed = true;
    clearInterval(timer);
    closing.abort();
  }

  return {
    claimed,
    signal: controller.signal,
    get end() {
      return end;
    },
    assertHeld,
    report(progress, step) {
      // never falls, so that an attempt that goes on from another does not run backwards
      state.progress = Math.min(1, Math.max(state.progress, progress));
      state.step = step;
      isChanged = true;
    },
    async save({ donePart, video }) {
      if (donePart !== undefined && !state.doneParts.includes(donePart)) state.doneParts.push(donePart);
      await beat(video);
    },
    async settle(outcome) {
      clearInterval(timer);
      const answer = await ask(() => queue.settle(claimed, outcome));
      if (answer === "kept") await close();
      else finish(answer);
      return answer;
    },
    close,
  };
}

/** Until the time has passed or the signal is given. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}

function leaseOver(end: LeaseEnd): ShoalError {
  return new ShoalError("encode.cancelled", `This job is not ours any more: ${end}.`);
}
