import { isRoleAtLeast, type UserId, type UserRole } from "#common/accounts/user.ts";
import { assertNever, ShoalError } from "#common/errors.ts";
import { isOnAir, type StreamState } from "#common/live/stream-state.ts";
import type { VideoVisibility } from "#common/videos/video.ts";

/** Who asks; `null` is a stranger. */
export type Viewer = { readonly id: UserId; readonly role: UserRole } | null;

/** What the rules look at. */
export interface StreamFacts {
  readonly ownerId: UserId;
  readonly visibility: VideoVisibility;
  readonly state: StreamState;
  readonly scheduledAt: string | null;
}

/** Is it the viewer's own? */
export function isOwner(viewer: Viewer, stream: Pick<StreamFacts, "ownerId">): boolean {
  return viewer !== null && viewer.id === stream.ownerId;
}

/** Owners and moderators keep a stream in order: they change what is written about it, and may end it. */
export function mayEdit(viewer: Viewer, stream: Pick<StreamFacts, "ownerId">): boolean {
  return isOwner(viewer, stream) || (viewer !== null && isRoleAtLeast(viewer.role, "moderator"));
}

/** Does this stream exist for the viewer, on air or not? What does not is `stream.not_found`. */
export function maySee(viewer: Viewer, stream: Pick<StreamFacts, "ownerId" | "visibility">): boolean {
  if (mayEdit(viewer, stream)) return true;
  switch (stream.visibility) {
    case "public":
    case "unlisted":
      return true;
    case "private":
      return false;
    default:
      return assertNever(stream.visibility);
  }
}

/**
 * Why somebody may watch a stream that is not public. `address`: who has its id may. `role`: it is their own, or they keep
 * order; this still holds when the stream becomes private.
 */
export const watchBases = ["address", "role"] as const;

/** The basis on which this viewer, for whom the stream exists, watches it. */
export function toWatchBasis(
  viewer: Viewer,
  stream: Pick<StreamFacts, "ownerId">,
): (typeof watchBases)[number] {
  return mayEdit(viewer, stream) ? "role" : "address";
}

/** Does what was given on this basis still hold? */
export function mayWatchWith(
  basis: (typeof watchBases)[number],
  stream: Pick<StreamFacts, "visibility">,
): boolean {
  return basis === "role" || stream.visibility !== "private";
}

/** Does it stand in the list of what is on air? */
export function isListedOnAir(stream: StreamFacts): boolean {
  return stream.visibility === "public" && isOnAir(stream.state);
}

/** Does it stand in the list of what is to come: public, off air, and announced for a time after this one (ISO)? */
export function isAnnounced(stream: StreamFacts, after: string): boolean {
  return (
    stream.visibility === "public" &&
    stream.state === "idle" &&
    stream.scheduledAt !== null &&
    stream.scheduledAt > after
  );
}

/** Throws `request.invalid` for a time that is over. */
export function assertSchedulable(scheduledAt: string | null | undefined, now: Date): void {
  if (!scheduledAt || Date.parse(scheduledAt) > now.getTime()) return;
  throw new ShoalError("request.invalid", "A stream can only be announced for a time to come.");
}
