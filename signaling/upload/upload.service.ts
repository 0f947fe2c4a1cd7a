import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { UserId, UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { KeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { JobOrders } from "../videos/job-orders.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { queuedPatch, toPriority } from "../videos/video-work.ts";
import { isUploadable } from "../videos/videos.rules.ts";
import type { VideoService } from "../videos/videos.service.ts";
import type { UploadLimits } from "./upload.config.ts";
import { assertMayBegin, toFileName } from "./upload.rules.ts";
import type { UploadEntry, UploadFiles } from "./upload-files.ts";

/** Who sends. */
export interface Uploader {
  readonly id: UserId;
  readonly role: UserRole;
}

/** What the page learns about an upload that it has lost sight of. */
export interface UnfinishedUpload {
  readonly uploadId: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number | null;
  readonly fileName: string;
}

/** What the room `upload` is made of. */
export interface UploadServiceOptions {
  readonly files: UploadFiles;
  /** Held per video and per owner. */
  readonly locks: KeyedLock;
  readonly videos: VideoService;
  readonly jobs: JobOrders;
  readonly storage: Storage;
  readonly accounts: {
    sumOriginalBytes(ownerId: UserId): Promise<number>;
    setStoredBytes(ownerId: UserId, storedBytes: number): Promise<void>;
  };
  readonly limits: UploadLimits;
  readonly mayUpload: (role: UserRole) => boolean;
  readonly expiryMs: number;
  readonly log: Logger;
  readonly now?: () => Date;
}

/** What is known of a file once it is whole. */
type Original = Pick<VideoRecord, "fileName" | "sizeBytes" | "originalSha256">;

/** A video without an upload is `uploading` for this long at most before it becomes a draft again, in milliseconds. */
const abandonedAfterMs = 60_000;
const sweepLimit = 200;

/** What happens to uploads. Built by {@link createUploadService}. */
export type UploadService = ReturnType<typeof createUploadService>;

/** Builds the room. */
export function createUploadService(options: UploadServiceOptions) {
  const { files, locks, videos, jobs, storage, accounts, log, now = () => new Date() } = options;
  const finishing = new Map<string, Promise<void>>();

  /** Uploads that began before have expired. */
  const toOldestMs = () => now().getTime() - options.expiryMs;

  /** In the owner's turn, so that an older sum never replaces a newer one. */
  function refreshAllowance(owner: Uploader): Promise<void> {
    return locks.run(`owner/${owner.id}`, async () => {
      const limits = options.limits[owner.role];
      const storedBytes = await accounts.sumOriginalBytes(owner.id);
      files.allow(owner.id, {
        fileBytes: limits.fileBytes,
        storedLimitBytes: limits.storedBytes,
        storedBytes,
      });
    });
  }

  function assertMayUpload({ role }: Uploader): void {
    if (options.mayUpload(role)) return;
    throw new ShoalError("auth.forbidden", "This account may not upload videos.");
  }

  async function findUpload(uploader: Uploader, videoId: VideoId, uploadId: string): Promise<UploadEntry> {
    await videos.findOwned(uploader, videoId);
    const entry = files.find(uploadId);
    if (!entry || entry.videoId !== videoId || entry.ownerId !== uploader.id) {
      throw new ShoalError("upload.not_found", "There is no such upload. Start again.");
    }
    return entry;
  }

  /** The steps from complete bytes to a queued job; each may be repeated after a crash. */
  async function finish(entry: UploadEntry): Promise<void> {
    const { id, videoId, ownerId, fileName } = entry;
    const key = storageLayout.original(videoId);
    const isHere = await exists(files.pathOf(id));
    const source = isHere ? createReadStream(files.pathOf(id)) : await storage.stream(key);
    if (!source) {
      log.warn({ videoId, uploadId: id }, "the bytes of an upload are gone");
      return files.discard(id);
    }
    const { sha256, sizeBytes } = await hash(source);
    if (sizeBytes !== entry.sizeBytes) {
      log.warn(
        { videoId, uploadId: id, sizeBytes },
        "the bytes of an upload are not those that were announced",
      );
      return files.discard(id);
    }
    if (isHere) await storage.putFile(key, files.pathOf(id));
    const order = {
      kind: "encode",
      videoId,
      cause: `upload-${id}`,
      priority: toPriority(sizeBytes),
    } as const;
    try {
      // with the job, an encoder may have begun to write the state
      if (!(await jobs.has(order))) {
        const record = await videos.findFresh(videoId);
        const { state } = await queue(record, { fileName, sizeBytes, originalSha256: sha256 });
        if (state === "queued" && !(await jobs.isActive(videoId))) await jobs.place(order);
      }
      await locks.run(`owner/${ownerId}`, async () => {
        const storedBytes = await accounts.sumOriginalBytes(ownerId);
        files.noteStored(ownerId, storedBytes);
        await accounts.setStoredBytes(ownerId, storedBytes);
      });
    } catch (error) {
      if (!(error instanceof ShoalError && error.code === "video.not_found")) throw error;
      await storage.remove(storageLayout.originals(videoId));
      return files.discard(id);
    }
    await files.finish(id, now());
    log.info({ videoId, uploadId: id, sizeBytes, sha256 }, "upload finished");
  }

  async function queue(record: VideoRecord, original: Original): Promise<VideoRecord> {
    // a crash came after this had been done
    if (!isUploadable(record.state) && record.originalSha256 === original.originalSha256) return record;
    const uploading = await videos.transition(record, "uploading");
    return videos.transition(uploading, "queued", { ...queuedPatch, ...original });
  }

  /** Once at a time per upload; ends when its job is queued. */
  function finishOnce(uploadId: string): Promise<void> {
    const running = finishing.get(uploadId);
    if (running) return running;
    const videoId = files.find(uploadId)?.videoId ?? uploadId;
    const work = locks
      .run(`video/${videoId}`, async () => {
        const entry = files.find(uploadId);
        if (entry && !entry.isFinished && isComplete(entry)) await finish(entry);
      })
      .finally(() => finishing.delete(uploadId));
    finishing.set(uploadId, work);
    return work;
  }

  async function expire(entry: UploadEntry): Promise<void> {
    await locks.run(`video/${entry.videoId}`, () => files.discard(entry.id));
    if (!entry.isFinished) log.info({ videoId: entry.videoId, uploadId: entry.id }, "upload expired");
  }

  async function releaseAbandoned(record: VideoRecord): Promise<void> {
    const isYoung = now().getTime() - Date.parse(record.updatedAt) < abandonedAfterMs;
    if (isYoung || files.findUnfinished(record.id)) return;
    await locks.run(`video/${record.id}`, async () => {
      const fresh = await videos.findFresh(record.id);
      if (fresh.state !== "uploading" || files.findUnfinished(record.id)) return;
      await videos.transition(fresh, "draft", { fileName: "", progress: 0 });
    });
  }

  return {
    /** The upload of the uploader's own video that has begun and not ended, or `null`. */
    async findUnfinished(uploader: Uploader, videoId: VideoId): Promise<UnfinishedUpload | null> {
      await videos.findOwned(uploader, videoId);
      const entry = files.findUnfinished(videoId);
      if (!entry) return null;
      const { id, offsetBytes, sizeBytes, fileName } = entry;
      return { uploadId: id, offsetBytes, sizeBytes, fileName };
    },

    /** Asked before tus looks at a creation. An upload that never got a byte makes way. */
    async assertMayCreate(uploader: Uploader, videoId: VideoId): Promise<void> {
      await videos.findOwned(uploader, videoId);
      assertMayUpload(uploader);
      await refreshAllowance(uploader);
      await locks.run(`video/${videoId}`, async () => {
        const { state } = await videos.findFresh(videoId);
        const unfinished = files.findUnfinished(videoId);
        const isExpired = unfinished !== undefined && Date.parse(unfinished.createdAt) < toOldestMs();
        assertMayBegin(state, isExpired ? undefined : unfinished);
        if (unfinished) await files.discard(unfinished.id);
      });
    },

    /** Asked before tus looks at anything about an upload that exists; `use` is what is wanted of it. */
    async assertMayUse(
      uploader: Uploader,
      target: { videoId: VideoId; uploadId: string },
      use: "ask" | "write" | "delete",
    ): Promise<void> {
      const entry = await findUpload(uploader, target.videoId, target.uploadId);
      if (use !== "ask" && entry.isFinished) {
        throw new ShoalError("upload.already_complete", "This upload has ended already.");
      }
      if (use !== "write") return;
      assertMayUpload(uploader);
      await refreshAllowance(uploader);
    },

    /** An upload was made: its video is `uploading` from now on. */
    async begin(videoId: VideoId, fileName: string): Promise<void> {
      await locks.run(`video/${videoId}`, async () => {
        const record = await videos.findFresh(videoId);
        assertMayBegin(record.state, undefined);
        await videos.transition(record, "uploading", {
          fileName: toFileName(fileName),
          errorCode: "",
          errorMessage: "",
          progress: 0,
        });
      });
    },

    finish: finishOnce,

    /** Somebody deleted the upload: the video is a draft again. */
    async ended(videoId: VideoId): Promise<void> {
      await locks.run(`video/${videoId}`, async () => {
        const record = await videos.findFresh(videoId);
        if (record.state !== "uploading" || files.findUnfinished(videoId)) return;
        await videos.transition(record, "draft", { fileName: "", progress: 0 });
      });
    },

    /** Mends what a crash left, and throws away what has expired. */
    async repair(): Promise<void> {
      for (const entry of files.all()) {
        try {
          if (isComplete(entry) && !entry.isFinished) await finishOnce(entry.id);
          else if (Date.parse(entry.createdAt) < toOldestMs()) await expire(entry);
        } catch (error) {
          log.warn({ err: error, uploadId: entry.id }, "an upload could not be mended yet");
        }
      }
      for (const record of await videos.listUploading(sweepLimit)) await releaseAbandoned(record);
    },
  };
}

function isComplete(entry: UploadEntry): boolean {
  return entry.sizeBytes !== null && entry.offsetBytes === entry.sizeBytes;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function hash(source: Readable): Promise<{ sha256: string; sizeBytes: number }> {
  const digest = createHash("sha256");
  let sizeBytes = 0;
  await pipeline(source, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      digest.update(chunk);
      sizeBytes += chunk.length;
    }
  });
  return { sha256: digest.digest("hex"), sizeBytes };
}
