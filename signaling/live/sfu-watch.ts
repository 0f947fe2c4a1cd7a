import { setTimeout as sleep } from "node:timers/promises";
import { type SfuState, sfuControlPath, sfuStateSchema } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";

/** Somebody who knows at every moment how an sfu node is. */
export interface SfuWatch extends Closable {
  /** Asks for fresh numbers now; what comes is told like every other state. Never throws. */
  refresh(): Promise<void>;
}

/** A node answers within 10 s when nothing changes; this is later. */
const longAnswerMs = 15_000;
const shortAnswerMs = 2000;
const firstRetryMs = 100;
const longestRetryMs = 2000;

/**
 * Watches one node by long polls, one after another, and tries again for ever when it is away: `onState` hears of every
 * answer, `onLost` once when answers cease.
 */
export function watchSfu(options: {
  readonly url: string;
  readonly client: InternalClient;
  onState(state: SfuState): void;
  onLost(error: unknown): void;
}): SfuWatch {
  const { url, client } = options;
  const closing = new AbortController();
  /** Of the last answer; `undefined`: none since the node was away, so that its next answer comes at once. */
  let version: number | undefined;

  function ask(query: string, timeoutMs: number): Promise<SfuState> {
    return client.ask({
      baseUrl: url,
      method: "GET",
      path: `${sfuControlPath}/state${query}`,
      reply: sfuStateSchema,
      timeoutMs,
      signal: closing.signal,
    });
  }

  async function follow(): Promise<void> {
    let failureCount = 0;
    while (!closing.signal.aborted) {
      try {
        const state = await (version === undefined
          ? ask("", shortAnswerMs)
          : ask(`?after=${version}`, longAnswerMs));
        failureCount = 0;
        const isNews = state.version !== version;
        version = state.version;
        options.onState(state);
        // a node that answers at once, always, must not keep this process busy
        if (!isNews) await wait(firstRetryMs);
      } catch (error) {
        if (closing.signal.aborted) return;
        version = undefined;
        if (failureCount === 0) options.onLost(error);
        await wait(Math.min(longestRetryMs, firstRetryMs * 2 ** failureCount));
        failureCount += 1;
      }
    }
  }

  async function wait(delayMs: number): Promise<void> {
    try {
      await sleep(delayMs, undefined, { signal: closing.signal });
    } catch {
      // closing
    }
  }

  const following = follow();

  return {
    async refresh() {
      const before = version;
      if (before === undefined) return;
      try {
        const state = await ask("", shortAnswerMs);
        // an answer that is older than what is known by now would turn time back
        if (version !== undefined && state.version >= version) options.onState(state);
      } catch {
        // the long poll notices too, unless the node hangs: then nothing more may be hoped from it
        if (version === before && !closing.signal.aborted) options.onLost(undefined);
      }
    },
    async close() {
      closing.abort();
      await following;
    },
  };
}
