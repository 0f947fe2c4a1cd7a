import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import { toProblem } from "../../app/problem.ts";
import { type HearAnswer, requestLiveGrant } from "./live.api.ts";
import { TimerSet } from "./timer-set.ts";

/** Gets grants of one stream, for as long as it is not closed. */
export interface GrantKeeper {
  /** Asks at once; while an answer is on its way another one is asked for after it. */
  ask(): void;
  close(): void;
}

const renewAheadMs = 60_000;
const soonestRenewalMs = 5_000;
const maxTimerMs = 2 ** 31 - 1;
const retriesMs = [500, 1_000, 2_000, 4_000] as const;

/** Asks for a grant now, again before it runs out, and until it gets one where nobody answers. */
export function openGrantKeeper(options: {
  readonly streamId: string;
  /** Asked for before. */
  readonly first?: Promise<LivePlaybackGrant>;
  readonly answered: HearAnswer;
  /** The server's clock. */
  nowMs(): number;
  accepted(grant: LivePlaybackGrant): void;
  /** There is no such stream for us. */
  gone(): void;
}): GrantKeeper {
  const { streamId, answered } = options;
  const closed = new AbortController();
  const { signal } = closed;
  const timers = new TimerSet();
  let isAsking = false;
  let isAskedAgain = false;
  let attempt = 0;
  void askOnce(options.first);

  async function askOnce(first?: Promise<LivePlaybackGrant>): Promise<void> {
    timers.stop("ask");
    isAskedAgain = isAsking;
    if (isAsking) return;
    isAsking = true;
    try {
      const grant = await (first ?? requestLiveGrant(streamId, { signal, answered }));
      if (!signal.aborted) accept(grant);
    } catch (error) {
      if (!signal.aborted) refuse(error);
    } finally {
      isAsking = false;
      if (isAskedAgain && !signal.aborted) void askOnce();
    }
  }

  function accept(grant: LivePlaybackGrant): void {
    attempt = 0;
    if (grant.expiresAt !== null) {
      const leftMs = Date.parse(grant.expiresAt) - options.nowMs();
      const waitMs = Math.max(soonestRenewalMs, leftMs - Math.min(renewAheadMs, leftMs / 2));
      timers.after("ask", Math.min(waitMs, maxTimerMs), askOnce);
    }
    options.accepted(grant);
  }

  function refuse(error: unknown): void {
    const { code } = toProblem(error);
    if (code === "stream.not_found" || code === "request.invalid") {
      options.gone();
      return;
    }
    // the addresses of before may still work; nothing is lost by asking again
    timers.after("ask", retriesMs[Math.min(attempt, retriesMs.length - 1)] ?? 0, askOnce);
    attempt += 1;
  }

  return {
    ask: () => void askOnce(),
    close: () => {
      closed.abort();
      timers.close();
    },
  };
}
