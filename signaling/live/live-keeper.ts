import type { UserId } from "#common/accounts/user.ts";
import type { ShoalError } from "#common/errors.ts";
import type { BroadcastOrder } from "#common/live/broadcast.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { isOnAir } from "#common/live/stream-state.ts";
import type { Closable } from "#common/node/closer.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import { type AirLimits, findAirRefusal, isTimeUp } from "./air-limits.rules.ts";
import type { EncoderOrders } from "./encoder-orders.ts";
import { createLiveMoves } from "./live-moves.ts";
import { decideMove, type LiveMove } from "./live-state.rules.ts";
import { hasBroadcast, type RecordingVideos } from "./recordings.ts";
import type { SfuRooms } from "./sfu-rooms.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";

/** What the keeper is made of. */
export interface LiveKeeperOptions {
  readonly streams: Pick<StreamKeeper, "find" | "listOnAir" | "move">;
  readonly rooms: Pick<
    SfuRooms,
    "refresh" | "sightOf" | "originOf" | "listPublished" | "closeRooms" | "forget"
  >;
  readonly orders: Pick<EncoderOrders, "set" | "statusOf">;
  readonly videos: RecordingVideos;
  /** Is there such an account, and may it stream? */
  readonly mayStream: (ownerId: UserId) => Promise<boolean>;
  readonly limits: AirLimits;
  /** Where else a broadcast is to be sent, with keys. */
  readonly targetsOf: (streamId: StreamId) => Promise<BroadcastOrder["targets"]>;
  /** Hears after each look which streams have a publisher or are not idle, or were until then. */
  readonly onLook: (streamIds: ReadonlySet<StreamId>) => void;
  /** Hears of every move that was made here. */
  readonly onMove: (move: LiveMove) => void;
  readonly log: Logger;
  readonly now?: () => number;
  readonly makeBroadcastId: () => VideoId;
}

/** The one who leads streams through their lives. */
export type LiveKeeper = ReturnType<typeof createLiveKeeper>;

const lookMs = 1000;

/**
 * Looks at every stream that is on air or has a publisher, once a second and whenever it is woken, and makes the move that
 * the rules decide. What it knows comes from the database, the sfu nodes and the encoder each time: nothing is lost with it.
 */
