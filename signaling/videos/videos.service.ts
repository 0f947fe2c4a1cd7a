import { randomUUID } from "node:crypto";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type {
  CreateVideoInput,
  OwnVideo,
  UpdateVideoInput,
  Video,
  VideoId,
  VideoSummary,
} from "#common/videos/video.ts";
import { assertVideoTransition, type VideoState } from "#common/videos/video-state.ts";
import type { JobOrders } from "./job-orders.ts";
import { toPictureKind } from "./picture-kind.ts";
import { createVideoEvents, type VideoEvent } from "./video-events.ts";
import type { VideoPatch, VideoRecord } from "./video-record.ts";
import { createVideoRemoval, type UploadAborter } from "./video-removal.ts";
import { toOwnVideo, toProgress, toVideo, toVideoSummary } from "./video-views.ts";
import { createVideoCache } from "./videos.cache.ts";
import { isOwner, isToBePublished, mayEdit, maySee, toCancel, type Viewer } from "./videos.rules.ts";
import type { VideoStore } from "./videos.store.ts";
import { createViewCounter } from "./view-counter.ts";

/** What this room wants of uploads. */
export interface VideoUploads extends UploadAborter {
  /** 0 to 1 of the file that is on its way; 0 when none is. */
  progressOf(videoId: VideoId): number;
  /** Runs while nothing about the video's upload changes. */
  exclusively<Result>(videoId: VideoId, work: () => Promise<Result>): Promise<Result>;
}

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
/** Bytes that a thumbnail picture may have. */
export const maxThumbnailBytes = 10 * 1024 * 1024;
const videosPerRemoval = 100;
const repairLimit = 200;

/** What happens to videos. Built by {@link createVideoService}. */
export type VideoService = ReturnType<typeof createVideoService>;

