import type { Closable } from "#common/node/closer.ts";

/**
 * Does the same work now and then again, `everyMs` after it ended; never twice at once. `close` waits for what runs only as
 * long as `closeTimeoutMs`.
 */
export function openRounds(options: {
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  readonly closeTimeoutMs?: number;
}): Closable {
  const { everyMs, work, onError, closeTimeoutMs = 1000 } = options;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let round: Promise<void> = Promise.resolve();
  const begin = () => {
    round = work()
      .catch(onError)
      .finally(() => {
        if (!isClosed) timer = setTimeout(begin, everyMs);
      });
  };
  begin();
  return {
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await Promise.race([round, new Promise((resolve) => setTimeout(resolve, closeTimeoutMs).unref())]);
    },
  };
}
