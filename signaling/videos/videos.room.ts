import { join } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import type { UserRole } from "#common/accounts/user.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import type { Logger } from "#common/node/log.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { mountDiscovery } from "../discovery/discovery.http.ts";
import { createDiscoveryService, type DiscoveryService } from "../discovery/discovery.service.ts";
import type { uploadConfig } from "../upload/upload.config.ts";
import { mountUploads } from "../upload/upload.http.ts";
import { createUploadMetrics } from "../upload/upload.metrics.ts";
import { createUploadService, type Uploader, type UploadService } from "../upload/upload.service.ts";
import { type UploadEntry, UploadFiles } from "../upload/upload-files.ts";
import { createVideoUploads } from "../upload/video-uploads.ts";
import type { JobOrders } from "./job-orders.ts";
import type { VideoRecord } from "./video-record.ts";
import { followVideos, type VideoFeedSource } from "./videos.feed.ts";
import { mountVideos } from "./videos.http.ts";
import { mayUpload } from "./videos.rules.ts";
import { createVideoService, type VideoService } from "./videos.service.ts";
import type { VideoStore } from "./videos.store.ts";

/** What the rooms `videos`, `upload` and `discovery` are made of. */
export interface VideosRoomOptions {
  readonly config: ConfigOf<typeof uploadConfig>;
  readonly dataDir: string;
  readonly publicUrl: string;
  readonly store: VideoStore;
  readonly jobs: JobOrders;
  readonly storage: Storage;
  readonly registry: Registry;
  readonly log: Logger;
  /** Tells of changes in the database, of `videos` and `users` at least. */
  readonly feed: VideoFeedSource;
  readonly toPosterUrl: (record: VideoRecord) => Promise<string | null>;
}

/** The three rooms that make and find videos. */
export interface VideosRoom extends Closable {
  readonly videos: VideoService;
  readonly uploads: UploadService;
  readonly discovery: DiscoveryService;
  /** Puts plain HTTP of all three on the app. */
  mount(app: FastifyInstance, authenticate: (request: FastifyRequest) => Promise<Uploader | null>): void;
  /** Hears how uploads go on; one listener. */
  onUpload(listener: (upload: UploadEntry) => void): void;
  /** Mends what crashes left, all of it, now. */
  repair(): Promise<void>;
}

const uploadRepairMs = 60_000;
const videoRepairMs = 10 * 60_000;

/** Builds the rooms and keeps mending in the background; `close` ends that and writes what is left. */
export async function openVideosRoom(options: VideosRoomOptions): Promise<VideosRoom> {
  const { config, store, storage, jobs, log } = options;
  const closer = new Closer();
  const expiryMs = config.uploadExpiryHours * 3_600_000;
  const files = await UploadFiles.open(join(options.dataDir, "uploads"), expiryMs);
  const locks = createKeyedLock();
  const may = (role: UserRole) => mayUpload(role, config.viewersMayUpload);

  const videos = createVideoService({
    ...options,
    isFeedUp: () => options.feed.isLive(),
    uploads: createVideoUploads(files, locks),
    mayUpload: may,
  });
  closer.add("videos", () => videos.close());
  closer.add("feed of videos", followVideos(options.feed, videos, log));
  const discovery = createDiscoveryService({ videos, log });
  closer.add("discovery", () => discovery.close());
  const uploads = createUploadService({
    files,
    locks,
    videos,
    jobs,
    storage,
    accounts: store,
    limits: config.uploadLimits,
    mayUpload: may,
    expiryMs,
    log,
  });

  const metrics = createUploadMetrics(options.registry, files);
  let onUpload = (_upload: UploadEntry) => {};
  files.listen({
    received(entry, sizeBytes) {
      metrics.received(sizeBytes);
      onUpload(entry);
    },
  });

  const onError = (error: unknown) => log.warn({ err: error }, "mending has to wait");
  const mendUploads = repeat(() => uploads.repair().catch(onError), uploadRepairMs);
  const mendVideos = repeat(() => videos.repair().catch(onError), videoRepairMs);
  closer.add("mending of uploads", () => mendUploads.close());
  closer.add("mending of videos", () => mendVideos.close());

  return {
    videos,
    uploads,
    discovery,
    mount(app, authenticate) {
      mountVideos(app, { videos, authenticate });
      mountDiscovery(app, discovery);
      const idleMs = config.uploadIdleSeconds * 1000;
      mountUploads(app, { uploads, files, authenticate, publicUrl: options.publicUrl, idleMs });
    },
    onUpload(listener) {
      onUpload = listener;
    },
    async repair() {
      await uploads.repair();
      await videos.repair();
    },
    close: () => closer.close(),
  };
}

/** Works now and then, never twice at once; closing waits for the work that is under way. */
function repeat(work: () => Promise<void>, intervalMs: number): Closable {
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= work().finally(() => {
      running = undefined;
    });
  };
  run();
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
