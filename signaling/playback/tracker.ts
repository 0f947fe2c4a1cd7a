import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import TrackerServer from "bittorrent-tracker/server";
import { type WebSocket, WebSocketServer } from "ws";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import { isLivePlaylist } from "./live-playlists.ts";
import type { Manifests } from "./manifests.ts";
import { toInfoHash } from "./swarm-streams.ts";
import { isSameSwarm, type Swarms, type SwarmTicket, type SwarmVideo } from "./swarms.ts";
import { trackerPath, trackerTokenName } from "./tracker-address.ts";
import { swarmClosed, TrackerConnection, type TrackerPeer } from "./tracker-connection.ts";
import { maxMessageBytes } from "./tracker-message.ts";

/** What the tracker is made of. */
export interface TrackerOptions {
  readonly swarms: Swarms;
  readonly manifests: Manifests;
  readonly videos: { find(id: VideoId): Promise<SwarmVideo | undefined> };
  readonly log: Logger;
  readonly intervalSeconds: number;
  readonly socketsPerAddress: number;
  /** The network address that a request comes from; kept in memory while connected, never written anywhere. */
  readonly toAddress: (request: IncomingMessage) => string;
  readonly now?: () => number;
}

/** How busy the tracker is, without a word on who and what. */
export interface TrackerStats {
  readonly connectionCount: number;
  /** Of each swarm with somebody in it. */
  readonly peerCounts: readonly number[];
}

/** Lets viewers of the same video find each other. */
export interface Tracker extends Closable {
  /** Is this upgrade for the tracker? */
  takes(request: IncomingMessage): boolean;
  /** Admits who brings a swarm token, and answers everybody else. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  stats(): TrackerStats;
  /** Something about the video or broadcast has changed: who is in a swarm that it has no more is let go. */
  recheck(id: VideoId): Promise<void>;
  /** Lets go of who is gone or whose time is over, and forgets empty swarms; done every {@link checkIntervalMs}. */
  check(): void;
}

/** How often connections are looked at, in milliseconds. */
export const checkIntervalMs = 30_000;
/** Tabs of one viewer, with some room for those that were just closed. */
const socketsPerViewer = 16;
const maxConnections = 50_000;
/** Viewers whose tokens are being verified. */
const maxEntering = 1000;
const maxPeersPerSwarm = 10_000;

