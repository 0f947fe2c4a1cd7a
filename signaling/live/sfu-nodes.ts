import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { type RoomState, type SfuNode, type SfuState, sfuControlPath } from "#common/live/sfu-control.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import type { PublisherSight } from "./live-state.rules.ts";
import {
  choosePublisherNode,
  chooseViewerNode,
  findOrigin,
  findSeats,
  type LiveNode,
  type RoomSeat,
} from "./sfu-placement.rules.ts";
import { type SfuWatch, watchSfu } from "./sfu-watch.ts";

/** A node that says nothing for this long is not one any more, in milliseconds; it speaks every 2 s. */
export const nodeLifetimeMs = 10_000;
/** Nodes besides our own. */
export const maxNodes = 200;
const maxRemembered = 10_000;
const callTimeoutMs = 2000;

interface Entry extends LiveNode {
  /** Empty: it has not told its name yet. */
  nodeId: string;
  advertisedUrl: string;
  region: string;
  state: SfuState | undefined;
  /** Since when it does not answer; `null` while it does. */
  lostAtMs: number | null;
  /** When it last said that it is there; `null`: our own, which need not. */
  heardAtMs: number | null;
  /** Rooms whose publisher was sent away and is still there. */
  leftovers: readonly RoomState[];
  readonly watch: SfuWatch;
}

/** All sfu nodes: our own, and those that register. */
export type SfuNodes = ReturnType<typeof createSfuNodes>;

/**
 * Watches the node of the settings and every node that registers, and tells `onChange` at once when something other than
 * numbers has changed.
 */
