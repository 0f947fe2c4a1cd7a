import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import type { IceServer } from "./playback.config.ts";
import type { Swarms, SwarmVideo } from "./swarms.ts";
import { trackerPath, trackerTokenName } from "./tracker-address.ts";

/** What decides whether there is a swarm. */
export interface PeerPolicyOptions {
  readonly swarms: Pick<Swarms, "issue" | "toSwarmId">;
  readonly peersEnabled: boolean;
  readonly iceServers: readonly IceServer[];
}

/** Says what a page needs to join a swarm, or why there is none. Whether they may watch was asked before. */
export type ToPeerPolicy = (
  video: SwarmVideo & { readonly peersAllowed: boolean },
  viewer: Viewer,
  hasIntegrity: boolean,
) => Promise<PeerPolicy>;

/** Makes a {@link ToPeerPolicy}. */
export function createPeerPolicy({ swarms, peersEnabled, iceServers }: PeerPolicyOptions): ToPeerPolicy {
  return async (video, viewer, hasIntegrity) => {
    if (!peersEnabled) return { mode: "off", reason: "instance" };
    if (!video.peersAllowed) return { mode: "off", reason: "video" };
    if (!hasIntegrity) return { mode: "off", reason: "no_integrity" };
    const token = await swarms.issue(video, viewer?.id ?? null);
    return {
      mode: "on",
      swarmId: swarms.toSwarmId(video),
      // a path, so that it works under every name that this instance has
      trackerUrls: [`${trackerPath}?${trackerTokenName}=${token}`],
      iceServers: [...iceServers],
    };
  };
}
