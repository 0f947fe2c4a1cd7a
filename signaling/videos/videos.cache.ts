import { isDeepStrictEqual } from "node:util";
import { LRUCache } from "lru-cache";
import type { UserId } from "#common/accounts/user.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { Channel, VideoRecord } from "./video-record.ts";
import type { VideoStore } from "./videos.store.ts";

/** What must be known to trust what was read before. */
export interface VideoCacheOptions {
  readonly store: Pick<VideoStore, "find" | "findChannels">;
  /** Are changes made elsewhere heard of right now? While not, every read asks the store. */
  readonly isFeedUp: () => boolean;
  readonly maxVideos?: number;
  readonly maxChannels?: number;
}

/**
 * Remembers videos and channels in front of the store. A record stays the same object until something about the
 * video or its channel changes, so that what was made of it can be kept beside it.
 */
export interface VideoCache {
  find(id: VideoId): Promise<VideoRecord | undefined>;
  findChannel(id: UserId): Promise<Channel | undefined>;
  /** Many channels at once; those that do not exist are left out. */
  findChannels(ids: Iterable<UserId>): Promise<Map<UserId, Channel>>;
  /** What is remembered and may be trusted, without asking anybody. */
  peek(id: VideoId): VideoRecord | undefined;
  /** Takes a newer record in; `false` when that changes nothing. */
  put(record: VideoRecord): boolean;
  drop(id: VideoId): void;
  /** Forgets a channel and the videos that show its name. */
  dropChannel(id: UserId): void;
  clear(): void;
}

/** Makes a {@link VideoCache}. */
export function createVideoCache(options: VideoCacheOptions): VideoCache {
  const { store, isFeedUp } = options;
  const videos = new LRUCache<VideoId, VideoRecord>({ max: options.maxVideos ?? 20_000 });
  const channels = new LRUCache<UserId, Channel>({ max: options.maxChannels ?? 20_000 });
  const findOnce = createShared((id: VideoId) => store.find(id));
  const findChannelOnce = createShared(async (id: UserId) => (await store.findChannels([id]))[0]);

  /** Counts how often channels were forgotten: an answer that was asked for before is not kept. */
  let forgotten = 0;

  function put(record: VideoRecord): boolean {
    const known = videos.get(record.id);
    // the feed may tell late of what this process wrote itself
    if (known && (known.updatedAt > record.updatedAt || isDeepStrictEqual(known, record))) return false;
    videos.set(record.id, record);
    return true;
  }

  return {
    async find(id) {
      const known = isFeedUp() ? videos.get(id) : undefined;
      if (known) return known;
      return findOnce.get(id, (record) => record && isFeedUp() && put(record));
    },
    async findChannel(id) {
      const known = isFeedUp() ? channels.get(id) : undefined;
      if (known) return known;
      return findChannelOnce.get(id, (channel) => channel && isFeedUp() && channels.set(id, channel));
    },
    async findChannels(ids) {
      const found = new Map<UserId, Channel>();
      const missing: UserId[] = [];
      for (const id of new Set(ids)) {
        const known = isFeedUp() ? channels.get(id) : undefined;
        if (known) found.set(id, known);
        else missing.push(id);
      }
      const since = forgotten;
      for (const channel of missing.length > 0 ? await store.findChannels(missing) : []) {
        found.set(channel.id, channel);
        if (isFeedUp() && since === forgotten) channels.set(channel.id, channel);
      }
      return found;
    },
    peek: (id) => (isFeedUp() ? videos.get(id) : undefined),
    put(record) {
      findOnce.forget(record.id);
      return put(record);
    },
    drop(id) {
      findOnce.forget(id);
      videos.delete(id);
    },
    dropChannel(id) {
      forgotten++;
      findChannelOnce.forget(id);
      channels.delete(id);
      for (const [videoId, record] of videos.entries()) {
        if (record.ownerId === id) videos.delete(videoId);
      }
    },
    clear() {
      forgotten++;
      findOnce.forgetAll();
      findChannelOnce.forgetAll();
      videos.clear();
      channels.clear();
    },
  };
}

/**
 * Asks once for what many want at the same time. An answer that was forgotten meanwhile is still given to those who
 * waited for it, but not kept: it may be older than the change that made it be forgotten.
 */
function createShared<Key, Value>(ask: (key: Key) => Promise<Value>) {
  const asked = new Map<Key, Promise<Value>>();
  return {
    get(key: Key, keep: (value: Value) => unknown): Promise<Value> {
      const running = asked.get(key);
      if (running) return running;
      const asking: Promise<Value> = ask(key)
        .then((value) => {
          if (asked.get(key) === asking) keep(value);
          return value;
        })
        .finally(() => {
          if (asked.get(key) === asking) asked.delete(key);
        });
      asked.set(key, asking);
      return asking;
    },
    forget: (key: Key) => asked.delete(key),
    forgetAll: () => asked.clear(),
  };
}
