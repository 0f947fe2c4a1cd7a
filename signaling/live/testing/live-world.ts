import { randomBytes } from "node:crypto";
import { pino } from "pino";
import type { UserId } from "#common/accounts/user.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { toRecordId } from "#common/node/pocketbase-ask.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import type { NewRecording } from "../../videos/video-record.ts";
import { makeUserId } from "../../videos/videos.store.memory.ts";
import { createEncoderOrders } from "../encoder-orders.ts";
import { createLiveKeeper, type LiveKeeper } from "../live-keeper.ts";
import type { LiveMove } from "../live-state.rules.ts";
import { createSfuRooms, type SfuRooms } from "../sfu-rooms.ts";
import { createStreamKeeper, type StreamKeeper } from "../stream-keeper.ts";
import type { StreamRecord } from "../stream-record.ts";
import { createMemoryStreamStore, type MemoryStreamStore } from "../streams.store.memory.ts";
import { openTestEncoder, type TestEncoder } from "./live-encoder.ts";
import { openTestSfuNode, type TestSfuNode, testToken } from "./sfu-node.ts";

/** One front desk's part that leads streams through their lives. */
export interface TestDesk {
  readonly rooms: SfuRooms;
  readonly keeper: LiveKeeper;
  readonly streams: StreamKeeper;
  readonly orders: ReturnType<typeof createEncoderOrders>;
  readonly moves: LiveMove[];
  close(): Promise<void>;
}

/** A database in memory, an sfu node and an encoder that stand in, and as many front desks as a test opens. */
export interface LiveWorld {
  readonly sfu: TestSfuNode;
  readonly encoder: TestEncoder;
  readonly store: MemoryStreamStore;
  readonly ownerId: UserId;
  /** Videos that were made, by id. */
  readonly recordings: Map<string, NewRecording>;
  /** Ids of media that was taken away. */
  readonly discarded: string[];
  /** Who may not stream. */
  readonly demoted: Set<UserId>;
  /** Added to the time of day. */
  skewMs: number;
  /** Makes the next calls fail that settle a broadcast. */
  settleFailures: number;
  openDesk(): TestDesk;
  makeStream(stream?: Partial<StreamRecord>): Promise<StreamId>;
  find(id: StreamId): Promise<StreamRecord>;
  close(): Promise<void>;
}

/** Opens one; the caller closes it. */
export async function openLiveWorld(): Promise<LiveWorld> {
  const closer = new Closer();
  const sfu = await openTestSfuNode();
  closer.add("sfu", () => sfu.close());
  const encoder = await openTestEncoder();
  closer.add("encoder", () => encoder.close());
  const store = createMemoryStreamStore();
  const log = pino({ level: process.env.TEST_LOG ?? "silent" });
  const makeId = () => toRecordId(randomBytes(16).toString("hex"));

  const world: LiveWorld = {
    sfu,
    encoder,
    store,
    ownerId: makeUserId(),
    recordings: new Map(),
    discarded: [],
    demoted: new Set(),
    skewMs: 0,
    settleFailures: 0,

    openDesk() {
      const client = createInternalClient({ token: testToken });
      const now = () => Date.now() + world.skewMs;
      const moves: LiveMove[] = [];
      // no feed connects desks here: each reads the store, as when the feed is away
      const streams = createStreamKeeper({ store, isFeedUp: () => false, onError() {} });
      const wake = () => keeper.wake();
      const rooms = createSfuRooms({ localUrl: sfu.url, client, onChange: wake, log, now });
      const orders = createEncoderOrders({ encoderUrl: encoder.url, client, onChange: wake, log });
      const keeper = createLiveKeeper({
        streams,
        rooms,
        orders,
        videos: {
          async addRecording(recording) {
            if (world.settleFailures-- > 0) throw new Error("the database is away");
            world.recordings.set(recording.id, recording);
          },
          async discardMedia(id) {
            if (world.settleFailures-- > 0) throw new Error("the storage is away");
            world.discarded.push(id);
          },
        },
        mayStream: async (ownerId) => !world.demoted.has(ownerId),
        limits: { maxOnAirPerAccount: 3, maxOnAir: 4, maxBroadcastHours: 24 },
        targetsOf: async () => [],
        onLook() {},
        onMove: (move) => moves.push(move),
        log,
        now,
        makeBroadcastId: () => videoIdSchema.parse(makeId()),
      });
      const desk = new Closer();
      desk.add("nodes", () => rooms.nodes.close());
      desk.add("orders", () => orders.close());
      desk.add("keeper", () => keeper.close());
      closer.add("desk", () => desk.close());
      return { rooms, keeper, streams, orders, moves, close: () => desk.close() };
    },

    async makeStream(stream = {}) {
      const id = streamIdSchema.parse(makeId());
      const record = await store.create({
        id,
        ownerId: world.ownerId,
        title: "Herring, live",
        description: "Seen from below.",
        category: "animals",
        language: "en",
        visibility: "unlisted",
        mode: "realtime",
        keyHint: "abcd",
        scheduledAt: null,
        isRecorded: true,
        dvrWindowSeconds: 1800,
        reconnectWindowSeconds: 60,
        peersAllowed: true,
        keyHash: "ab".repeat(32),
      });
      store.put({ ...record, ...stream });
      return id;
    },

    async find(id) {
      const record = await store.find(id);
      if (!record) throw new Error(`there is no stream ${id}`);
      return record;
    },

    close: () => closer.close(),
  };
  return world;
}
