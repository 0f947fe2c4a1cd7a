import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { UserId } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { StreamState } from "#common/live/stream-state.ts";
import type { VideoId } from "#common/videos/video.ts";
import { createStreamBoard } from "./stream-board.ts";
import { createStreamEvents, type StreamListener } from "./stream-events.ts";
import type { StreamChanges, StreamRecord } from "./stream-record.ts";
import { createStreamCache } from "./streams.cache.ts";
import { isOwner, mayEdit, type StreamFacts, type Viewer } from "./streams.rules.ts";
import type { StreamStore } from "./streams.store.ts";

/** What a keeper is made of. */
export interface StreamKeeperOptions {
  readonly store: StreamStore;
  /** May what was read before be trusted, because changes are heard of? */
  readonly isFeedUp: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly now?: () => Date;
}

const maxTold = 20_000;

/** The one who reads and writes records: remembers them, and tells of every change. */
export type StreamKeeper = ReturnType<typeof createStreamKeeper>;

/** What somebody hears of a stream that does not exist for them. */
export function toAbsentStream(): ShoalError {
  return new ShoalError("stream.not_found", "This stream does not exist.");
}

/** Makes a {@link StreamKeeper}. */
export function createStreamKeeper(options: StreamKeeperOptions) {
  const { store, isFeedUp, onError, now = () => new Date() } = options;
  const cache = createStreamCache<StreamRecord>({
    read: store.find,
    isFeedUp,
    isNewer: (known, other) => known.updatedAt > other.updatedAt,
  });
  const board = createStreamBoard({ store, isFeedUp, now });
  const events = createStreamEvents(onError);

  /** What listeners were told last: not what was read, because a read may be ahead of the feed. */
  const told = new LRUCache<StreamId, StreamRecord>({ max: maxTold });

  function adopt(record: StreamRecord): void {
    cache.put(record.id, record);
    board.put(record);
    const before = told.get(record.id);
    // the feed tells late of what this process wrote itself
    if (before && (before.updatedAt > record.updatedAt || isDeepStrictEqual(before, record))) return;
    told.set(record.id, record);
    events.emit({ kind: "changed", record, before });
  }

  function drop(streamId: StreamId): void {
    told.delete(streamId);
    cache.drop(streamId);
    board.drop(streamId);
  }

  function forget(streamId: StreamId, ownerId: UserId): void {
    drop(streamId);
    events.emit({ kind: "removed", streamId, ownerId });
  }

  return {
    /** Hears of every change; returns how to stop listening. */
    subscribe: (listener: StreamListener) => events.subscribe(listener),
    /** A stream for nobody in particular: who asks decides what it may be used for. */
    find: cache.find,
    /** What is remembered of a stream and may be trusted, without asking anybody. */
    peek: cache.peek,

    /** The stream whose present broadcast this is; asks nobody while changes are heard of. */
    async findByBroadcast(broadcastId: VideoId): Promise<StreamRecord | undefined> {
      if (!isFeedUp()) return store.findByBroadcast(broadcastId);
      return (await board.listOnAir()).find((record) => record.broadcastId === broadcastId);
    },
    /** Streams that are not idle. */
    listOnAir: board.listOnAir,
    /** Public streams off air that are to begin, soonest first. */
    listAnnounced: board.listAnnounced,
    /** Counts changes of what {@link listOnAir} and {@link listAnnounced} answer. */
    listVersion: () => board.version,
    isFeedUp,

    /** The record if the rule lets the viewer have it; else `stream.not_found`. */
    async findFor(
      viewer: Viewer,
      id: StreamId,
      may: (viewer: Viewer, stream: StreamFacts) => boolean,
    ): Promise<StreamRecord> {
      const record = await cache.find(id);
      if (!record || !may(viewer, record)) throw toAbsentStream();
      return record;
    },

    /** The record of the viewer's own stream; moderators, for whom others' exist too, hear `auth.forbidden`. */
    async findOwned(viewer: Viewer, id: StreamId): Promise<StreamRecord> {
      const record = await cache.find(id);
      if (!record || !mayEdit(viewer, record)) throw toAbsentStream();
      if (isOwner(viewer, record)) return record;
      throw new ShoalError("auth.forbidden", "Only its owner may do this to a stream.");
    },

    /** The record as it is in the store now; for decisions that must not rest on a memory. */
    async findFresh(id: StreamId): Promise<StreamRecord> {
      const record = await store.find(id);
      if (!record) throw toAbsentStream();
      adopt(record);
      return record;
    },

    /** Writes, and lets everybody know at once; the feed will tell the same a little later. */
    async write(id: StreamId, changes: StreamChanges): Promise<StreamRecord> {
      const record = await store.update(id, changes);
      if (!record) {
        drop(id);
        throw toAbsentStream();
      }
      adopt(record);
      return record;
    },

    /** {@link write} for who believes the stream to be in a state; `undefined` when somebody else has moved it. */
    async move(
      id: StreamId,
      expectedState: StreamState,
      changes: StreamChanges,
    ): Promise<StreamRecord | undefined> {
      const record = await store.update(id, changes, expectedState);
      if (record) adopt(record);
      return record;
    },

    /** Ends when the stream is off air or gone, or after the time; says which of the two. */
    async untilIdle(id: StreamId, timeoutMs: number): Promise<boolean> {
      let stop = () => {};
      let timer: NodeJS.Timeout | undefined;
      const heard = new Promise<boolean>((resolve) => {
        timer = setTimeout(() => resolve(false), timeoutMs);
        stop = events.subscribe((event) => {
          if (event.kind === "changed" && event.record.id === id && event.record.state === "idle") {
            resolve(true);
          }
          if (event.kind === "removed" && event.streamId === id) resolve(true);
        });
      });
      try {
        const record = await store.find(id);
        return !record || record.state === "idle" || (await heard);
      } finally {
        stop();
        clearTimeout(timer);
      }
    },

    async remove({ id, ownerId }: Pick<StreamRecord, "id" | "ownerId">): Promise<void> {
      await store.remove(id);
      forget(id, ownerId);
    },

    /** Takes in what was written, here or elsewhere. */
    adopt,
    /** The record is gone. */
    forget,
    /** Its targets are others now. */
    tellTargets: (streamId: StreamId) => events.emit({ kind: "targets_changed", streamId }),
    /** Changes may have been missed. */
    reset(): void {
      told.clear();
      cache.clear();
      board.clear();
      events.emit({ kind: "reset" });
    },
  };
}
