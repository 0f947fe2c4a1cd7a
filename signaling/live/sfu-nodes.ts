import { isDeepStrictEqual } from "node:util";
import { ShoalError } from "#common/errors.ts";
import type { SfuNode, SfuState } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import type { LiveNode } from "./sfu-placement.rules.ts";
import { type SfuWatch, watchSfu } from "./sfu-watch.ts";

/** A node that says nothing for this long is not one any more, in milliseconds; it speaks every 2 s. */
export const nodeLifetimeMs = 10_000;
/** Nodes besides our own. */
export const maxNodes = 200;

interface Entry extends LiveNode {
  /** Empty: it has not told its name yet. */
  nodeId: string;
  advertisedUrl: string;
  region: string;
  state: SfuState | undefined;
  lostAtMs: number | null;
  /** When it last said that it is there; `null`: our own, which need not. */
  heardAtMs: number | null;
  readonly watch: SfuWatch;
}

/** All sfu nodes: our own, and those that register. */
export type SfuNodes = ReturnType<typeof createSfuNodes>;

/**
 * Watches the node of the settings and every node that registers. `onState` hears of every answer, then `onChange` at once
 * when something other than numbers has changed.
 */
export function createSfuNodes(options: {
  readonly localUrl: string;
  readonly client: InternalClient;
  readonly onState: (url: string, state: SfuState) => void;
  readonly onChange: () => void;
  readonly log: Logger;
  readonly now: () => number;
}) {
  const { client, log, now } = options;
  const entries = new Map<string, Entry>();
  const localUrl = new URL(options.localUrl).origin;

  function add(url: string, { nodeId, region }: Pick<Entry, "nodeId" | "region">, heardAtMs: number | null) {
    const watch = watchSfu({
      url,
      client,
      onState: (state) => hear(url, state),
      onLost: (error) => lose(url, error),
    });
    const place = { url, advertisedUrl: url, nodeId, region };
    entries.set(url, { ...place, state: undefined, lostAtMs: now(), heardAtMs, watch });
  }

  function hear(url: string, state: SfuState): void {
    const entry = entries.get(url);
    if (!entry) return;
    const before = entry.state;
    if (!before) log.info({ nodeId: state.nodeId, region: state.region }, "sfu node answers");
    entry.state = state;
    entry.lostAtMs = null;
    if (entry.heardAtMs === null) name(entry, state);
    options.onState(url, state);
    const isNews =
      before?.version !== state.version || !isDeepStrictEqual(toOutline(before), toOutline(state));
    if (isNews) options.onChange();
  }

  /** Our own node tells its name when it answers; it may have registered before, under another address. */
  function name(own: Entry, { nodeId, region }: SfuState): void {
    own.nodeId = nodeId;
    own.region = region;
    for (const entry of entries.values()) {
      if (entry === own || entry.nodeId !== nodeId) continue;
      own.advertisedUrl = entry.url;
      drop(entry);
    }
  }

  function lose(url: string, error: unknown): void {
    const entry = entries.get(url);
    if (!entry?.state) return;
    log.warn({ url, err: error }, "an sfu node does not answer");
    entry.state = undefined;
    entry.lostAtMs = now();
    options.onChange();
  }

  function drop(entry: Entry): void {
    entries.delete(entry.url);
    log.warn({ nodeId: entry.nodeId, url: entry.url }, "an sfu node has gone");
    entry.watch
      .close()
      .catch((error) => log.error({ err: error, url: entry.url }, "a node is still watched"));
    options.onChange();
  }

  add(localUrl, { nodeId: "", region: "" }, null);

  return {
    list: (): LiveNode[] => [...entries.values()],

    /** Base address of the node of the settings. */
    localUrl,

    /** A node says that it is there; `request.too_many` when there are too many. */
    register(node: SfuNode): void {
      const url = new URL(node.url).origin;
      const named = [...entries.values()].find(({ nodeId }) => nodeId === node.nodeId);
      if (named?.heardAtMs === null) {
        named.advertisedUrl = url;
        return;
      }
      // the same node has moved
      if (named && named.url !== url) drop(named);
      const known = entries.get(url);
      if (!known) {
        if (entries.size > maxNodes) {
          throw new ShoalError("request.too_many", "There are too many sfu nodes.");
        }
        log.info({ nodeId: node.nodeId, url, region: node.region }, "sfu node registered");
        add(url, node, now());
      } else if (known.heardAtMs !== null) {
        known.nodeId = node.nodeId;
        known.region = node.region;
        known.heardAtMs = now();
      }
    },

    /** Is this the base address of a node that is one of ours now? */
    isNode: (url: string): boolean => entries.has(url),

    /** Fresh numbers from every node that has rooms, and goodbye to those that have not been heard of. */
    async refresh(): Promise<void> {
      const goneBeforeMs = now() - nodeLifetimeMs;
      for (const entry of entries.values()) {
        if (entry.heardAtMs !== null && entry.heardAtMs < goneBeforeMs) drop(entry);
      }
      const carrying = [...entries.values()].filter(({ state }) => state && state.rooms.length > 0);
      await Promise.all(carrying.map(({ watch }) => watch.refresh()));
    },

    async close(): Promise<void> {
      await Promise.all([...entries.values()].map(({ watch }) => watch.close()));
    },
  } satisfies Closable & Record<string, unknown>;
}

/** What matters of a state at once; numbers alone do not. */
function toOutline(state: SfuState | undefined) {
  return state?.rooms.map(({ roomId, publisher, hasLeft, originUrl }) => ({
    roomId,
    originUrl,
    hasLeft,
    publisher: publisher && { sessionId: publisher.sessionId, state: publisher.state },
  }));
}