/** Builds the tracker: our admission in front of bittorrent-tracker's swarms. */
export function createTracker(options: TrackerOptions): Tracker {
  const { swarms, manifests, videos, log, now = Date.now } = options;
  const server = new TrackerServer({
    // told to peers divided by five, see its `_onWebSocketRequest`
    interval: options.intervalSeconds * 1000 * 5,
    http: false,
    udp: false,
    ws: false,
    stats: false,
    peersCacheLength: maxPeersPerSwarm,
  });
  // what one viewer sends wrong is answered to that viewer
  server.on("warning", () => undefined);
  server.on("error", (error: unknown) => log.error({ err: error }, "the tracker failed"));

  const doorway = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  const connections = new Set<TrackerConnection>();
  const perAddress = createCounts();
  const perViewer = createCounts();
  const peers = new Map<string, TrackerPeer>();
  let enteringCount = 0;
  let isClosing = false;

  async function isCurrent(ticket: SwarmTicket): Promise<boolean> {
    return isSameSwarm(ticket, await videos.find(ticket.id));
  }

  async function toInfoHashes(ticket: SwarmTicket): Promise<Set<string>> {
    const { streamIds } = await manifests.get(ticket);
    const swarmId = swarms.toSwarmId(ticket);
    return new Set(streamIds.map((streamId) => toInfoHash(swarmId, streamId)));
  }

  /** The ticket and the info hashes of whoever may come in; throws a refusal. */
  async function admit(request: IncomingMessage): Promise<{ ticket: SwarmTicket; allowed: Set<string> }> {
    const query = new URL(request.url ?? "", "http://localhost").searchParams;
    const token = query.get(trackerTokenName);
    if (!token) throw new ShoalError("grant.required", "The tracker needs a swarm token.");
    const ticket = await swarms.verify(token);
    if (!(await isCurrent(ticket))) throw new ShoalError("grant.invalid", "This swarm is closed.");
    return { ticket, allowed: await toInfoHashes(ticket) };
  }

  const host = {
    isCurrent,
    async isNewStream(ticket: SwarmTicket, infoHash: string): Promise<boolean> {
      return isLivePlaylist(ticket.masterName) && (await toInfoHashes(ticket)).has(infoHash);
    },
    join(infoHash: string, peer: TrackerPeer): TrackerPeer | undefined {
      const name = `${infoHash}${peer.announcedId}`;
      const present = peers.get(name);
      if (present && present.viewer !== peer.viewer) return undefined;
      // the same page over a new connection: the old one is dead, though it does not know yet
      present?.emit("close");
      peers.set(name, peer);
      server.onWebSocketConnection(peer);
      return peer;
    },
    leave(infoHash: string, peer: TrackerPeer): void {
      const name = `${infoHash}${peer.announcedId}`;
      if (peers.get(name) !== peer) return;
      peers.delete(name);
      peer.emit("close");
    },
    closed(connection: TrackerConnection): void {
      if (!connections.delete(connection)) return;
      perAddress.subtract(connection.address);
      perViewer.subtract(connection.ticket.viewer);
    },
  };

  function open(socket: WebSocket, address: string, admitted: Awaited<ReturnType<typeof admit>>): void {
    perAddress.add(address);
    perViewer.add(admitted.ticket.viewer);
    connections.add(new TrackerConnection({ socket, address, ...admitted, host, now }));
  }

  function assertRoom(address: string): void {
    if (isClosing) throw new ShoalError("service.unavailable", "The server is closing.");
    const isFull = connections.size >= maxConnections || enteringCount > maxEntering;
    if (isFull || perAddress.get(address) >= options.socketsPerAddress) {
      throw new ShoalError("request.too_many", "There are too many connections to the tracker.");
    }
  }

  async function enter(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const address = options.toAddress(request);
    assertRoom(address);
    const admitted = await admit(request);
    assertRoom(address);
    if (perViewer.get(admitted.ticket.viewer) >= socketsPerViewer) {
      throw new ShoalError(
        "request.too_many",
        "There are too many connections of this viewer to the tracker.",
      );
    }
    doorway.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, address, admitted));
  }

  function check(): void {
    for (const connection of connections) connection.check();
    for (const [infoHash, swarm] of Object.entries(server.torrents)) {
      if (swarm.complete + swarm.incomplete <= 0) delete server.torrents[infoHash];
    }
  }
  const timer = setInterval(check, checkIntervalMs);
  timer.unref();

  return {
    check,
    async recheck(id) {
      const present = await videos.find(id);
      for (const connection of connections) {
        const { ticket } = connection;
        if (ticket.id === id && !isSameSwarm(ticket, present)) connection.close(swarmClosed);
      }
    },
    takes: ({ url = "" }) => url === trackerPath || url.startsWith(`${trackerPath}?`),
    handleUpgrade(request, socket, head) {
      const ignore = () => undefined;
      socket.on("error", ignore);
      enteringCount += 1;
      enter(request, socket, head)
        .catch((error: unknown) => refuse(socket, error, log))
        .finally(() => {
          enteringCount -= 1;
          socket.off("error", ignore);
        });
    },
    stats: () => ({
      connectionCount: connections.size,
      peerCounts: Object.values(server.torrents)
        .map(({ complete, incomplete }) => complete + incomplete)
        .filter((count) => count > 0),
    }),
    async close() {
      isClosing = true;
      clearInterval(timer);
      for (const connection of [...connections]) connection.terminate();
      server.close();
    },
  };
}

function createCounts() {
  const counts = new Map<string, number>();
  return {
    get: (name: string) => counts.get(name) ?? 0,
    add: (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1),
    subtract(name: string) {
      const left = (counts.get(name) ?? 0) - 1;
      if (left > 0) counts.set(name, left);
      else counts.delete(name);
    },
  };
}

/** Answers an upgrade that is not wanted, in HTTP: the connection has not become another protocol yet. */
function refuse(socket: Duplex, error: unknown, log: Logger): void {
  const isRefusal = error instanceof ShoalError;
  if (!isRefusal) log.error({ err: error }, "an upgrade to the tracker failed");
  const refusal = isRefusal ? error : new ShoalError("service.internal", "Something went wrong here.");
  const body = JSON.stringify(toErrorBody(refusal));
  socket.on("error", () => undefined);
  socket.end(
    `HTTP/1.1 ${refusal.httpStatus} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