export function createLiveKeeper(options: LiveKeeperOptions) {
  const { streams, rooms, orders, log, now = Date.now } = options;
  const moves = createLiveMoves({ ...options, now });
  const turns = createKeyedLock();
  /** Streams that were not idle at the last look. */
  let lastSeen = new Map<StreamId, StreamRecord>();
  /** Streams that were removed while they were on air, until nothing is left of them. */
  const orphans = new Map<StreamId, StreamRecord>();
  /** Moves that are under way. */
  const busy = new Map<StreamId, Promise<void>>();
  let looking: Promise<void> | undefined;
  let isWoken = false;
  /** Did the last look fail? It does so every second while the database is away. */
  let isBlind = false;
  let isClosed = false;

  async function toOrders(record: StreamRecord): Promise<BroadcastOrder[]> {
    if (!hasBroadcast(record)) return [];
    const order: BroadcastOrder = {
      broadcastId: record.broadcastId,
      streamId: record.id,
      revision: record.revision,
      wanted: isOnAir(record.state) ? "on_air" : "finished",
      sfuUrl: rooms.originOf(record.id).url,
      dvrWindowSeconds: record.dvrWindowSeconds,
      isRecorded: record.isRecorded,
      targets: await options.targetsOf(record.id),
    };
    return [order];
  }

  /** A stream goes on when its move is made: what others hear of it must not wait for the next look. */
  async function step(record: StreamRecord): Promise<void> {
    const next = decideMove({
      stream: record,
      publisher: rooms.sightOf(record.id),
      mayStream: await options.mayStream(record.ownerId),
      hasRoom: findRefusal(record) === undefined,
      isTimeUp: isTimeUp(record.startedAt, options.limits, now()),
      broadcast: record.broadcastId === null ? undefined : orders.statusOf(record.broadcastId),
      nowMs: now(),
    });
    if (next) await make(record, next);
  }

  function findRefusal(record: StreamRecord): ShoalError | undefined {
    return findAirRefusal(record, lastSeen.values(), options.limits);
  }

  async function make(record: StreamRecord, next: LiveMove): Promise<void> {
    const moved = await moves.carryOut(record, next);
    if (!moved) return;
    options.onMove(next);
    wake();
  }

  /** One thing at a time about a stream, and none of them makes the others wait. */
  function begin(record: StreamRecord): void {
    if (busy.has(record.id)) return;
    const work = turns
      .run(record.id, () => step(record))
      .catch((error) => log.warn({ err: error, streamId: record.id }, "a stream has to wait for its move"))
      .finally(() => busy.delete(record.id));
    busy.set(record.id, work);
  }

  /** Nobody is left to give a recording to. */
  async function letGo(record: StreamRecord): Promise<void> {
    await moves.closeRooms(record.id);
    if (hasBroadcast(record)) await options.videos.discardMedia(record.broadcastId);
    orphans.delete(record.id);
    log.info({ streamId: record.id, broadcastId: record.broadcastId }, "a removed stream was let go");
  }

  /** Streams with a publisher that are not on air yet; rooms of streams that do not exist are closed. */
  async function findNew(onAir: ReadonlyMap<StreamId, StreamRecord>): Promise<StreamRecord[]> {
    const found: StreamRecord[] = [];
    for (const roomId of rooms.listPublished()) {
      const streamId = streamIdSchema.parse(roomId);
      if (onAir.has(streamId) || busy.has(streamId)) continue;
      const record = await streams.find(streamId);
      if (record) found.push(record);
      else await moves.closeRooms(streamId);
    }
    return found;
  }

  async function look(): Promise<void> {
    const onAir = new Map((await streams.listOnAir()).map((record) => [record.id, record]));
    orders.set((await Promise.all([...onAir.values()].map(toOrders))).flat());
    for (const [streamId, record] of lastSeen) {
      if (!onAir.has(streamId) && !(await streams.find(streamId))) orphans.set(streamId, record);
    }
    const found = await findNew(onAir);
    options.onLook(new Set([...lastSeen.keys(), ...onAir.keys(), ...found.map(({ id }) => id)]));
    lastSeen = onAir;
    for (const record of [...onAir.values(), ...found]) begin(record);
    for (const record of orphans.values()) await letGo(record);
  }

  /** Looks now, or again when a look is under way. */
  function wake(): void {
    isWoken = true;
    looking ??= (async () => {
      while (isWoken && !isClosed) {
        isWoken = false;
        await look().then(
          () => {
            if (isBlind) log.info("the streams can be looked at again");
            isBlind = false;
          },
          (error) => {
            if (!isBlind) log.warn({ err: error }, "the streams cannot be looked at");
            isBlind = true;
          },
        );
      }
      looking = undefined;
    })();
  }

  async function end(streamId: StreamId): Promise<void> {
    const record = await streams.find(streamId);
    if (record && isOnAir(record.state)) await make(record, { kind: "end", reason: "asked for" });
  }

  const timer = setInterval(() => {
    rooms.refresh().catch((error) => log.warn({ err: error }, "the sfu nodes could not be asked"));
    wake();
  }, lookMs);

  return {
    wake,

    /** Was there a broadcast that viewers can be with, at the last look? */
    isOnAir(streamId: StreamId): boolean {
      const record = lastSeen.get(streamId);
      return record !== undefined && isOnAir(record.state);
    },

    /** Throws `stream.too_many` when as much is on air as may be. */
    assertRoomOnAir(record: StreamRecord): void {
      const refusal = findRefusal(record);
      if (refusal) throw refusal;
    },

    /** Ends the broadcast, if there is one; resolves when it is over for everybody who watches. */
    end: (streamId: StreamId): Promise<void> => turns.run(streamId, () => end(streamId)),

    /** Somebody brought the key of a stream whose broadcast was ended by request; see {@link isHeld}. */
    async hold(record: StreamRecord): Promise<void> {
      await moves.hold(record);
    },

    async close(): Promise<void> {
      isClosed = true;
      clearInterval(timer);
      await looking;
      await Promise.all(busy.values());
    },
  } satisfies Closable & Record<string, unknown>;
}
