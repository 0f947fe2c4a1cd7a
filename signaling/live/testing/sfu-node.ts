import { Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import { type RoomState, roomOriginSchema, type SfuState } from "#common/live/sfu-control.ts";
import { defineCall } from "#common/node/internal-calls.ts";
import { createInternalServer } from "#common/node/internal-server.ts";

/** The token of every stand-in. */
export const testToken = "c3".repeat(32);

const waitMs = 10_000;

/** Stands in for an sfu node: a real internal server that has rooms and no media. */
export interface TestSfuNode {
  readonly url: string;
  /** What was asked of it besides its state, e.g. `DELETE /live/rooms/abc`. */
  readonly asked: string[];
  /** Somebody sends into the room, or nobody does. */
  publish(roomId: string, publisher?: Partial<NonNullable<RoomState["publisher"]>> | null): void;
  /** The publisher says goodbye. */
  leave(roomId: string): void;
  setViewers(roomId: string, viewerCount: number): void;
  /** Forgets all, as a node that was killed and started again. */
  forget(): void;
  /** Does not answer any more until {@link TestSfuNode.start}. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Opens one on a free port; the caller closes it. */
export async function openTestSfuNode(
  options: { nodeId?: string; region?: string; maxViewerCount?: number } = {},
): Promise<TestSfuNode> {
  const { nodeId = "node-1", region = "", maxViewerCount = 100 } = options;
  const asked: string[] = [];
  let rooms = new Map<string, RoomState>();
  let version = 1;
  const waiting: Array<() => void> = [];
  let url = "http://127.0.0.1:0";

  function change(): void {
    version += 1;
    for (const resolve of waiting.splice(0)) resolve();
  }

  function toState(): SfuState {
    const list = [...rooms.values()];
    const viewerCount = list.reduce((sum, room) => sum + room.viewerCount, 0);
    return { version, nodeId, region, viewerCount, maxViewerCount, rooms: list };
  }

  const roomOf = (roomId: string): RoomState =>
    rooms.get(roomId) ?? { roomId, publisher: null, originUrl: null, viewerCount: 0 };

  const calls = [
    defineCall({
      method: "GET",
      path: "/live/state",
      async handle({ query, signal }) {
        if (query.get("after") === String(version)) {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, waitMs);
            const settle = () => {
              clearTimeout(timer);
              resolve();
            };
            waiting.push(settle);
            signal.addEventListener("abort", settle, { once: true });
          });
        }
        return toState();
      },
    }),
    defineCall({
      method: "DELETE",
      path: "/live/rooms/:roomId",
      handle({ params: { roomId = "" } }) {
        asked.push(`DELETE /live/rooms/${roomId}`);
        if (!rooms.delete(roomId)) throw new ShoalError("request.not_found", "There is no such room.");
        change();
      },
    }),
    defineCall({
      method: "DELETE",
      path: "/live/rooms/:roomId/viewers",
      handle({ params: { roomId = "" } }) {
        asked.push(`DELETE /live/rooms/${roomId}/viewers`);
        rooms.set(roomId, { ...roomOf(roomId), viewerCount: 0 });
      },
    }),
    defineCall({
      method: "DELETE",
      path: "/live/rooms/:roomId/publisher/:sessionId",
      handle({ params: { roomId = "", sessionId = "" } }) {
        asked.push(`DELETE /live/rooms/${roomId}/publisher/${sessionId}`);
        const room = roomOf(roomId);
        if (room.publisher?.sessionId !== sessionId) {
          throw new ShoalError("stream.session_not_found", "There is no such session.");
        }
        rooms.set(roomId, { ...room, publisher: null });
        change();
      },
    }),
    defineCall({
      method: "PUT",
      path: "/live/rooms/:roomId/origin",
      body: roomOriginSchema,
      handle({ params: { roomId = "" }, body }) {
        asked.push(`PUT /live/rooms/${roomId}/origin ${body.url}`);
        rooms.set(roomId, { ...roomOf(roomId), originUrl: body.url });
        change();
      },
    }),
  ];

  const open = () =>
    createInternalServer({
      url,
      registry: new Registry(),
      isReady: () => [],
      calls: { token: testToken, list: calls, onError: (error) => asked.push(`failed: ${error}`) },
    });
  let server = await open();
  url = server.url;

  return {
    url,
    asked,
    publish(roomId, publisher = {}) {
      const present = publisher && { ...liveWebrtc, ...publisher };
      rooms.set(roomId, { ...roomOf(roomId), publisher: present, hasLeft: false });
      change();
    },
    leave(roomId) {
      rooms.set(roomId, { ...roomOf(roomId), publisher: null, hasLeft: true });
      change();
    },
    setViewers(roomId, viewerCount) {
      rooms.set(roomId, { ...roomOf(roomId), viewerCount });
    },
    forget() {
      rooms = new Map();
      version = 1;
    },
    stop: () => server.close(),
    async start() {
      server = await open();
    },
    close: () => server.close(),
  };
}

const liveWebrtc: NonNullable<RoomState["publisher"]> = {
  sessionId: "session-1",
  via: "webrtc",
  state: "live",
  videoCodec: "h264",
  audioCodec: "opus",
  layers: [{ layer: 0, rid: "q", bitrateBps: 150_000, isActive: true }],
  bitrateBps: 180_000,
  packetLossRatio: 0,
  roundTripMs: 5,
};
