import { randomUUID } from "node:crypto";
import { assertNever, ShoalError } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { JobOrders } from "./job-orders.ts";
import { toPictureKind } from "./picture-kind.ts";
import type { VideoKeeper } from "./video-keeper.ts";
import type { VideoPatch, VideoRecord } from "./video-record.ts";
import type { UploadAborter } from "./video-removal.ts";
import { mayEdit, toCancel, type Viewer } from "./videos.rules.ts";

/** What this room wants of uploads. */
export interface VideoUploads extends UploadAborter {
  /** 0 to 1 of the file that is on its way; 0 when none is. */
  progressOf(videoId: VideoId): number;
  /** Runs while nothing about the video's upload changes. */
  exclusively<Result>(videoId: VideoId, work: () => Promise<Result>): Promise<Result>;
}

/** Bytes that a thumbnail picture may have. */
export const maxThumbnailBytes = 10 * 1024 * 1024;
/** A queued video has its job within this, in milliseconds, or it was left behind by a crash. */
const jobWithinMs = 60_000;

/** What a video looks like that waits for its encode. */
export const queuedPatch = {
  state: "queued",
  errorCode: "",
  errorMessage: "",
  step: "",
  progress: 0,
} satisfies VideoPatch;

/** Nothing of an encode that was stopped half way is to be watched. */
const unpublishedPatch = {
  revision: "",
  masterName: "",
  hasStoryboard: false,
  renditions: [],
  audioTracks: [],
  captions: [],
} satisfies VideoPatch;

/** Small files run first: megabytes of the original. */
export function toPriority(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 1_000_000);
}

/** What is asked of the encoder, and taken back. */
export function createVideoWork(options: {
  keeper: VideoKeeper;
  storage: Storage;
  jobs: JobOrders;
  uploads: VideoUploads;
  log: Logger;
  now: () => Date;
}) {
  const { keeper, storage, jobs, uploads, log, now } = options;

  async function orderEncode({ id, sizeBytes }: VideoRecord, reason: "retry" | "repair"): Promise<void> {
    // two who ask at the same time count the same jobs, and so place the same order
    const cause = `${reason}-${await jobs.count(id)}`;
    await jobs.place({ kind: "encode", videoId: id, cause, priority: toPriority(sizeBytes) });
  }

  async function stop({ id, state, posterRevision }: VideoRecord): Promise<void> {
    const work = toCancel(state);
    switch (work) {
      case "upload":
        await uploads.abort(id);
        await keeper.write(id, { state: "draft", fileName: "", progress: 0 });
        return;
      case "encode":
        await jobs.cancel(id);
        await keeper.write(id, {
          ...unpublishedPatch,
          // a picture that the owner chose stays
          ...(posterRevision.startsWith("thumb-") ? {} : { posterRevision: "" }),
          state: "failed",
          errorCode: "encode.cancelled",
          errorMessage: "You stopped the processing of this video.",
        });
        return;
      case "nothing":
        throw new ShoalError("video.wrong_state", "There is nothing to stop.");
      default:
        assertNever(work);
    }
  }

  return {
    /** Stops what is being done: an upload goes back to `draft`, an encode ends `failed` with `encode.cancelled`. */
    async cancel(viewer: Viewer, id: VideoId): Promise<void> {
      await keeper.findOwned(viewer, id);
      await uploads.exclusively(id, async () => stop(await keeper.findFresh(id)));
    },

    /** Queues a failed encode again. */
    async retry(viewer: Viewer, id: VideoId): Promise<void> {
      await keeper.findOwned(viewer, id);
      await uploads.exclusively(id, async () => {
        const record = await keeper.findFresh(id);
        if (record.state !== "failed") {
          throw new ShoalError("video.wrong_state", "Only a video that failed can be tried again.");
        }
        if (!record.originalSha256 || !(await storage.head(storageLayout.original(id)))) {
          throw new ShoalError("video.wrong_state", "The file is not here any more. Upload it again.");
        }
        await orderEncode(await keeper.transition(record, "queued", queuedPatch), "retry");
      });
    },

    /** Keeps a picture and asks the encoder to make posters of it; `upload.bad_image` when it is none. */
    async setThumbnail(viewer: Viewer, id: VideoId, picture: Uint8Array): Promise<void> {
      await keeper.findFor(viewer, id, mayEdit);
      if (picture.byteLength > maxThumbnailBytes) {
        throw new ShoalError("upload.too_large", "A picture may have at most 10 MiB.");
      }
      if (!toPictureKind(picture)) {
        throw new ShoalError("upload.bad_image", "This is not a JPEG, PNG, WebP or AVIF picture.");
      }
      await uploads.exclusively(id, async () => {
        await storage.put(storageLayout.thumbnailSource(id), picture);
        const order = { kind: "thumbnail", videoId: id, cause: randomUUID(), priority: 0 } as const;
        // one that has not begun will find this picture
        if (!(await jobs.isWaiting(order))) await jobs.place(order);
      });
    },

    /** Orders the encode of a queued video that no job is about. */
    async requeue({ id, updatedAt }: VideoRecord): Promise<void> {
      if (now().getTime() - Date.parse(updatedAt) < jobWithinMs) return;
      await uploads.exclusively(id, async () => {
        const record = await keeper.findFresh(id);
        if (record.state !== "queued" || (await jobs.isActive(id))) return;
        await orderEncode(record, "repair");
        log.warn({ videoId: id }, "a queued video had no job; it has one again");
      });
    },
  };
}
