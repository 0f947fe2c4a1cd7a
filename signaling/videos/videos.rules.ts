import { isRoleAtLeast, type UserId, type UserRole } from "#common/accounts/user.ts";
import { assertNever } from "#common/errors.ts";
import type { VideoVisibility } from "#common/videos/video.ts";
import { isWatchable, type VideoState } from "#common/videos/video-state.ts";

/** Who asks; `null` is a stranger. */
export type Viewer = { readonly id: UserId; readonly role: UserRole } | null;

/** What the rules look at. */
export interface VideoFacts {
  readonly ownerId: UserId;
  readonly visibility: VideoVisibility;
  readonly state: VideoState;
}

/** Owners and moderators keep a video in order: they see every state and change what is written about it. */
export function mayEdit(viewer: Viewer, video: VideoFacts): boolean {
  return isOwner(viewer, video) || (viewer !== null && isRoleAtLeast(viewer.role, "moderator"));
}

/** Is it the viewer's own? */
export function isOwner(viewer: Viewer, video: VideoFacts): boolean {
  return viewer !== null && viewer.id === video.ownerId;
}

/** Does this video exist for the viewer? What does not is `video.not_found`. */
export function maySee(viewer: Viewer, video: VideoFacts): boolean {
  if (mayEdit(viewer, video)) return true;
  switch (video.visibility) {
    case "public":
    case "unlisted":
      return isWatchable(video.state);
    case "private":
      return false;
    default:
      return assertNever(video.visibility);
  }
}

/** Does it stand in lists and search results? */
export function isListed(video: VideoFacts): boolean {
  return video.visibility === "public" && isWatchable(video.state);
}

/** May this role bring files? */
export function mayUpload(role: UserRole, viewersMayUpload: boolean): boolean {
  return viewersMayUpload || isRoleAtLeast(role, "creator");
}

/** A listed video is published once: the first time that it can be watched. */
export function isToBePublished(video: VideoFacts & { readonly publishedAt: string | null }): boolean {
  return video.publishedAt === null && isListed(video);
}

/** What `videos.cancel` has to stop in this state; `nothing` is refused. */
export function toCancel(state: VideoState): "upload" | "encode" | "nothing" {
  switch (state) {
    case "uploading":
      return "upload";
    case "queued":
    case "encoding":
    case "playable":
      return "encode";
    case "draft":
    case "ready":
    case "failed":
      return "nothing";
    default:
      return assertNever(state);
  }
}

/** May a file be sent for a video in this state? */
export function isUploadable(state: VideoState): boolean {
  return state === "draft" || state === "uploading" || state === "failed";
}
