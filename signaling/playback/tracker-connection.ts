import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import type { SwarmTicket } from "./swarms.ts";
import { type Announce, maxMessageBytes, parseAnnounce } from "./tracker-message.ts";

/** Messages that a viewer may send at once, and per second after that. */
const burst = 120;
const perSecond = 20;
/** Bytes that may wait for a viewer who does not read. */
const maxWaitingBytes = 1024 * 1024;

/**
 * One stream of one viewer, as bittorrent-tracker sees a socket. It stands for a socket of its own although several
 * share one, because the library knows one peer id per socket; and it has no network address that could be told.
 */
export class TrackerPeer extends EventEmitter {
  // `peerId` is a name that the library writes to
  readonly announcedId: string;
  readonly viewer: string;
  readonly upgradeReq = { headers: {}, connection: { remoteAddress: "", remotePort: 0 } };
  readonly #write: (text: string) => void;

  constructor(peerId: string, viewer: string, write: (text: string) => void) {
    super();
    this.announcedId = peerId;
    this.viewer = viewer;
    this.#write = write;
  }

  /** Called by the library. */
  send(text: string, done?: (error?: Error) => void): void {
    this.#write(text);
    done?.();
  }
}

/** What a connection asks of its tracker. */
export interface TrackerConnectionHost {
  /** Is the swarm of this ticket still the one of the video? */
  isCurrent(ticket: SwarmTicket): Promise<boolean>;
  /** Is this a stream that a broadcast has got since the ticket was shown? */
  isNewStream(ticket: SwarmTicket, infoHash: string): Promise<boolean>;
  /** Puts a peer into the swarm; `undefined` when somebody else goes by that peer id. */
  join(infoHash: string, peer: TrackerPeer): TrackerPeer | undefined;
  leave(infoHash: string, peer: TrackerPeer): void;
  closed(connection: TrackerConnection): void;
}

/** Why a connection ends whose video or broadcast is another one now. */
export const swarmClosed = "this swarm is closed";
/** Reasons for letting a connection go (RFC 6455 §7.4.1). */
const closePolicy = 1008;

/** One admitted viewer: reads messages, keeps to the limits, and hands over what is right. */
export class TrackerConnection {
  readonly ticket: SwarmTicket;
  readonly address: string;
  readonly #socket: WebSocket;
  readonly #host: TrackerConnectionHost;
  readonly #allowed: Set<string>;
  readonly #peers = new Map<string, TrackerPeer>();
  readonly #now: () => number;
  #tokens = burst;
  #refilledAtMs: number;
  #isAlive = true;
  #working: Promise<void> = Promise.resolve();

  constructor(options: {
    socket: WebSocket;
    ticket: SwarmTicket;
    address: string;
    /** Info hashes of the streams that the ticket is for. */
    allowed: Set<string>;
    host: TrackerConnectionHost;
    now: () => number;
  }) {
    this.ticket = options.ticket;
    this.address = options.address;
    this.#socket = options.socket;
    this.#host = options.host;
    this.#allowed = options.allowed;
    this.#now = options.now;
    this.#refilledAtMs = options.now();
    this.#socket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    this.#socket.on("pong", () => {
      this.#isAlive = true;
    });
    // what is wrong with a viewer's line is nothing to tell of; `close` follows
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#end());
  }

  /** Asks whether somebody is there; who did not answer since the last time, or whose time is over, is let go. */
  check(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
    } else if (this.ticket.expiresAtMs <= this.#now()) {
      this.close("the swarm token has expired");
    } else {
      this.#isAlive = false;
      this.#socket.ping();
    }
  }

  close(reason: string): void {
    this.#socket.close(closePolicy, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #receive(data: WebSocket.RawData, isBinary: boolean): void {
    const text = data.toString();
    if (!this.#takeToken()) {
      this.close("too many messages");
    } else if (isBinary || text.length > maxMessageBytes) {
      this.close("not a tracker message");
    } else {
      // one after the other; the tokens bound how many wait
      this.#working = this.#working.then(() => this.#handle(text)).catch(() => this.terminate());
    }
  }

  async #handle(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const announce = parseAnnounce(text);
    if (!announce) {
      this.#write(JSON.stringify({ "failure reason": "this is not an announce" }));
    } else if (!(await this.#host.isCurrent(this.ticket))) {
      this.close(swarmClosed);
    } else if (!(await this.#isAllowed(announce.info_hash))) {
      this.#refuse(announce, "this token is for another swarm");
    } else {
      const peer = this.#peers.get(announce.info_hash) ?? this.#join(announce);
      if (peer?.announcedId === announce.peer_id) peer.emit("message", JSON.stringify(announce));
      else this.#refuse(announce, "this peer id is taken");
    }
  }

  async #isAllowed(infoHash: string): Promise<boolean> {
    if (this.#allowed.has(infoHash)) return true;
    if (!(await this.#host.isNewStream(this.ticket, infoHash))) return false;
    this.#allowed.add(infoHash);
    return true;
  }

  #join({ info_hash, peer_id, event }: Announce): TrackerPeer | undefined {
    const peer = new TrackerPeer(peer_id, this.ticket.viewer, (text) => this.#write(text));
    const joined = event === "stopped" ? undefined : this.#host.join(info_hash, peer);
    if (joined) this.#peers.set(info_hash, joined);
    return joined;
  }

  #refuse({ info_hash }: Announce, reason: string): void {
    this.#write(JSON.stringify({ action: "announce", info_hash, "failure reason": reason }));
  }

  #write(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > maxWaitingBytes) this.terminate();
    else this.#socket.send(text);
  }

  #takeToken(): boolean {
    const nowMs = this.#now();
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#refilledAtMs) / 1000) * perSecond);
    this.#refilledAtMs = nowMs;
    this.#tokens -= 1;
    return this.#tokens >= 0;
  }

  #end(): void {
    for (const [infoHash, peer] of this.#peers) this.#host.leave(infoHash, peer);
    this.#peers.clear();
    this.#host.closed(this);
  }
}
