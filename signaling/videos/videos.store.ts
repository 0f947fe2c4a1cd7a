import type { UserId } from "#common/accounts/user.ts";
import type { VideoQuery } from "#common/discovery/video-query.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import type { Channel, NewRecording, NewVideo, VideoPatch, VideoRecord } from "./video-record.ts";

/** One page of records; `totalCount` counts all pages. */
export interface RecordPage {
  readonly records: VideoRecord[];
  readonly totalCount: number;
}

/** The part of a list's query that a database can answer without an index of words. */
export type PlainQuery = Pick<VideoQuery, "query" | "category" | "channelId"> & {
  readonly publishedAfter?: string | undefined;
  readonly minSeconds?: number;
  readonly maxSeconds?: number;
};

/**
 * Where videos and the names of their channels are kept. What is absent is `undefined`;
 * a database that is away is `service.unavailable`, never an empty answer.
 */
export interface VideoStore {
  /** Makes a draft. */
  create(video: NewVideo): Promise<VideoRecord>;
  /** Makes a recording's video under the id that it brings; of one that was made before, the record as it is. */
  createRecording(recording: NewRecording & Pick<VideoRecord, "publishedAt">): Promise<VideoRecord>;
  find(id: VideoId): Promise<VideoRecord | undefined>;
  /** Changes the named fields only; `undefined` when the video is gone. */
  update(id: VideoId, patch: VideoPatch): Promise<VideoRecord | undefined>;
  /** Takes the record away, and its jobs and watch progress with it; absent is fine. */
  remove(id: VideoId): Promise<void>;
  /** Newest first; pages start at 1. */
  listOfOwner(ownerId: UserId, page: { page: number; perPage: number }): Promise<RecordPage>;
  /** Listed videos after an id, in order of ids: to read all of them in pieces. */
  listListed(after: VideoId | undefined, limit: number): Promise<VideoRecord[]>;
  /** Listed videos that fit, newest first, found by plain comparison. */
  searchListed(query: PlainQuery, page: { page: number; perPage: number }): Promise<RecordPage>;
  /** Listed videos without a publishing date. */
  listUnpublished(limit: number): Promise<VideoRecord[]>;
  /** Videos in a state, oldest first. */
  listInState(state: VideoState, limit: number): Promise<VideoRecord[]>;
  /** Which of these ids are videos? */
  existing(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Bytes of all originals of an account. */
  sumOriginalBytes(ownerId: UserId): Promise<number>;
  /** Writes what an account's originals take up, for its owner to see. */
  setStoredBytes(ownerId: UserId, storedBytes: number): Promise<void>;
  /** Adds to a video's views, one call after another; a video that is gone is fine. */
  addViews(id: VideoId, count: number): Promise<void>;
  /** The channels of these accounts; those that do not exist are left out. */
  findChannels(ids: readonly UserId[]): Promise<Channel[]>;
}

/** The words of a query that plain comparison looks for, all of which must be there. */
export function toWords(query: string | undefined): string[] {
  return (query ?? "").split(/\s+/).filter(Boolean).slice(0, 8);
}