export function createSfuNodes(options: {
  readonly localUrl: string;
  readonly client: InternalClient;
  readonly onChange: () => void;
  readonly log: Logger;
  readonly now?: () => number;
}) {
  const { client, log, now = Date.now } = options;
  const entries = new Map<string, Entry>();
  const closer = new Closer();
  const openedAtMs = now();
  /** Which node had the publisher of a stream last. */
  const origins = new LRUCache<string, string>({ max: maxRemembered });
  /** By stream, the session that was sent away last: it is no publisher any more, even while its node has it still. */
  const dismissed = new LRUCache<string, string>({ max: maxRemembered });
  const localUrl = new URL(options.localUrl).origin;

  function add(
    url: string,
    { nodeId, region }: { nodeId: string; region: string },
    heardAtMs: number | null,
  ) {
    const watch = watchSfu({
      url,
      client,
      onState: (state) => hear(url, state),
      onLost: (error) => lose(url, error),
    });
    entries.set(url, {
      url,
      advertisedUrl: url,
      nodeId,
      region,
      state: undefined,
      lostAtMs: now(),
      heardAtMs,
      leftovers: [],
      watch,
    });
  }

  function hear(url: string, heard: SfuState): void {
    const entry = entries.get(url);
    if (!entry) return;
    const state = { ...heard, rooms: heard.rooms.map(withoutDismissed) };
    entry.leftovers = heard.rooms.filter((room, at) => room !== state.rooms[at]);
    const before = entry.state;
    if (entry.lostAtMs !== null) log.info({ nodeId: state.nodeId, region: state.region }, "sfu node answers");
    entry.state = state;
    entry.lostAtMs = null;
    if (entry.heardAtMs === null) name(entry, state);
    for (const { roomId, publisher, originUrl } of state.rooms) {
      if (publisher && originUrl === null) origins.set(roomId, url);
    }
    if (before?.version !== state.version || !isDeepStrictEqual(toOutline(before), toOutline(state))) {
      options.onChange();
    }
  }

  /** Our own node tells its name when it answers; it may have registered before, under another address. */
  function name(own: Entry, { nodeId, region }: SfuState): void {
    own.nodeId = nodeId;
    own.region = region;
    for (const entry of entries.values()) {
      if (entry === own || entry.nodeId !== nodeId) continue;
      own.advertisedUrl = entry.url;
      dropSoon(entry);
    }
  }

  function withoutDismissed(room: RoomState): RoomState {
    const isDismissed = room.publisher && dismissed.get(room.roomId) === room.publisher.sessionId;
    return isDismissed ? { ...room, publisher: null } : room;
  }

  /** Those who were sent away while their node did not answer. */
  async function dismissAgain({ url, leftovers }: Entry): Promise<void> {
    for (const { roomId, publisher } of leftovers) {
      if (!publisher) continue;
      await deleteAt(url, `${roomId}/publisher/${encodeURIComponent(publisher.sessionId)}`).catch((error) =>
        log.warn({ err: error, streamId: roomId }, "a publisher could not be sent away yet"),
      );
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

  async function drop(entry: Entry): Promise<void> {
    entries.delete(entry.url);
    log.warn({ url: entry.url }, "an sfu node has gone");
    options.onChange();
    await entry.watch.close();
  }

  function dropSoon(entry: Entry): void {
    drop(entry).catch((error) => log.warn({ err: error, url: entry.url }, "a node is still watched"));
  }

  const list = (): LiveNode[] => [...entries.values()];

  async function deleteAt(url: string, path: string): Promise<void> {
    try {
      await client.ask({
        baseUrl: url,
        method: "DELETE",
        path: `${sfuControlPath}/rooms/${path}`,
        reply: z.unknown(),
        timeoutMs: callTimeoutMs,
      });
    } catch (error) {
      // there is none: that is what was wanted
      if (error instanceof ShoalError && error.httpStatus === 404) return;
      throw error;
    }
  }

  async function followOrigin(edgeUrl: string, streamId: string, originUrl: string): Promise<void> {
    const room = findSeats(list(), streamId).find(({ url }) => url === edgeUrl)?.room;
    if (room?.originUrl === originUrl) return;
    await client.ask({
      baseUrl: edgeUrl,
      method: "PUT",
      path: `${sfuControlPath}/rooms/${streamId}/origin`,
      body: { url: originUrl },
      reply: z.unknown(),
      timeoutMs: callTimeoutMs,
    });
  }

  closer.add("watches", () => Promise.all([...entries.values()].map(({ watch }) => watch.close())));
  add(localUrl, { nodeId: "", region: "" }, null);

  return {
    list,

    /** A node says that it is there; `request.too_many` when there are too many. */
    register(node: SfuNode): void {
      const url = new URL(node.url).origin;
      const named = [...entries.values()].find(({ nodeId }) => nodeId === node.nodeId);
      if (named?.heardAtMs === null) {
        named.advertisedUrl = url;
        return;
      }
      // the same node has moved
      if (named && named.url !== url) dropSoon(named);
      const known = entries.get(url);
      if (known) {
        if (known.heardAtMs === null) return;
        known.nodeId = node.nodeId;
        known.region = node.region;
        known.heardAtMs = now();
        return;
      }
      if (entries.size > maxNodes) throw new ShoalError("request.too_many", "There are too many sfu nodes.");
      log.info({ nodeId: node.nodeId, url, region: node.region }, "sfu node registered");
      add(url, node, now());
    },

    /** Base address of a node that is one of ours now; `undefined`: there is no such node. */
    isNode: (url: string): boolean => entries.has(url),

    /** Fresh numbers from every node that has rooms, and goodbye to those that have not been heard of. */
    async refresh(): Promise<void> {
      const goneBeforeMs = now() - nodeLifetimeMs;
      await Promise.all(
        [...entries.values()].map(async (entry) => {
          if (entry.heardAtMs !== null && entry.heardAtMs < goneBeforeMs) await drop(entry);
          else if (entry.state && entry.state.rooms.length > 0) await entry.watch.refresh();
          await dismissAgain(entry);
        }),
      );
    },

    /** What is known of who sends into a stream's room. */
    sightOf(streamId: string): PublisherSight {
      const origin = findOrigin(list(), streamId);
      if (origin?.room.publisher) return { kind: "present", state: origin.room.publisher.state };
      const lastUrl = origins.get(streamId);
      if (lastUrl === undefined) return { kind: "unknown", sinceMs: openedAtMs };
      const last = entries.get(lastUrl);
      if (last?.lostAtMs == null) return { kind: "absent" };
      return { kind: "unknown", sinceMs: last.lostAtMs };
    },

    /** The node that has the stream's publisher, or had it last. */
    originOf(streamId: string): { readonly url: string; readonly seat: RoomSeat | undefined } {
      const seat = findOrigin(list(), streamId);
      return { url: seat?.url ?? origins.get(streamId) ?? localUrl, seat };
    },

    /** Streams that somebody sends to, with any node that answers. */
    listPublished(): string[] {
      const ids = new Set<string>();
      for (const { state } of entries.values()) {
        for (const { roomId, publisher, originUrl } of state?.rooms ?? []) {
          if (publisher && originUrl === null) ids.add(roomId);
        }
      }
      return [...ids];
    },

    /** Ends a stream's rooms on every node that answers, and whoever sends into them; throws when one could not. */
    async closeRooms(streamId: string): Promise<void> {
      const seats = findSeats(list(), streamId);
      for (const { room } of seats) {
        // whatever comes of the calls: this session is none any more
        if (room.publisher) dismissed.set(streamId, room.publisher.sessionId);
      }
      for (const entry of entries.values()) {
        if (entry.state) entry.state = { ...entry.state, rooms: entry.state.rooms.map(withoutDismissed) };
      }
      await Promise.all(seats.map(({ url }) => deleteAt(url, streamId)));
    },

    /** Ends the sessions of all who watch a stream by WebRTC; throws when a node could not be told. */
    async dismissViewers(streamId: string): Promise<void> {
      await Promise.all(findSeats(list(), streamId).map(({ url }) => deleteAt(url, `${streamId}/viewers`)));
    },

    /** A node where somebody may publish this stream; throws `service.unavailable`. */
    seatPublisher(streamId: string, region: string): string {
      const url = choosePublisherNode(list(), streamId, region);
      if (url !== undefined) return url;
      throw new ShoalError("service.unavailable", "Live media is not ready. Try again soon.");
    },

    /** A node where somebody may watch this stream, made an edge where it has to be. */
    async seatViewer(streamId: string): Promise<string> {
      if (!findOrigin(list(), streamId)) {
        throw new ShoalError("stream.not_live", "Nobody is live on this stream.");
      }
      const seat = chooseViewerNode(list(), streamId);
      if (!seat) {
        throw new ShoalError(
          "stream.full",
          "There is no room for another viewer by WebRTC. Watch it as HLS.",
        );
      }
      if (seat.originUrl !== null) await followOrigin(seat.url, streamId, seat.originUrl);
      return seat.url;
    },

    /** Nothing more needs to be known of this stream's last broadcast. */
    forget(streamId: string): void {
      origins.delete(streamId);
    },

    close: () => closer.close(),
  } satisfies Closable & Record<string, unknown>;
}

/** What matters of a state at once; numbers alone do not. */
function toOutline(state: SfuState | undefined) {
  return state?.rooms.map(({ roomId, publisher, originUrl }) => ({
    roomId,
    originUrl,
    publisher: publisher && { sessionId: publisher.sessionId, state: publisher.state },
  }));
}
