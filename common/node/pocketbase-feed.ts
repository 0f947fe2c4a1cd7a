import { EventSource } from "eventsource";
import { z } from "zod";
import type { Closable } from "./closer.ts";
import type { Logger } from "./log.ts";
import { pocketbaseTimeoutMs } from "./pocketbase.ts";
import { askPocketBase, type PocketBaseService } from "./pocketbase-ask.ts";

/** One change of a record; of a deleted one `record` is what it was. */
export interface FeedEvent {
  readonly action: "create" | "update" | "delete";
  readonly record: Readonly<Record<string, unknown>>;
}

/** Tells of every change in some collections, as long as it is live. */
export interface PocketBaseFeed extends Closable {
  /** Are changes being told now? When not, what was remembered may be wrong: ask instead. */
  isLive(): boolean;
  /** Resolves when it is live, or after the time; says which of the two. */
  untilLive(timeoutMs: number): Promise<boolean>;
  /** Hears of changes of a collection; returns how to stop. */
  on(collection: string, listener: (event: FeedEvent) => void): () => void;
  /** Called whenever it has become live: changes before that may have been missed. Returns how to stop. */
  onReset(listener: () => void): () => void;
}

const connectSchema = z.object({ clientId: z.string() });
const eventSchema = z.object({
  action: z.enum(["create", "update", "delete"]),
  record: z.record(z.string(), z.unknown()),
});
const firstRetryMs = 100;
const longestRetryMs = 5000;

/** Opens the feed as superuser; it connects by itself, and again whenever PocketBase was away. */
export function createPocketBaseFeed(options: {
  url: string;
  service: PocketBaseService;
  collections: readonly string[];
  log: Logger;
}): PocketBaseFeed {
  const { service, collections, log } = options;
  const listeners = new Map<string, Set<(event: FeedEvent) => void>>();
  const resetListeners = new Set<() => void>();
  let source: EventSource | undefined;
  let retryTimer: NodeJS.Timeout | undefined;
  let retryMs = firstRetryMs;
  let isLive = false;
  let isClosed = false;

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, "a listener of the feed failed");
    }
  }

  function connect(): void {
    const opened = new EventSource(`${options.url}/api/realtime`);
    source = opened;
    const silence = setTimeout(() => retry(opened), pocketbaseTimeoutMs);
    opened.addEventListener("PB_CONNECT", (message) => {
      subscribe(opened, message.data)
        .catch((error) => {
          log.debug({ err: error }, "the feed could not subscribe");
          retry(opened);
        })
        .finally(() => clearTimeout(silence));
    });
    opened.addEventListener("error", () => {
      clearTimeout(silence);
      retry(opened);
    });
    for (const collection of collections) {
      opened.addEventListener(`${collection}/*`, (message) => {
        const event = eventSchema.parse(JSON.parse(message.data));
        for (const listener of listeners.get(collection) ?? []) guarded(() => listener(event));
      });
    }
  }

  async function subscribe(opened: EventSource, data: string): Promise<void> {
    const { clientId } = connectSchema.parse(JSON.parse(data));
    const subscriptions = collections.map((collection) => `${collection}/*`);
    await askPocketBase(service, (client) =>
      client.send("/api/realtime", { method: "POST", body: { clientId, subscriptions } }),
    );
    if (source !== opened || isClosed) return;
    retryMs = firstRetryMs;
    isLive = true;
    log.info("hearing of changes in the database");
    for (const listener of resetListeners) guarded(listener);
  }

  function retry(failed: EventSource): void {
    failed.close();
    if (source !== failed || isClosed) return;
    source = undefined;
    if (isLive) log.warn("the database is away; nothing is remembered until it is back");
    isLive = false;
    retryTimer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  }

  function addTo<Item>(set: Set<Item>, item: Item): () => void {
    set.add(item);
    return () => set.delete(item);
  }

  connect();

  return {
    isLive: () => isLive,
    untilLive(timeoutMs) {
      if (isLive) return Promise.resolve(true);
      return new Promise((resolve) => {
        const settle = () => {
          clearTimeout(timer);
          stop();
          resolve(isLive);
        };
        const timer = setTimeout(settle, timeoutMs);
        const stop = addTo(resetListeners, settle);
      });
    },
    on(collection, listener) {
      if (!collections.includes(collection)) throw new Error(`the feed does not follow ${collection}`);
      let set = listeners.get(collection);
      if (!set) {
        set = new Set();
        listeners.set(collection, set);
      }
      return addTo(set, listener);
    },
    onReset: (listener) => addTo(resetListeners, listener),
    async close() {
      isClosed = true;
      isLive = false;
      clearTimeout(retryTimer);
      source?.close();
      source = undefined;
    },
  };
}
