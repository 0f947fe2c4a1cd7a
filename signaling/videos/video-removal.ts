import { LRUCache } from "lru-cache";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";
import type { JobOrders } from "./job-orders.ts";
import type { VideoStore } from "./videos.store.ts";

/** What takes away a video's unfinished upload. */
export interface UploadAborter {
  abort(videoId: VideoId): Promise<void>;
}

/** How long an encoder that lost its job may still write, in milliseconds. */
const graceMs = 10 * 60_000;
/** Fresh originals are left alone: their record may be younger than the list that was read. */
const orphanAgeMs = 60 * 60_000;
const maxOrphansPerSweep = 50;

/** Takes videos away, all of them, even when the process dies half way. */
export interface VideoRemoval {
  /** Record, jobs, upload and every stored object; says when the record is gone, ends when all the rest is. */
  remove(videoId: VideoId, onGone: () => void): Promise<void>;
  /** Stored objects of a video whose record somebody else took away. */
  purge(videoId: VideoId): Promise<void>;
  /** Stored objects of what never had a record; what cannot be removed now is removed by the next sweep. */
  discard(videoId: VideoId): Promise<void>;
  /** Finishes deletions that were cut off, then looks for originals that have no record. */
  sweep(): Promise<void>;
}

/**
 * Makes a {@link VideoRemoval}. A note in the storage says that a deletion has begun; it stays for a while after the
 * end, and is carried out once more then, because an encoder may write until it hears that its job is gone.
 */
export function createVideoRemoval(options: {
  store: VideoStore;
  storage: Storage;
  jobs: JobOrders;
  uploads: UploadAborter;
  log: Logger;
  now?: () => Date;
}): VideoRemoval {
  const { store, storage, jobs, uploads, log, now = () => new Date() } = options;

  /** What this process is removing itself: the feed tells of it too. */
  const removed = new LRUCache<VideoId, true>({ max: 10_000 });

  async function purgeStored(videoId: VideoId): Promise<void> {
    await uploads.abort(videoId);
    await storage.remove(storageLayout.video(videoId));
    await storage.remove(storageLayout.originals(videoId));
  }

  async function purge(videoId: VideoId): Promise<void> {
    if (removed.has(videoId)) return;
    await storage.put(storageLayout.deletion(videoId), new Uint8Array());
    await purgeStored(videoId);
  }

  /** Ends when the note is there: the rest is done now, or by a sweep. */
  async function discard(videoId: VideoId): Promise<void> {
    await storage.put(storageLayout.deletion(videoId), new Uint8Array());
    await purgeWhatCan(videoId);
  }

  async function purgeWhatCan(videoId: VideoId): Promise<void> {
    try {
      await purgeStored(videoId);
    } catch (error) {
      // for everybody the video is gone; the note makes the next sweep go on
      log.warn({ videoId, err: error }, "could not remove all of a video yet");
    }
  }

  async function remove(videoId: VideoId, onGone: () => void): Promise<void> {
    await storage.put(storageLayout.deletion(videoId), new Uint8Array());
    try {
      await jobs.cancel(videoId);
      removed.set(videoId, true);
      await store.remove(videoId);
    } catch (error) {
      removed.delete(videoId);
      // whoever asked hears that it failed: it must not happen later all the same
      await storage.remove(storageLayout.deletion(videoId));
      throw error;
    }
    onGone();
    await purgeWhatCan(videoId);
    log.info({ videoId }, "video removed");
  }

  async function finishDeletions(): Promise<void> {
    for (const note of await storage.list(storageLayout.deletions)) {
      const videoId = videoIdSchema.safeParse(note.key.slice(storageLayout.deletions.length)).data;
      if (!videoId) continue;
      await jobs.cancel(videoId);
      await store.remove(videoId);
      await purgeStored(videoId);
      if (now().getTime() - note.modifiedAt.getTime() > graceMs) await storage.remove(note.key);
    }
  }

  async function purgeOrphans(): Promise<void> {
    const oldest = now().getTime() - orphanAgeMs;
    const ids = new Set<VideoId>();
    for (const original of await storage.list("originals/")) {
      const videoId = videoIdSchema.safeParse(original.key.split("/")[1]).data;
      if (videoId && original.modifiedAt.getTime() < oldest) ids.add(videoId);
    }
    const known = await store.existing([...ids]);
    const orphans = [...ids].filter((id) => !known.has(id));
    // this looks like a lost or foreign database rather than like forgotten files
    if (orphans.length > known.size) {
      log.warn({ orphans: orphans.length }, "most originals have no record: left as they are");
      return;
    }
    for (const videoId of orphans.slice(0, maxOrphansPerSweep)) await purge(videoId);
    if (orphans.length > 0) log.warn({ orphans: orphans.length }, "originals without a record removed");
  }

  return {
    remove,
    purge,
    discard,
    async sweep() {
      await finishDeletions();
      await purgeOrphans();
    },
  };
}
