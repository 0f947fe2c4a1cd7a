import { ShoalError } from "#common/errors.ts";
import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import { type Broadcast, toMediaSource } from "./broadcasts.ts";
import type { Grants } from "./grants.ts";
import type { Manifests } from "./manifests.ts";
import { createMediaLinks, type MediaLinks } from "./media-links.ts";
import type { ToPeerPolicy } from "./peer-policy.ts";

/** What this room adds to a grant for a stream. Whether they may watch was asked before. */
export interface LivePlayback {
  /** Addresses of the broadcast's media, e.g. of `live.m3u8` and of its thumbnails. */
  toLinks(broadcast: Broadcast, viewer: Viewer): Promise<MediaLinks>;
  /** Asked again when HLS has begun: before that there is nothing to swarm around. */
  toPeerPolicy(broadcast: Broadcast, viewer: Viewer): Promise<PeerPolicy>;
}

/** Makes {@link LivePlayback}. */
export function createLivePlayback(options: {
  readonly grants: Grants;
  readonly manifests: Manifests;
  readonly toPeerPolicy: ToPeerPolicy;
}): LivePlayback {
  const { grants, manifests } = options;

  async function hasIntegrity(broadcast: Broadcast): Promise<boolean> {
    try {
      return (await manifests.get(toMediaSource(broadcast))).hasIntegrity;
    } catch (error) {
      if (error instanceof ShoalError) return false;
      throw error;
    }
  }

  return {
    toLinks: (broadcast, viewer) => createMediaLinks(grants, toMediaSource(broadcast), viewer),

    async toPeerPolicy(broadcast, viewer) {
      const { peersAllowed } = broadcast;
      const source = { ...toMediaSource(broadcast), peersAllowed };
      return options.toPeerPolicy(source, viewer, await hasIntegrity(broadcast));
    },
  };
}
