import { randomInt } from "node:crypto";
import { type UserId, userIdSchema } from "#common/accounts/user.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";
import type { Channel, VideoRecord } from "./video-record.ts";
import { isListed } from "./videos.rules.ts";
import { type PlainQuery, toWords, type VideoStore } from "./videos.store.ts";

/** What the tests of other rooms may do besides. */
export interface MemoryVideoStore extends VideoStore {
  /** Makes an account's channel known. */
  putChannel(channel: Channel): void;
  /** Writes any field, as the encoder would. */
  put(record: VideoRecord): void;
  storedBytesOf(ownerId: UserId): number;
}

/** Keeps videos in this process; nothing outlives it. */
export function createMemoryVideoStore(now: () => Date = () => new Date()): MemoryVideoStore {
  const records = new Map<VideoId, VideoRecord>();
  const channels = new Map<UserId, Channel>();
  const storedBytes = new Map<UserId, number>();

  const all = (keep: (record: VideoRecord) => boolean) => [...records.values()].filter(keep);
  const paged = (found: VideoRecord[], page: { page: number; perPage: number }) => ({
    records: found.slice((page.page - 1) * page.perPage, page.page * page.perPage),
    totalCount: found.length,
  });

  return {
    async create(video) {
      const at = now().toISOString();
      const record: VideoRecord = { ...emptyFields, ...video, id: makeId(), createdAt: at, updatedAt: at };
      records.set(record.id, record);
      return record;
    },
    async createRecording(recording) {
      const known = records.get(recording.id);
      if (known) return known;
      const at = now().toISOString();
      const record: VideoRecord = { ...emptyFields, tags: [], ...recording, createdAt: at, updatedAt: at };
      records.set(record.id, record);
      return record;
    },
    find: async (id) => records.get(id),
    async update(id, patch) {
      const record = records.get(id);
      if (!record) return undefined;
      const changed = { ...record, ...patch, updatedAt: now().toISOString() };
      records.set(id, changed);
      return changed;
    },
    async remove(id) {
      records.delete(id);
    },
    async listOfOwner(ownerId, page) {
      const own = all((record) => record.ownerId === ownerId);
      return paged(own.sort(by((record) => record.createdAt, "descending")), page);
    },
    async listListed(after, limit) {
      return all((record) => isListed(record) && record.id > (after ?? ""))
        .sort(by((record) => record.id, "ascending"))
        .slice(0, limit);
    },
    async searchListed(query, page) {
      const found = all((record) => isListed(record) && isFitting(record, query));
      return paged(found.sort(by((record) => record.publishedAt ?? "", "descending")), page);
    },
    listUnpublished: async (limit) =>
      all((record) => isListed(record) && record.publishedAt === null).slice(0, limit),
    listInState: async (state, limit) => all((record) => record.state === state).slice(0, limit),
    existing: async (ids) => new Set(all((record) => ids.includes(record.id)).map((record) => record.id)),
    sumOriginalBytes: async (ownerId) =>
      all((record) => record.ownerId === ownerId).reduce((sum, record) => sum + record.sizeBytes, 0),
    async setStoredBytes(ownerId, bytes) {
      storedBytes.set(ownerId, bytes);
    },
    async addViews(id, count) {
      const record = records.get(id);
      if (record) records.set(id, { ...record, viewCount: record.viewCount + count });
    },
    findChannels: async (ids) => [...channels.values()].filter((channel) => ids.includes(channel.id)),
    putChannel(channel) {
      channels.set(channel.id, channel);
    },
    put(record) {
      records.set(record.id, record);
    },
    storedBytesOf: (ownerId) => storedBytes.get(ownerId) ?? 0,
  };
}

const emptyFields = {
  state: "draft",
  errorCode: "",
  errorMessage: "",
  step: "",
  progress: 0,
  durationSeconds: 0,
  aspectRatio: 0,
  renditions: [],
  audioTracks: [],
  captions: [],
  revision: "",
  masterName: "",
  posterRevision: "",
  hasStoryboard: false,
  peersAllowed: true,
  fileName: "",
  sizeBytes: 0,
  originalSha256: "",
  viewCount: 0,
  publishedAt: null,
} satisfies Partial<VideoRecord>;

const idLetters = "abcdefghijklmnopqrstuvwxyz0123456789";

function makeId(): VideoId {
  return videoIdSchema.parse(Array.from({ length: 15 }, () => idLetters[randomInt(36)]).join(""));
}

/** An id for an account that no store knows. */
export function makeUserId(): UserId {
  return userIdSchema.parse(makeId());
}

function by(key: (record: VideoRecord) => string, order: "ascending" | "descending") {
  const sign = order === "ascending" ? 1 : -1;
  return (a: VideoRecord, b: VideoRecord) => sign * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

function isFitting(record: VideoRecord, query: PlainQuery): boolean {
  const text = [record.title, record.description, ...record.tags].join(" ").toLowerCase();
  return (
    (!query.category || record.category === query.category) &&
    (!query.channelId || record.ownerId === query.channelId) &&
    (!query.publishedAfter || (record.publishedAt ?? "") > query.publishedAfter) &&
    record.durationSeconds >= (query.minSeconds ?? 0) &&
    record.durationSeconds < (query.maxSeconds ?? Number.POSITIVE_INFINITY) &&
    toWords(query.query).every((word) => text.includes(word.toLowerCase()))
  );
}
