import { assertNever } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";
import { isOnAir, moveStream, type StreamState } from "#common/live/stream-state.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { EncoderOrders } from "./encoder-orders.ts";
import { type EndReason, holdMs, isHeld, type LiveMove, type Settlement } from "./live-state.rules.ts";
import { hasBroadcast, type RecordingVideos, settleBroadcast } from "./recordings.ts";
import type { SfuRooms } from "./sfu-rooms.ts";
import type { StreamKeeper } from "./stream-keeper.ts";
import type { StreamChanges, StreamRecord } from "./stream-record.ts";

/** What moves need. */
export interface LiveMovesOptions {
  readonly streams: Pick<StreamKeeper, "find" | "move">;
  readonly rooms: Pick<SfuRooms, "closeRooms" | "forget">;
  readonly orders: Pick<EncoderOrders, "statusOf">;
  readonly videos: RecordingVideos;
  readonly log: Logger;
  readonly now: () => number;
  readonly makeBroadcastId: () => VideoId;
}

/** All broadcasts of one stream have ids of their own, so they may have the same name for their only revision. */
export const liveRevision = "live";
/** Somebody else may move a stream in the very moment when it is to be ended. */
const maxEndTries = 5;

/** Who begins hours early or late begins what was announced all the same; what is announced for another day stays. */
const dueWithinMs = 12 * 60 * 60_000;

/** A hold is written anew this often at most, in milliseconds. */
const holdRenewMs = 10_000;

/** What the fields of a broadcast are when there is none. */
const offAir = {
  broadcastId: null,
  revision: "",
  startedAt: null,
  silentSince: null,
} satisfies StreamChanges;

/** Is it about the time that it was announced for? */
function isDue({ scheduledAt }: StreamRecord, nowMs: number): boolean {
  return scheduledAt !== null && Math.abs(Date.parse(scheduledAt) - nowMs) < dueWithinMs;
}

/** Carries out what the rules decide. `undefined`: the stream is gone, or somebody else has moved it. */
export function createLiveMoves(options: LiveMovesOptions) {
  const { streams, rooms, log } = options;
  const toNow = () => new Date(options.now()).toISOString();
  const toHold = () => new Date(options.now() + holdMs).toISOString();

  /** Only from the state that was looked at, so that of several front desks one moves it. */
  async function move(record: StreamRecord, to: StreamState, changes: StreamChanges) {
    const state = moveStream(record.state, to);
    const moved = await streams.move(record.id, record.state, { ...changes, state });
    if (moved) log.info({ streamId: record.id, from: record.state, to }, "stream moved");
    return moved;
  }

  async function closeRooms(streamId: StreamId): Promise<void> {
    // a node that does not answer has it done when it is back
    await rooms.closeRooms(streamId).catch((error) => {
      log.warn({ err: error, streamId }, "a room could not be closed yet");
    });
  }

  async function end(record: StreamRecord, reason: EndReason): Promise<StreamRecord | undefined> {
    // first, or who is still sending would be taken for the next broadcast after a crash in between
    await closeRooms(record.id);
    let current: StreamRecord | undefined = record;
    for (let tries = 0; tries < maxEndTries && current && isOnAir(current.state); tries++) {
      const ended: StreamRecord | undefined = await move(
        current,
        "ending",
        reason === "asked for" ? { heldUntil: toHold() } : {},
      );
      if (ended) {
        log.info({ streamId: record.id, broadcastId: record.broadcastId, reason }, "broadcast over");
        return ended;
      }
      current = await streams.find(record.id);
    }
    return current;
  }

  /** Who goes on trying is held off for longer. */
  async function hold(record: StreamRecord): Promise<StreamRecord | undefined> {
    const { id, state, heldUntil } = record;
    if (!isHeld(record, options.now())) return record;
    const isFresh = Date.parse(heldUntil ?? "") - options.now() > holdMs - holdRenewMs;
    return isFresh ? record : streams.move(id, state, { heldUntil: toHold() });
  }

  async function settle(record: StreamRecord, as: Settlement): Promise<StreamRecord | undefined> {
    if (!hasBroadcast(record)) return move(record, "idle", offAir);
    const { broadcastId } = record;
    const status = options.orders.statusOf(broadcastId);
    if (!status) return record;
    await settleBroadcast(options.videos, record, status, as);
    log.info({ streamId: record.id, broadcastId, as, seconds: status.durationSeconds }, "broadcast settled");
    rooms.forget(record.id);
    return move(record, "idle", { ...offAir, lastVideoId: as === "video" ? broadcastId : null });
  }

  return {
    async carryOut(record: StreamRecord, next: LiveMove): Promise<StreamRecord | undefined> {
      switch (next.kind) {
        case "begin":
          return move(record, "live", {
            broadcastId: options.makeBroadcastId(),
            revision: liveRevision,
            startedAt: toNow(),
            silentSince: null,
            heldUntil: null,
            // what it was announced for is this
            ...(isDue(record, options.now()) && { scheduledAt: null }),
          });
        case "lose":
          return move(record, "reconnecting", { silentSince: toNow() });
        case "resume":
          return move(record, "live", { silentSince: null });
        case "dismiss":
          await rooms.closeRooms(record.id);
          return hold(record);
        case "end":
          return end(record, next.reason);
        case "settle":
          return settle(record, next.as);
        default:
          return assertNever(next);
      }
    },
    closeRooms,
    hold,
  };
}
/** See {@link createLiveMoves}. */
export type LiveMoves = ReturnType<typeof createLiveMoves>;
