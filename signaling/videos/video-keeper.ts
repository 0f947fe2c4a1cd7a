import type { UserId } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { VideoId } from "#common/videos/video.ts";
import { assertVideoTransition, type VideoState } from "#common/videos/video-state.ts";
import { createVideoEvents, type VideoEvent } from "./video-events.ts";
import type { VideoPatch, VideoRecord } from "./video-record.ts";
import { createVideoCache } from "./videos.cache.ts";
import { isOwner, isToBePublished, mayEdit, type VideoFacts, type Viewer } from "./videos.rules.ts";
import type { VideoStore } from "./videos.store.ts";

/** What a keeper is made of. */
export interface VideoKeeperOptions {
  readonly store: VideoStore;
  /** May what was read before be trusted, because changes are heard of? */
  readonly isFeedUp: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly now: () => Date;
}

/** The one who reads and writes records: remembers them, and tells of every change. */
export type VideoKeeper = ReturnType<typeof createVideoKeeper>;

const publishLimit = 200;

/** What somebody hears of a video that does not exist for them. */
export function toAbsent(): ShoalError {
  return new ShoalError("video.not_found", "This video does not exist.");
}

/** Makes a {@link VideoKeeper}. */
export function createVideoKeeper({ store, isFeedUp, onError, now }: VideoKeeperOptions) {
  const cache = createVideoCache({ store, isFeedUp });
  const events = createVideoEvents(onError);

  function adopt(record: VideoRecord): void {
    if (!cache.put(record)) return;
    events.emit({ kind: "changed", record });
    if (isToBePublished(record)) publish(record.id).catch(onError);
  }

  async function publish(id: VideoId): Promise<void> {
    const record = await store.find(id);
    if (record && isToBePublished(record)) await write(id, { publishedAt: now().toISOString() });
  }

  async function write(id: VideoId, patch: VideoPatch): Promise<VideoRecord> {
    const record = await store.update(id, patch);
    if (!record) {
      cache.drop(id);
      throw toAbsent();
    }
    adopt(record);
    return record;
  }

  return {
    /** Hears of every change; returns how to stop listening. */
    subscribe: (listener: (event: VideoEvent) => void) => events.subscribe(listener),
    /** What is known of a video and may be trusted, without asking anybody and for nobody in particular. */
    peek: cache.peek,
    /** A video for nobody in particular: who asks decides what it may be used for. */
    find: cache.find,
    findChannel: cache.findChannel,
    findChannels: cache.findChannels,

    /** The record if the rule lets the viewer have it; else `video.not_found`. */
    async findFor(
      viewer: Viewer,
      id: VideoId,
      may: (viewer: Viewer, video: VideoFacts) => boolean,
    ): Promise<VideoRecord> {
      const record = await cache.find(id);
      if (!record || !may(viewer, record)) throw toAbsent();
      return record;
    },

    /** The record of the viewer's own video; moderators, for whom others' exist too, hear `auth.forbidden`. */
    async findOwned(viewer: Viewer, id: VideoId): Promise<VideoRecord> {
      const record = await cache.find(id);
      if (!record || !mayEdit(viewer, record)) throw toAbsent();
      if (isOwner(viewer, record)) return record;
      throw new ShoalError("auth.forbidden", "Only its owner may do this to a video.");
    },

    /** The record as it is in the store now; for decisions that must not rest on a memory. */
    async findFresh(id: VideoId): Promise<VideoRecord> {
      const record = await store.find(id);
      if (!record) throw toAbsent();
      adopt(record);
      return record;
    },

    /** Writes, and lets everybody know at once; the feed will tell the same a little later. */
    write,

    /** Moves a video to another state of its life; throws when the table does not know the way. */
    async transition(record: VideoRecord, state: VideoState, patch: VideoPatch = {}): Promise<VideoRecord> {
      assertVideoTransition(record.state, state);
      return write(record.id, { ...patch, state });
    },

    /** Takes in what was written, here or elsewhere. */
    adopt,
    /** The record is gone. */
    forget(videoId: VideoId, ownerId: UserId): void {
      cache.drop(videoId);
      events.emit({ kind: "removed", videoId, ownerId });
    },
    forgetChannel(channelId: UserId): void {
      cache.dropChannel(channelId);
      events.emit({ kind: "channel_changed", channelId });
    },
    /** Changes may have been missed. */
    reset(): void {
      cache.clear();
      events.emit({ kind: "reset" });
    },
    /** Gives a publishing date to what could be watched while nobody was told. */
    async publishWaiting(): Promise<void> {
      for (const { id } of await store.listUnpublished(publishLimit)) await publish(id);
    },
  };
}
