import { LRUCache } from "lru-cache";
import type { LoadedObject, Storage } from "#common/node/storage/storage.port.ts";
import { type MediaKind, toMediaType } from "./media-kind.ts";

/** What answers need to know of an object; `body` is absent when the object is too large to be held in memory. */
export interface MediaObject extends LoadedObject {
  readonly kind: MediaKind;
  readonly contentType: string;
  readonly etag: string;
  readonly lastModified: string;
}

/** Objects above this are streamed and never held in memory. */
const maxBodyBytes = 16 * 1024 * 1024;
/** An entry weighs at least this much, so that the number of tiny entries is bounded too. */
const entryBytes = 1024;

/**
 * Keeps what is asked for often in memory, up to `maxBytes`. Addresses of media are immutable, so nothing here
 * grows old; whether somebody may have it is asked before, every time.
 */
export interface MediaCache {
  /** What is in memory now. */
  peek(key: string): MediaObject | undefined;
  /** Reads what is not in memory, once for all who want it at the same time; `undefined` when it does not exist. */
  load(key: string): Promise<MediaObject | undefined>;
}

/** Makes a {@link MediaCache} in front of a storage. */
export function createMediaCache(storage: Pick<Storage, "load">, maxBytes: number): MediaCache {
  const objects = new LRUCache<string, MediaObject>({
    maxSize: Math.max(maxBytes, 1),
    sizeCalculation: (object) => entryBytes + (object.body?.length ?? 0),
  });
  const loading = new Map<string, Promise<MediaObject | undefined>>();

  async function read(key: string): Promise<MediaObject | undefined> {
    const loaded = await storage.load(key, maxBodyBytes);
    if (!loaded) return undefined;
    const object: MediaObject = {
      ...loaded,
      ...toMediaType(key),
      etag: `"${loaded.sizeBytes.toString(36)}-${loaded.modifiedAt.getTime().toString(36)}"`,
      lastModified: loaded.modifiedAt.toUTCString(),
    };
    objects.set(key, object);
    return object;
  }

  return {
    peek: (key) => objects.get(key),
    load(key) {
      const running = loading.get(key);
      if (running) return running;
      const started = read(key).finally(() => loading.delete(key));
      loading.set(key, started);
      return started;
    },
  };
}
