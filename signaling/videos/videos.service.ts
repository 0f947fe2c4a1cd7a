import type { UserId, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type {
  CreateVideoInput,
  OwnVideo,
  UpdateVideoInput,
  Video,
  VideoId,
  VideoSummary,
} from "#common/videos/video.ts";
import type { JobOrders } from "./job-orders.ts";
import { createVideoKeeper, toAbsent } from "./video-keeper.ts";
import type { NewRecording, VideoPatch, VideoRecord } from "./video-record.ts";
import { createVideoRemoval } from "./video-removal.ts";
import { toOwnVideo, toProgress, toVideo, toVideoSummary } from "./video-views.ts";
import { createVideoWork, type VideoUploads } from "./video-work.ts";
import { isListed, isToBePublished, mayEdit, maySee, type Viewer } from "./videos.rules.ts";
import type { VideoStore } from "./videos.store.ts";
import { createViewCounter } from "./view-counter.ts";

/** What the room `videos` is made of. */
export interface VideoServiceOptions {
  readonly store: VideoStore;
  readonly storage: Storage;
  readonly jobs: JobOrders;
  readonly uploads: VideoUploads;
  readonly log: Logger;
  readonly publicUrl: string;
  /** May what was read before be trusted, because changes are heard of? */
  readonly isFeedUp: () => boolean;
  readonly mayUpload: (role: UserRole) => boolean;
  /** Address of the poster that stands in lists. */
  readonly toPosterUrl: (record: VideoRecord) => Promise<string | null>;
  readonly now?: () => Date;
}

/** Videos on one page of the studio. */
export const ownVideosPerPage = 24;
const videosPerRemoval = 100;
const repairLimit = 200;

/** What happens to videos. Built by {@link createVideoService}. */
export type VideoService = ReturnType<typeof createVideoService>;

/** Builds the room; `close` writes what is left to write. */
export function createVideoService(options: VideoServiceOptions) {
  const { store, storage, jobs, uploads, log, now = () => new Date() } = options;
  const onError = (error: unknown) => log.warn({ err: error }, "work on a video failed; it is tried again");
  const keeper = createVideoKeeper({ store, isFeedUp: options.isFeedUp, onError, now });
  const removal = createVideoRemoval({ store, storage, jobs, uploads, log, now });
  const work = createVideoWork({ keeper, storage, jobs, uploads, log, now });
  const views = createViewCounter({ store, onError });
  const closer = new Closer();
  closer.add("view counter", () => views.close());

  /** JSON of a video's page: lives as long as the record that it was made of. */
  const pages = new WeakMap<VideoRecord, string>();
  const uploadUrlOf = (id: VideoId) => `${options.publicUrl}/upload/${id}`;

  async function toParts(record: VideoRecord) {
    const channel = await keeper.findChannel(record.ownerId);
    // an account goes and its videos go with it: this one is about to
    if (!channel) throw toAbsent();
    return { channel, posterUrl: await options.toPosterUrl(record) };
  }

  async function toOwn(record: VideoRecord): Promise<OwnVideo> {
    return toOwnVideo(record, {
      ...(await toParts(record)),
      uploadUrl: uploadUrlOf(record.id),
      uploadProgress: uploads.progressOf(record.id),
    });
  }

  async function remove({ id, ownerId }: VideoRecord): Promise<void> {
    await removal.remove(id, () => keeper.forget(id, ownerId));
    await store.setStoredBytes(ownerId, await store.sumOriginalBytes(ownerId));
  }

  return {
    async create(account: { id: UserId; role: UserRole }, input: CreateVideoInput) {
      if (!options.mayUpload(account.role)) {
        throw new ShoalError("auth.forbidden", "This account may not upload videos.");
      }
      const record = await store.create({
        ownerId: account.id,
        title: input.title,
        visibility: input.visibility,
        description: input.description ?? "",
        tags: [...new Set(input.tags)],
        category: input.category ?? "other",
        language: input.language ?? "",
      });
      keeper.adopt(record);
      return { id: record.id, uploadUrl: uploadUrlOf(record.id) };
    },

    /** The video of a broadcast that has ended; made once, however often it is asked for. */
    async addRecording(recording: NewRecording): Promise<VideoRecord> {
      const isPublished = isToBePublished({ ...recording, publishedAt: null });
      const publishedAt = isPublished ? now().toISOString() : null;
      const record = await store.createRecording({ ...recording, publishedAt });
      keeper.adopt(record);
      await store.setStoredBytes(record.ownerId, await store.sumOriginalBytes(record.ownerId));
      return record;
    },

    /** Takes away stored media that never became a video; what cannot be removed now is removed by the next sweep. */
    async discardMedia(id: VideoId): Promise<void> {
      await removal.discard(id);
    },

    async get(viewer: Viewer, id: VideoId): Promise<Video> {
      const record = await keeper.findFor(viewer, id, maySee);
      return toVideo(record, await toParts(record));
    },

    /** What `get` answers as JSON: of a listed video made once, until something about it changes. */
    async getJson(viewer: Viewer, id: VideoId): Promise<string> {
      const record = await keeper.findFor(viewer, id, maySee);
      const made = pages.get(record);
      if (made !== undefined) return made;
      const json = JSON.stringify(toVideo(record, await toParts(record)));
      // addresses of other videos' pictures expire
      if (isListed(record) && keeper.peek(id) === record) pages.set(record, json);
      return json;
    },

    async getOwn(viewer: Viewer, id: VideoId): Promise<OwnVideo> {
      return toOwn(await keeper.findFor(viewer, id, mayEdit));
    },

    async mine(account: { id: UserId }, page: number) {
      const found = await store.listOfOwner(account.id, { page, perPage: ownVideosPerPage });
      return {
        items: await Promise.all(found.records.map(toOwn)),
        page,
        pageCount: Math.ceil(found.totalCount / ownVideosPerPage),
        totalCount: found.totalCount,
      };
    },

    async update(viewer: Viewer, id: VideoId, input: UpdateVideoInput): Promise<Video> {
      const record = await keeper.findFor(viewer, id, mayEdit);
      const patch = toPatch(input);
      const publishedAt = isToBePublished({ ...record, ...patch })
        ? { publishedAt: now().toISOString() }
        : {};
      const changed = await keeper.write(id, { ...patch, ...publishedAt });
      return toVideo(changed, await toParts(changed));
    },

    async remove(viewer: Viewer, id: VideoId): Promise<void> {
      await remove(await keeper.findFor(viewer, id, mayEdit));
    },

    /** All videos of an account that is about to go. */
    async removeAllOf(ownerId: UserId): Promise<void> {
      for (;;) {
        const { records } = await store.listOfOwner(ownerId, { page: 1, perPage: videosPerRemoval });
        if (records.length === 0) return;
        for (const record of records) await remove(record);
      }
    },

    cancel: work.cancel,
    retry: work.retry,
    setThumbnail: work.setThumbnail,

    /** The record of a video that exists for the viewer, in whatever state; else `video.not_found`. */
    findFor: (viewer: Viewer, id: VideoId) => keeper.findFor(viewer, id, maySee),
    /** The same for who may change it. */
    findEditable: (viewer: Viewer, id: VideoId) => keeper.findFor(viewer, id, mayEdit),
    /** The same for who owns it. */
    findOwned: keeper.findOwned,
    peek: keeper.peek,
    find: keeper.find,
    findFresh: keeper.findFresh,
    transition: keeper.transition,
    findChannels: keeper.findChannels,
    subscribe: keeper.subscribe,
    /** Listed videos, in pieces, straight from the store. */
    listListed: store.listListed,
    searchListed: store.searchListed,
    /** Videos of a channel that anybody may find. */
    async countListed(ownerId: UserId): Promise<number> {
      const { totalCount } = await store.searchListed({ channelId: ownerId }, { page: 1, perPage: 1 });
      return totalCount;
    },
    /** Videos whose upload has begun and not ended. */
    listUploading: (limit: number) => store.listInState("uploading", limit),
    isFeedUp: options.isFeedUp,

    /** A video as it stands in a list. */
    async toSummary(record: VideoRecord): Promise<VideoSummary> {
      return toVideoSummary(record, await toParts(record));
    },
    /** 0 to 1 of the present state. */
    progressOf: (record: VideoRecord) => toProgress(record, uploads.progressOf(record.id)),
    /** One more view, written later. */
    countView: (id: VideoId) => views.count(id),

    /** Something wrote to the database: the feed says what. */
    applyChange: keeper.adopt,
    applyChannelChange: keeper.forgetChannel,
    applyReset: keeper.reset,
    async applyRemoval(videoId: VideoId, ownerId: UserId): Promise<void> {
      keeper.forget(videoId, ownerId);
      await removal.purge(videoId);
    },

    /** Mends what a crash left: deletions cut off, files without record, encodes without job, publishing dates. */
    async repair(): Promise<void> {
      await removal.sweep();
      await keeper.publishWaiting();
      for (const record of await store.listInState("queued", repairLimit)) await work.requeue(record);
    },

    close: () => closer.close(),
  } satisfies Closable & Record<string, unknown>;
}

function toPatch(input: UpdateVideoInput): VideoPatch {
  const { tags, ...rest } = input;
  const named = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...named, ...(tags === undefined ? {} : { tags: [...new Set(tags)] }) };
}
