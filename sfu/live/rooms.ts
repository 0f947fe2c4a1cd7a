import { ShoalError } from "#common/errors.ts";
import type { SfuState, ViewAnswer } from "#common/live/sfu-control.ts";
import type { Closable } from "#common/node/closer.ts";
import { Room } from "./room.ts";
import type { RoomHost } from "./room-host.ts";

/** What is said of the node in its state. */
export interface NodeFacts {
  readonly nodeId: string;
  readonly region: string;
  /** Viewers that it takes; beyond it `stream.full`. */
  readonly maxViewerCount: number;
}

const maxRooms = 1000;
const checkEveryMs = 1000;
/** Viewers on their way in may take a quarter of the places, and some in any case: a flood of joins leaves the rest. */
const connectingShare = 0.25;
const leastConnecting = 50;

/** All rooms of this node. */
export class Rooms implements Closable {
  readonly #facts: NodeFacts;
  readonly #host: RoomHost;
  readonly #rooms = new Map<string, Room>();
  readonly #waiting = new Set<() => void>();
  readonly #timer: NodeJS.Timeout;
  /** A node that starts again must not count from where somebody still waits. */
  #version = Date.now();
  #joiningCount = 0;
  #refusedCount = 0;

  constructor(facts: NodeFacts, host: Omit<RoomHost, "changed">) {
    this.#facts = facts;
    this.#host = { ...host, changed: () => this.#change() };
    this.#timer = setInterval(() => this.#check(), checkEveryMs);
  }

  list(): Room[] {
    return [...this.#rooms.values()];
  }

  /** Joins that were refused since the start, for want of room. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  get viewerCount(): number {
    return this.list().reduce((sum, { viewers }) => sum + viewers.size, 0);
  }

  state(): SfuState {
    return {
      version: this.#version,
      ...this.#facts,
      viewerCount: this.viewerCount,
      rooms: this.list().map((room) => room.describe()),
    };
  }

  /** The state as soon as its version is not this one, and after so long in any case. */
  async stateAfter(version: number, waitMs: number, signal: AbortSignal): Promise<SfuState> {
    if (version === this.#version && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          this.#waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, waitMs);
        signal.addEventListener("abort", done, { once: true });
        this.#waiting.add(done);
      });
    }
    return this.state();
  }

  find(roomId: string): Room | undefined {
    return this.#rooms.get(roomId);
  }

  /** The room, opened where there is none. */
  open(roomId: string): Room {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    if (this.#rooms.size >= maxRooms)
      throw new ShoalError("stream.full", "This sfu has all the streams it can carry.");
    const room = new Room(roomId, this.#host);
    this.#rooms.set(roomId, room);
    room.onClosed(() => {
      if (this.#rooms.get(roomId) === room) this.#rooms.delete(roomId);
      this.#change();
    });
    return room;
  }

  /** Lets a viewer in; `stream.full` without a place, `stream.not_live` without anything to watch. */
  async view(roomId: string, sdpOffer: string | null): Promise<ViewAnswer> {
    const room = this.#rooms.get(roomId);
    if (!room) throw new ShoalError("stream.not_live", "Nobody is live on this stream.");
    this.#assertPlace();
    this.#joiningCount++;
    try {
      return await room.view(sdpOffer);
    } finally {
      this.#joiningCount--;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const room of this.list()) room.close();
    for (const done of this.#waiting) done();
  }

  #assertPlace(): void {
    const { maxViewerCount } = this.#facts;
    const viewers = this.list().flatMap((room) => [...room.viewers.values()]);
    const connectingCount = this.#joiningCount + viewers.filter(({ isConnected }) => !isConnected).length;
    const maxConnecting = Math.max(leastConnecting, maxViewerCount * connectingShare);
    if (viewers.length + this.#joiningCount < maxViewerCount && connectingCount < maxConnecting) return;
    this.#refusedCount++;
    throw new ShoalError("stream.full", "There is no room for another viewer by WebRTC. Watch it as HLS.");
  }

  #change(): void {
    this.#version++;
    for (const done of [...this.#waiting]) done();
  }

  #check(): void {
    for (const room of this.#rooms.values()) {
      // of a worker that has died one hears anyway
      room
        .check()
        .catch((err) => this.#host.log.debug({ err, roomId: room.id }, "a room could not be measured"));
    }
  }
}
