import type { UserId } from "#common/accounts/user.ts";
import type { VideoId, VideoVisibility } from "#common/videos/video.ts";
import { liveMasterName } from "./live-playlists.ts";
import type { MediaVideo } from "./playback.rules.ts";
import type { SwarmVideo } from "./swarms.ts";

/** A broadcast as delivery knows it, as long as there is no video of the same id. */
export interface Broadcast {
  readonly id: VideoId;
  readonly ownerId: UserId;
  readonly visibility: VideoVisibility;
  readonly revision: string;
  readonly peersAllowed: boolean;
}

/** Where broadcasts are found: those on air, and those whose recording is being made. */
export interface Broadcasts {
  /** What is known without asking anybody, and may be trusted. The same object until something changes. */
  peek(id: VideoId): Broadcast | undefined;
  find(id: VideoId): Promise<Broadcast | undefined>;
}

/** What delivery and the tracker look at. */
export type MediaSource = MediaVideo & SwarmVideo;

/** Where that is found. */
export interface MediaSources {
  peek(id: VideoId): MediaSource | undefined;
  find(id: VideoId): Promise<MediaSource | undefined>;
}

/** Videos, and broadcasts where there is no video yet. */
export function joinBroadcasts(videos: MediaSources, broadcasts: Broadcasts): MediaSources {
  const orUndefined = (broadcast: Broadcast | undefined) => broadcast && toMediaSource(broadcast);
  const peek = (id: VideoId) => videos.peek(id) ?? orUndefined(broadcasts.peek(id));
  return {
    peek,
    // the database is asked last: a crowd that watches live asks for what is no video
    find: async (id) => peek(id) ?? (await videos.find(id)) ?? orUndefined(await broadcasts.find(id)),
  };
}

const sources = new WeakMap<Broadcast, MediaSource>();

/** A broadcast in the terms of videos: what is on air can be watched. */
export function toMediaSource(broadcast: Broadcast): MediaSource {
  const known = sources.get(broadcast);
  if (known) return known;
  const { id, ownerId, visibility, revision } = broadcast;
  const source: MediaSource = {
    ...{ id, ownerId, visibility, revision },
    state: "playable",
    masterName: liveMasterName,
    posterRevision: "",
  };
  sources.set(broadcast, source);
  return source;
}
