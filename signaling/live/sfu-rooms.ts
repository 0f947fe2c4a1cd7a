import { LRUCache } from "lru-cache";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { type RoomState, type SfuState, sfuControlPath } from "#common/live/sfu-control.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import type { PublisherSight } from "./live-state.rules.ts";
import { createSfuNodes, type SfuNodes } from "./sfu-nodes.ts";
import {
  choosePublisherNode,
  chooseViewerNode,
  findOrigin,
  findSeats,
  type LiveNode,
  type RoomSeat,
} from "./sfu-placement.rules.ts";

const maxRemembered = 10_000;
const callTimeoutMs = 2000;

/** The rooms of all sfu nodes together: each stream has one, wherever its parts are. */
export type SfuRooms = ReturnType<typeof createSfuRooms>;

/** Opens the nodes, and asks of their rooms what is to be asked; `nodes` is closed by who has this. */
export function createSfuRooms(options: {
  readonly localUrl: string;
  readonly client: InternalClient;
  /** Something other than numbers has changed. */
  readonly onChange: () => void;
  readonly log: Logger;
  readonly now?: () => number;
}) {
  const { client, log, now = Date.now } = options;
  const openedAtMs = now();
  /** Which node had the publisher of a stream last. */
  const origins = new LRUCache<string, string>({ max: maxRemembered });
  /** By stream, the session that was sent away last: it is no publisher any more, even while its node has it still. */
  const dismissed = new LRUCache<string, string>({ max: maxRemembered });
  const nodes: SfuNodes = createSfuNodes({ ...options, now, onState: remember });

  function remember(url: string, state: SfuState): void {
    for (const room of state.rooms) {
      if (room.publisher && room.originUrl === null && !isDismissed(room)) origins.set(room.roomId, url);
    }
  }

  const isDismissed = ({ roomId, publisher }: RoomState) =>
    publisher !== null && dismissed.get(roomId) === publisher.sessionId;

  function list(): LiveNode[] {
    return nodes.list().map((node) => {
      if (!node.state?.rooms.some(isDismissed)) return node;
      const rooms = node.state.rooms.map((room) => (isDismissed(room) ? { ...room, publisher: null } : room));
      return { ...node, state: { ...node.state, rooms } };
    });
  }

  async function deleteAt(url: string, path: string): Promise<void> {
    const question = { baseUrl: url, method: "DELETE", path: `${sfuControlPath}/rooms/${path}` } as const;
    try {
      await client.ask({ ...question, reply: z.unknown(), timeoutMs: callTimeoutMs });
    } catch (error) {
      // there is none: that is what was wanted
      if (error instanceof ShoalError && error.httpStatus === 404) return;
      throw error;
    }
  }

  /** Those who were sent away while their node did not answer. */
  async function dismissAgain(): Promise<void> {
    for (const { url, state } of nodes.list()) {
      for (const room of state?.rooms.filter(isDismissed) ?? []) {
        const path = `${room.roomId}/publisher/${encodeURIComponent(room.publisher?.sessionId ?? "")}`;
        await deleteAt(url, path).catch((error) =>
          log.warn({ err: error, streamId: room.roomId }, "a publisher could not be sent away yet"),
        );
      }
    }
  }

  async function followOrigin(edgeUrl: string, streamId: string, originUrl: string): Promise<void> {
    const seat = findSeats(list(), streamId).find(({ url }) => url === edgeUrl);
    if (seat?.room.originUrl === originUrl) return;
    await client.ask({
      baseUrl: edgeUrl,
      method: "PUT",
      path: `${sfuControlPath}/rooms/${streamId}/origin`,
      body: { url: originUrl },
      reply: z.unknown(),
      timeoutMs: callTimeoutMs,
    });
  }

  return {
    nodes,
    list,

    /** Fresh numbers; tries again what a node could not be told. */
    async refresh(): Promise<void> {
      await nodes.refresh();
      await dismissAgain();
    },

    /** What is known of who sends into a stream's room. */
    sightOf(streamId: string): PublisherSight {
      const room = findOrigin(list(), streamId)?.room;
      if (room?.publisher) return { kind: "present", state: room.publisher.state };
      if (room?.hasLeft) return { kind: "left" };
      const lastUrl = origins.get(streamId);
      if (lastUrl === undefined) return { kind: "unknown", sinceMs: openedAtMs };
      const lostAtMs = nodes.list().find(({ url }) => url === lastUrl)?.lostAtMs ?? null;
      return lostAtMs === null ? { kind: "absent" } : { kind: "unknown", sinceMs: lostAtMs };
    },

    /** The node that has the stream's publisher, or had it last. */
    originOf(streamId: string): { readonly url: string; readonly seat: RoomSeat | undefined } {
      const seat = findOrigin(list(), streamId);
      return { url: seat?.url ?? origins.get(streamId) ?? nodes.localUrl, seat };
    },

    /** Streams that somebody sends to. */
    listPublished(): string[] {
      const rooms = list().flatMap(({ state }) => state?.rooms ?? []);
      const published = rooms.filter(({ publisher, originUrl }) => publisher && originUrl === null);
      return [...new Set(published.map(({ roomId }) => roomId))];
    },

    /** Ends a stream's rooms on every node that answers, and whoever sends into them; throws when one could not. */
    async closeRooms(streamId: string): Promise<void> {
      const seats = findSeats(list(), streamId);
      for (const { room } of seats) {
        // whatever comes of the calls: this session is none any more
        if (room.publisher) dismissed.set(streamId, room.publisher.sessionId);
      }
      await Promise.all(seats.map(({ url }) => deleteAt(url, streamId)));
    },

    /** Ends the sessions of all who watch a stream by WebRTC; throws when a node could not be told. */
    async dismissViewers(streamId: string): Promise<void> {
      await Promise.all(findSeats(list(), streamId).map(({ url }) => deleteAt(url, `${streamId}/viewers`)));
    },

    /** A node where somebody may publish this stream, of that region first; throws `service.unavailable`. */
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
  };
}
