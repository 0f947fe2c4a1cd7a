import { assertNever, ShoalError } from "#common/errors.ts";
import type { VideoVisibility } from "#common/videos/video.ts";
import { isWatchable, type VideoState } from "#common/videos/video-state.ts";
import { mayEdit, type VideoFacts, type Viewer } from "../videos/videos.rules.ts";
import type { Grant } from "./grants.ts";
import type { MediaAddress } from "./media-address.ts";

/** What is looked at before media is handed out. */
export interface MediaVideo extends VideoFacts {
  readonly revision: string;
  readonly posterRevision: string;
}

/** How somebody reaches the media of a video that exists for them: by plain addresses, or by which kind of grant. */
export function toDelivery(viewer: Viewer, video: VideoFacts): "plain" | Grant["basis"] {
  if (isPlain(video)) return "plain";
  return mayEdit(viewer, video) ? "role" : "address";
}

/** The same where it is not known who looks: a video that only its owner and moderators see is shown to no others. */
export function toDeliveryUnseen(video: VideoFacts): "plain" | Grant["basis"] {
  if (isPlain(video)) return "plain";
  return video.visibility === "private" || !isWatchable(video.state) ? "role" : "address";
}

function isPlain(video: { visibility: VideoVisibility; state: VideoState }): boolean {
  return video.visibility === "public" && isWatchable(video.state);
}

/**
 * May this address be served? Throws the refusal when not; says how it may be cached when so.
 * A plain address of a video that is not public is refused like one of a video that does not exist.
 */
export function assertMediaAccess(
  address: MediaAddress,
  grant: Grant | null,
  video: MediaVideo | undefined,
): "public" | "private" {
  if (grant && grant.videoId !== address.videoId) {
    throw new ShoalError("grant.wrong_video", "This address was given for another video.");
  }
  if (!grant && !(video && isPlain(video))) {
    throw new ShoalError("grant.required", "This media needs a playback grant.");
  }
  if (!video || !isReachable(address, video)) {
    throw new ShoalError("media.not_found", "There is no such media.");
  }
  if (!grant) return "public";
  if (!holds(grant, video)) {
    throw new ShoalError("grant.invalid", "This address does not work any more: ask for a new one.");
  }
  return "private";
}

function isReachable({ revision, path }: MediaAddress, video: MediaVideo): boolean {
  if (revision === video.revision) return true;
  return revision === video.posterRevision && path.startsWith("poster-");
}

function holds(grant: Grant, video: MediaVideo): boolean {
  switch (grant.basis) {
    case "role":
      return true;
    case "address":
      return video.visibility !== "private" && isWatchable(video.state);
    default:
      return assertNever(grant.basis);
  }
}

/** Where to go on watching: nowhere near the beginning or the end. */
export function toResumeSeconds(positionSeconds: number, durationSeconds: number): number {
  const nearEndSeconds = Math.max(10, durationSeconds * 0.03);
  const isWorthIt = positionSeconds >= 5 && positionSeconds < durationSeconds - nearEndSeconds;
  return isWorthIt ? positionSeconds : 0;
}
