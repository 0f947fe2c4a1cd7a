import { setTimeout as sleep } from "node:timers/promises";
import { sfuControlPath, sfuStateSchema } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";

/** Hears which publisher each room of a node has: the session's id, by room. */
export type OriginListener = (sessionIds: ReadonlyMap<string, string>) => void;

/** It answers within 10 s when nothing changes. */
const answerTimeoutMs = 15_000;
const firstWaitMs = 200;
const longestWaitMs = 5000;

/** Follows the state of the nodes that have the origin of a room of ours, each by one long poll. */
export class OriginWatches implements Closable {
  readonly #client: InternalClient;
  readonly #watches = new Map<string, { listeners: Set<OriginListener>; closing: AbortController }>();

  constructor(client: InternalClient) {
    this.#client = client;
  }

  /** Calls the listener with every answer of a node, until the answer of this is called. */
  watch(url: string, listener: OriginListener): () => void {
    const watch = this.#watches.get(url) ?? { listeners: new Set(), closing: new AbortController() };
    watch.listeners.add(listener);
    if (!this.#watches.has(url)) {
      this.#watches.set(url, watch);
      void this.#follow(url, watch.listeners, watch.closing.signal);
    }
    return () => {
      watch.listeners.delete(listener);
      if (watch.listeners.size > 0 || this.#watches.get(url) !== watch) return;
      this.#watches.delete(url);
      watch.closing.abort();
    };
  }

  async close(): Promise<void> {
    for (const { closing } of this.#watches.values()) closing.abort();
    this.#watches.clear();
  }

  async #follow(url: string, listeners: ReadonlySet<OriginListener>, signal: AbortSignal): Promise<void> {
    let version = -1;
    let waitMs = firstWaitMs;
    while (!signal.aborted) {
      try {
        const state = await this.#client.ask({
          baseUrl: url,
          method: "GET",
          path: `${sfuControlPath}/state?after=${version}`,
          reply: sfuStateSchema,
          timeoutMs: answerTimeoutMs,
          signal,
        });
        version = state.version;
        waitMs = firstWaitMs;
        const sessionIds = new Map(
          state.rooms.flatMap(({ roomId, publisher }) => (publisher ? [[roomId, publisher.sessionId]] : [])),
        );
        for (const listener of listeners) listener(sessionIds);
      } catch {
        // it may come back with another past
        version = -1;
        await sleep(waitMs, undefined, { signal }).catch(() => {});
        waitMs = Math.min(longestWaitMs, waitMs * 2);
      }
    }
  }
}
