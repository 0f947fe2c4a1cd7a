import type { IncomingMessage } from "node:http";
import type { Registry } from "prom-client";
import type { Closable } from "#common/node/closer.ts";
import type { ConfigOf } from "#common/node/config.ts";
import type { Logger } from "#common/node/log.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { type Broadcasts, joinBroadcasts } from "./broadcasts.ts";
import type { Grants } from "./grants.ts";
import { createLivePlayback, type LivePlayback } from "./live-playback.ts";
import { createManifests } from "./manifests.ts";
import { createMediaDelivery, type MediaDelivery } from "./media.http.ts";
import { createPeerPolicy } from "./peer-policy.ts";
import type { playbackConfig } from "./playback.config.ts";
import { createMediaMetrics, registerTrackerMetrics } from "./playback.metrics.ts";
import { createPlaybackService, type PlaybackService, type PlaybackVideos } from "./playback.service.ts";
import { createSwarms } from "./swarms.ts";
import { createTracker, type Tracker } from "./tracker.ts";
import type { WatchProgressStore } from "./watch-progress.store.ts";

/** What the room is made of. */
export interface PlaybackRoomOptions {
  readonly config: ConfigOf<typeof playbackConfig>;
  readonly videos: PlaybackVideos & {
    peek(id: VideoId): VideoRecord | undefined;
    find(id: VideoId): Promise<VideoRecord | undefined>;
  };
  /** What is on air; absent where nothing ever is. */
  readonly broadcasts?: Broadcasts;
  readonly progress: WatchProgressStore;
  readonly storage: Storage;
  readonly grants: Grants;
  /** 64 hex digits. */
  readonly swarmKey: string;
  readonly registry: Registry;
  readonly log: Logger;
  /** The network address that a request comes from. */
  readonly toAddress: (request: IncomingMessage) => string;
  readonly now?: () => number;
}

/** Grants, media and tracker: all that watching needs. */
export interface PlaybackRoom extends Closable {
  readonly service: PlaybackService;
  readonly live: LivePlayback;
  readonly delivery: MediaDelivery;
  readonly tracker: Tracker;
}

/** Builds the room. */
export function createPlaybackRoom(options: PlaybackRoomOptions): PlaybackRoom {
  const { config, videos, storage, grants, registry, log } = options;
  const clock = options.now ? { now: options.now } : {};
  const sources = options.broadcasts ? joinBroadcasts(videos, options.broadcasts) : videos;
  const delivery = createMediaDelivery({
    videos: sources,
    grants,
    storage,
    metrics: createMediaMetrics(registry),
    log,
    cacheBytes: config.mediaCacheMib * 1024 * 1024,
    ...clock,
  });
  const manifests = createManifests(delivery);
  const swarms = createSwarms({
    key: options.swarmKey,
    lifetimeSeconds: config.grantLifetimeSeconds,
    ...clock,
  });
  const tracker = createTracker({
    swarms,
    manifests,
    videos: sources,
    log,
    intervalSeconds: config.trackerIntervalSeconds,
    socketsPerAddress: config.trackerSocketsPerAddress,
    toAddress: options.toAddress,
    ...clock,
  });
  registerTrackerMetrics(registry, tracker.stats);
  const { peersEnabled, iceServers } = config;
  const toPeerPolicy = createPeerPolicy({ swarms, peersEnabled, iceServers });
  const { progress } = options;
  const service = createPlaybackService({ videos, progress, grants, manifests, toPeerPolicy, ...clock });
  const live = createLivePlayback({ grants, manifests, toPeerPolicy });
  return { service, live, delivery, tracker, close: () => tracker.close() };
}