/** Builds the room; `close` writes what is left to write. */
export function createVideoService(options: VideoServiceOptions) {
  const { store, storage, jobs, uploads, log, now = () => new Date() } = options;
  const onError = (error: unknown) => log.warn({ err: error }, "work on a video failed; it is tried again");
  const cache = createVideoCache({ store, isFeedUp: options.isFeedUp });
  const events = createVideoEvents(onError);
  const removal = createVideoRemoval({ store, storage, jobs, uploads, log, now });
  const views = createViewCounter({ store, onError });
  const closer = new Closer();
  closer.add("view counter", () => views.close());

  /** JSON of a video's page: lives as long as the record that it was made of. */
  const pages = new WeakMap<VideoRecord, string>();

  async function find(id: VideoId): Promise<VideoRecord> {
    const record = await cache.find(id);
    if (!record) throw absent();
    return record;
  }

  async function findFor(viewer: Viewer, id: VideoId, may: typeof maySee): Promise<VideoRecord> {
    const record = await find(id);
    if (!may(viewer, record)) throw absent();
    return record;
  }

  /** Writes, and lets everybody know at once; the feed will tell the same a little later. */
  async function write(id: VideoId, patch: VideoPatch): Promise<VideoRecord> {
    const record = await store.update(id, patch);
    if (!record) {
      cache.drop(id);
      throw absent();
    }
    adopt(record);
    return record;
  }

  function adopt(record: VideoRecord): void {
    if (!cache.put(record)) return;
    events.emit({ kind: "changed", record });
    if (isToBePublished(record)) publish(record.id).catch(onError);
  }

  async function publish(id: VideoId): Promise<void> {
    const record = await store.find(id);
    if (record && isToBePublished(record)) await write(id, { publishedAt: now().toISOString() });
  }

  async function toParts(record: VideoRecord) {
    const channel = await cache.findChannel(record.ownerId);
    // an account goes and its videos go with it: this one is about to
    if (!channel) throw absent();
    return { channel, posterUrl: await options.toPosterUrl(record) };
  }

  const uploadUrlOf = (id: VideoId) => `${options.publicUrl}/upload/${id}`;

  async function toOwn(record: VideoRecord): Promise<OwnVideo> {
    return toOwnVideo(record, {
      ...(await toParts(record)),
      uploadUrl: uploadUrlOf(record.id),
      uploadProgress: uploads.progressOf(record.id),
    });
  }

  async function remove(record: VideoRecord): Promise<void> {
    await removal.remove(record.id);
    forget(record.id, record.ownerId);
    await store.setStoredBytes(record.ownerId, await store.sumOriginalBytes(record.ownerId));
  }

  function forget(videoId: VideoId, ownerId: UserId): void {
    cache.drop(videoId);
    events.emit({ kind: "removed", videoId, ownerId });
  }

  return {
    /** Hears of every change; returns how to stop listening. */
    subscribe: (listener: (event: VideoEvent) => void) => events.subscribe(listener),

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
      adopt(record);
      return { id: record.id, uploadUrl: uploadUrlOf(record.id) };
    },

    async get(viewer: Viewer, id: VideoId): Promise<Video> {
      const record = await findFor(viewer, id, maySee);
      return toVideo(record, await toParts(record));
    },

    /** {@link get} as JSON, made once per change of a public video; undefined when it must be made anew. */
    async getJson(viewer: Viewer, id: VideoId): Promise<string> {
      const record = await findFor(viewer, id, maySee);
      const made = pages.get(record);
      if (made !== undefined) return made;
      const json = JSON.stringify(toVideo(record, await toParts(record)));
      // addresses of other videos' pictures expire
      if (record.visibility === "public" && cache.peek(id) === record) pages.set(record, json);
      return json;
    },

    async getOwn(viewer: Viewer, id: VideoId): Promise<OwnVideo> {
      return toOwn(await findFor(viewer, id, mayEdit));
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
      const record = await findFor(viewer, id, mayEdit);
      const patch = toPatch(input);
      const publishedAt = isToBePublished({ ...record, ...patch })
        ? { publishedAt: now().toISOString() }
        : {};
      const changed = await write(id, { ...patch, ...publishedAt });
      return toVideo(changed, await toParts(changed));
    },

    async remove(viewer: Viewer, id: VideoId): Promise<void> {
      await remove(await findFor(viewer, id, mayEdit));
    },

    /** All videos of an account that is about to go. */
    async removeAllOf(ownerId: UserId): Promise<void> {
      for (;;) {
        const { records } = await store.listOfOwner(ownerId, { page: 1, perPage: videosPerRemoval });
        if (records.length === 0) return;
        for (const record of records) await remove(record);
      }
    },

    /** Stops what is being done: an upload goes back to `draft`, an encode ends `failed` with `encode.cancelled`. */
    async cancel(viewer: Viewer, id: VideoId): Promise<void> {
      await findFor(viewer, id, isOwner);
      await uploads.exclusively(id, async () => {
        const { state } = await findFresh(id);
        switch (toCancel(state)) {
          case "upload":
            await uploads.abort(id);
            await write(id, { state: "draft", fileName: "", progress: 0 });
            return;
          case "encode":
            await jobs.cancel(id);
            await write(id, {
              state: "failed",
              errorCode: "encode.cancelled",
              errorMessage: "You stopped the processing of this video.",
            });
            return;
          case "nothing":
            throw new ShoalError("video.wrong_state", "There is nothing to stop.");
        }
      });
    },

    /** Queues a failed encode again. */
    async retry(viewer: Viewer, id: VideoId): Promise<void> {
      await findFor(viewer, id, isOwner);
      await uploads.exclusively(id, async () => {
        const record = await findFresh(id);
        if (record.state !== "failed") {
          throw new ShoalError("video.wrong_state", "Only a video that failed can be tried again.");
        }
        if (!record.originalSha256 || !(await storage.head(storageLayout.original(id)))) {
          throw new ShoalError("video.wrong_state", "The file is not here any more. Upload it again.");
        }
        const cause = `retry-${await jobs.count(id)}`;
        await write(id, queuedPatch);
        await jobs.place({ kind: "encode", videoId: id, cause, priority: toPriority(record.sizeBytes) });
      });
    },

    /** Keeps a picture and asks the encoder to make posters of it; `upload.bad_image` when it is none. */
    async setThumbnail(viewer: Viewer, id: VideoId, picture: Uint8Array): Promise<void> {
      await findFor(viewer, id, mayEdit);
      if (picture.byteLength > maxThumbnailBytes) {
        throw new ShoalError("upload.too_large", "A picture may have at most 10 MiB.");
      }
      if (!toPictureKind(picture)) {
        throw new ShoalError("upload.bad_image", "This is not a JPEG, PNG, WebP or AVIF picture.");
      }
      await storage.put(storageLayout.thumbnailSource(id), picture);
      await jobs.place({ kind: "thumbnail", videoId: id, cause: randomUUID(), priority: 0 });
    },

    /** The record of a video that exists for the viewer, in whatever state; else `video.not_found`. */
    findFor: (viewer: Viewer, id: VideoId) => findFor(viewer, id, maySee),
    /** The same for who may change it. */
    findEditable: (viewer: Viewer, id: VideoId) => findFor(viewer, id, mayEdit),
    /** The same for who owns it. */
    findOwned: (viewer: Viewer, id: VideoId) => findFor(viewer, id, isOwner),
    /** The record as it is in the store now; for decisions that must not rest on a memory. */
    findFresh,
    /** What is known of a video and may be trusted, without asking anybody and for nobody in particular. */
    peek: cache.peek,
    /** A video for nobody in particular: who asks decides what it may be used for. */
    find: cache.find,
    /** Channels that stand beside videos. */
    findChannels: cache.findChannels,
    /** Listed videos, in pieces, straight from the store. */
    listListed: store.listListed,
    searchListed: store.searchListed,
    isFeedUp: options.isFeedUp,
    /** A video as it stands in a list. */
    async toSummary(record: VideoRecord): Promise<VideoSummary> {
      return toVideoSummary(record, await toParts(record));
    },
    /** Videos whose upload has begun and not ended. */
    listUploading: (limit: number) => store.listInState("uploading", limit),
    progressOf: (record: VideoRecord) => toProgress(record, uploads.progressOf(record.id)),

    /** One more view, written later. */
    countView: (id: VideoId) => views.count(id),

    /** Moves a video to another state of its life; throws when the table does not know the way. */
    async transition(record: VideoRecord, state: VideoState, patch: VideoPatch = {}): Promise<VideoRecord> {
      assertVideoTransition(record.state, state);
      return write(record.id, { ...patch, state });
    },

    /** Something wrote to the database: the feed says what. */
    applyChange: adopt,
    async applyRemoval(videoId: VideoId, ownerId: UserId): Promise<void> {
      forget(videoId, ownerId);
      await removal.purge(videoId);
    },
    applyChannelChange(channelId: UserId): void {
      cache.dropChannel(channelId);
      events.emit({ kind: "channel_changed", channelId });
    },
    /** Changes may have been missed. */
    applyReset(): void {
      cache.clear();
      events.emit({ kind: "reset" });
    },

    /** Mends what a crash left: deletions cut off, files without record, encodes without job, publishing dates. */
    async repair(): Promise<void> {
      await removal.sweep();
      for (const record of await store.listUnpublished(repairLimit)) await publish(record.id);
      for (const record of await store.listInState("queued", repairLimit)) await requeue(record);
    },

    close: () => closer.close(),
  } satisfies Closable & Record<string, unknown>;

  async function findFresh(id: VideoId): Promise<VideoRecord> {
    const record = await store.find(id);
    if (!record) throw absent();
    adopt(record);
    return record;
  }

  /** A video that is queued but that no job is about, for a minute, was left behind by a crash. */
  async function requeue({ id, updatedAt }: VideoRecord): Promise<void> {
    if (now().getTime() - Date.parse(updatedAt) < 60_000) return;
    await uploads.exclusively(id, async () => {
      const { state, sizeBytes } = await findFresh(id);
      if (state !== "queued" || (await jobs.isActive(id))) return;
      const cause = `repair-${await jobs.count(id)}`;
      await jobs.place({ kind: "encode", videoId: id, cause, priority: toPriority(sizeBytes) });
      log.warn({ videoId: id }, "a queued video had no job; it has one again");
    });
  }
}

/** What a video looks like that waits for its encode. */
export const queuedPatch = {
  state: "queued",
  errorCode: "",
  errorMessage: "",
  step: "",
  progress: 0,
} satisfies VideoPatch;

/** Small files run first: megabytes of the original. */
export function toPriority(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 1_000_000);
}

function absent(): ShoalError {
  return new ShoalError("video.not_found", "This video does not exist.");
}

function toPatch(input: UpdateVideoInput): VideoPatch {
  return {
    ...(input.title === undefined ? {} : { title: input.title }),
    ...(input.visibility === undefined ? {} : { visibility: input.visibility }),
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.tags === undefined ? {} : { tags: [...new Set(input.tags)] }),
    ...(input.category === undefined ? {} : { category: input.category }),
    ...(input.language === undefined ? {} : { language: input.language }),
  };
}
