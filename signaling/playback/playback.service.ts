import { ShoalError } from "#common/errors.ts";
import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import { isWatchable } from "#common/videos/video-state.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import type { Grants } from "./grants.ts";
import type { Manifests } from "./manifests.ts";
import { createMediaLinks } from "./media-links.ts";
import type { ToPeerPolicy } from "./peer-policy.ts";
import { toResumeSeconds } from "./playback.rules.ts";
import { createViewGate } from "./view-gate.ts";
import type { WatchProgressStore } from "./watch-progress.store.ts";

/** What this room wants of the room `videos`. */
export interface PlaybackVideos {
  /** The record of a video that exists for the viewer; else `video.not_found`. */
  findFor(viewer: Viewer, id: VideoId): Promise<VideoRecord>;
  countView(id: VideoId): void;
}

/** What the room `playback` is made of. */
export interface PlaybackServiceOptions {
  readonly videos: PlaybackVideos;
  readonly progress: WatchProgressStore;
  readonly grants: Grants;
  readonly manifests: Manifests;
  readonly toPeerPolicy: ToPeerPolicy;
  readonly now?: () => number;
}

const posterWidthPx = 1280;

/** What happens when somebody watches. Built by {@link createPlaybackService}. */
export type PlaybackService = ReturnType<typeof createPlaybackService>;

/** Builds the room. */
export function createPlaybackService(options: PlaybackServiceOptions) {
  const { videos, progress, grants, manifests, toPeerPolicy } = options;
  const gate = createViewGate(options.now);

  async function findResume(viewer: Viewer, video: VideoRecord): Promise<number> {
    if (!viewer) return 0;
    // who cannot be told where they stopped can still watch
    const position = await progress.find(viewer.id, video.id).catch(() => undefined);
    return toResumeSeconds(position ?? 0, video.durationSeconds);
  }

  return {
    /** All that a player needs; `video.not_found` for who may not watch, `video.not_playable` when nobody can yet. */
    async grant(viewer: Viewer, address: string, id: VideoId): Promise<PlaybackGrant> {
      const video = await videos.findFor(viewer, id);
      if (!isWatchable(video.state)) {
        throw new ShoalError("video.not_playable", "This video cannot be watched yet.");
      }
      const [manifest, links, resumeAtSeconds] = await Promise.all([
        manifests.get(video),
        createMediaLinks(grants, video, viewer),
        findResume(viewer, video),
      ]);
      const p2p = await toPeerPolicy(video, viewer, manifest.hasIntegrity);
      if (gate.isFirst(viewer?.id ?? address, id)) videos.countView(id);
      return {
        hlsUrl: links.toUrl(video.masterName),
        posterUrl: links.toPosterUrl(posterWidthPx),
        storyboardVttUrl: video.hasStoryboard ? links.toUrl("storyboard/index.vtt") : null,
        captions: video.captions.map((track) => ({
          ...track,
          url: links.toUrl(`captions/${track.key}.vtt`),
        })),
        p2p,
        resumeAtSeconds,
        expiresAt: links.expiresAt,
        playlists: Object.fromEntries(
          [...manifest.playlists].map(([path, body]) => [links.toUrl(path), body]),
        ),
      };
    },

    /** Remembers how far somebody has watched. */
    async saveProgress(viewer: NonNullable<Viewer>, id: VideoId, positionSeconds: number): Promise<void> {
      const video = await videos.findFor(viewer, id);
      await progress.save(viewer.id, id, Math.min(positionSeconds, video.durationSeconds));
    },
  };
}
