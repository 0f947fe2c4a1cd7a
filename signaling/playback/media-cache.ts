import { LRUCache } from "lru-cache";
import type { OpenedObject, Storage, StoredObject } from "#common/node/storage/storage.port.ts";
import { type MediaType, toMediaType } from "./media-kind.ts";

/** What answers need to know of an object. */
export interface MediaFacts extends MediaType {
  readonly stored: StoredObject;
  readonly etag: string;
  /** As an HTTP date; `null`: the object changes, and only its tag tells versions apart. */
  readonly lastModified: string | null;
  /** How the bytes are packed (RFC 9110 §8.4), for whoever says that they can unpack it; absent: not at all. */
  readonly contentEncoding?: "gzip";
}

/** An object in memory. */
export interface CachedMedia extends MediaFacts {
  readonly body: Buffer;
}

/** An object that memory has no room for, open for reading. Who asked for it closes it. */
export interface OpenedMedia extends MediaFacts {
  readonly opened: OpenedObject;
}

/** Objects above this are never held in memory. */
const maxBodyBytes = 16 * 1024 * 1024;
/** An entry weighs at least this much, so that the number of tiny entries is bounded too. */
const entryBytes = 1024;
/** A full cache takes in new objects no faster than to be renewed in this time. */
const renewalSeconds = 30;
/** What was written so lately, in milliseconds, is what a crowd that watches live is about to ask for. */
const newMs = 60_000;

/**
 * Keeps what is asked for often in memory, up to `maxBytes`. Addresses of media are immutable, so nothing here
 * grows old; whether somebody may have it is asked before, every time.
 */
export interface MediaCache {
  /** What is in memory now. */
  peek(key: string): CachedMedia | undefined;
  /** What is not in memory: takes it in when there is room, or opens it; `undefined` when there is no such media. */
  fetch(key: string): Promise<CachedMedia | OpenedMedia | undefined>;
  /** The bytes of a small object, from memory or not. */
  read(key: string): Promise<Buffer | undefined>;
}

/** Makes a {@link MediaCache} in front of a storage. */
export function createMediaCache(
  storage: Pick<Storage, "open">,
  maxBytes: number,
  now: () => number = Date.now,
): MediaCache {
  const objects = new LRUCache<string, CachedMedia>({
    maxSize: Math.max(maxBytes, 1),
    sizeCalculation: ({ body }) => entryBytes + body.length,
  });
  const loading = new Map<string, Promise<CachedMedia | OpenedMedia | undefined>>();
  const takeIn = createIntake(maxBytes / renewalSeconds, now);

  /** More is asked for than fits: then taking all of it in would cost more than it spares. */
  function isWanted({ sizeBytes, modifiedAt }: StoredObject): boolean {
    if (sizeBytes > maxBodyBytes || sizeBytes + entryBytes > maxBytes) return false;
    const hasRoom = objects.calculatedSize + sizeBytes + entryBytes <= maxBytes;
    const isNew = now() - modifiedAt.getTime() < newMs;
    return hasRoom || isNew || takeIn(sizeBytes);
  }

  async function open(key: string): Promise<OpenedMedia | undefined> {
    const type = toMediaType(key);
    // the encoder keeps notes beside the media
    const opened = type && (await storage.open(key));
    return opened && { ...toFacts(opened.stored, type), opened };
  }

  async function load(key: string): Promise<CachedMedia | OpenedMedia | undefined> {
    const media = await open(key);
    if (!media || !isWanted(media.stored)) return media;
    const { opened, ...facts } = media;
    await using object = opened;
    const cached = { ...facts, body: await object.readWhole() };
    objects.set(key, cached);
    return cached;
  }

  async function fetch(key: string): Promise<CachedMedia | OpenedMedia | undefined> {
    const running = loading.get(key);
    if (running) {
      const media = await running;
      // an open object is for who asked first
      return media && "opened" in media ? open(key) : media;
    }
    const started = load(key).finally(() => loading.delete(key));
    loading.set(key, started);
    return started;
  }

  return {
    peek: (key) => objects.get(key),
    fetch,
    async read(key) {
      const media = objects.get(key) ?? (await fetch(key));
      if (!media || "body" in media) return media?.body;
      await using object = media.opened;
      return object.stored.sizeBytes <= maxBodyBytes ? await object.readWhole() : undefined;
    },
  };
}

function toFacts(stored: StoredObject, type: MediaType): MediaFacts {
  return {
    stored,
    ...type,
    etag: `"${stored.sizeBytes.toString(36)}-${stored.modifiedAt.getTime().toString(36)}"`,
    lastModified: stored.modifiedAt.toUTCString(),
  };
}

/** Lets so many bytes a second pass, and what was not used for up to a second. */
function createIntake(bytesPerSecond: number, now: () => number): (sizeBytes: number) => boolean {
  let allowedBytes = bytesPerSecond;
  let countedAtMs = now();
  return (sizeBytes) => {
    const nowMs = now();
    const earnedBytes = ((nowMs - countedAtMs) / 1000) * bytesPerSecond;
    allowedBytes = Math.min(bytesPerSecond, allowedBytes + earnedBytes);
    countedAtMs = nowMs;
    // a large one may pass and is paid for afterwards
    if (allowedBytes <= 0) return false;
    allowedBytes -= sizeBytes;
    return true;
  };
}
