import type { UserId } from "#common/accounts/user.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { StreamState } from "#common/live/stream-state.ts";
import type { VideoId } from "#common/videos/video.ts";
import type {
  NewStream,
  NewTarget,
  StreamChanges,
  StreamRecord,
  TargetChanges,
  TargetRecord,
} from "./stream-record.ts";

/** One page of records; `totalCount` counts all pages. */
export interface StreamRecordPage {
  readonly records: StreamRecord[];
  readonly totalCount: number;
}

/**
 * Where streams and their restream targets are kept. What is absent is `undefined`;
 * a database that is away is `service.unavailable`, never an empty answer.
 */
export interface StreamStore {
  find(id: StreamId): Promise<StreamRecord | undefined>;
  /** The stream whose present broadcast this is. */
  findByBroadcast(broadcastId: VideoId): Promise<StreamRecord | undefined>;
  /** SHA-256 of the stream's key, in hex. */
  findKeyHash(id: StreamId): Promise<string | undefined>;
  /** Every stream that is not `idle`, in order of ids. */
  listOnAir(): Promise<StreamRecord[]>;
  /** Public streams off air that begin after this time (ISO), soonest first. */
  listAnnounced(after: string, limit: number): Promise<StreamRecord[]>;
  /** Newest first; pages start at 1. */
  listByOwner(ownerId: UserId, page: { page: number; perPage: number }): Promise<StreamRecordPage>;
  countByOwner(ownerId: UserId): Promise<number>;
  /** Makes a stream that is off air. */
  create(stream: NewStream): Promise<StreamRecord>;
  /**
   * Changes the named fields only. With `expectedState` it does so when the stream is still in that state, in one step;
   * `undefined` when it is not, because somebody else moved it, or when the stream is gone.
   */
  update(
    id: StreamId,
    changes: StreamChanges,
    expectedState?: StreamState,
  ): Promise<StreamRecord | undefined>;
  /** Takes the record away, and its targets with it; absent is fine. */
  remove(id: StreamId): Promise<void>;
  /** Oldest first. */
  listTargets(streamId: StreamId): Promise<TargetRecord[]>;
  createTarget(target: NewTarget): Promise<TargetRecord>;
  /** Changes the named fields only; `undefined` when this stream has no such target. */
  updateTarget(
    streamId: StreamId,
    targetId: string,
    changes: TargetChanges,
  ): Promise<TargetRecord | undefined>;
  /** Was it there? */
  removeTarget(streamId: StreamId, targetId: string): Promise<boolean>;
}
