import type { KeyedLock } from "#common/node/keyed-lock.ts";
import type { VideoUploads } from "../videos/video-work.ts";
import type { UploadFiles } from "./upload-files.ts";

/** What the room `videos` may do with uploads; it is built before the room `upload`, which needs it. */
export function createVideoUploads(files: UploadFiles, locks: KeyedLock): VideoUploads {
  return {
    progressOf(videoId) {
      const entry = files.findUnfinished(videoId);
      return entry?.sizeBytes ? Math.min(1, entry.offsetBytes / entry.sizeBytes) : 0;
    },
    async abort(videoId) {
      for (const entry of files.all()) {
        if (entry.videoId === videoId) await files.discard(entry.id);
      }
    },
    exclusively: (videoId, work) => locks.run(`video/${videoId}`, work),
  };
}
