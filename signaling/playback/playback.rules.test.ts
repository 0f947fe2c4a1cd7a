import { describe, expect, it } from "vitest";
import { userIdSchema } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type VideoVisibility, videoIdSchema } from "#common/videos/video.ts";
import type { VideoState } from "#common/videos/video-state.ts";
import type { Grant } from "./grants.ts";
import { assertMediaAccess, type MediaVideo, toDelivery, toResumeSeconds } from "./playback.rules.ts";

const videoId = videoIdSchema.parse("videoaaaaaaaaaa");
const otherId = videoIdSchema.parse("videobbbbbbbbbb");
const owner = { id: userIdSchema.parse("owneraaaaaaaaaa"), role: "creator" } as const;
const viewer = { id: userIdSchema.parse("vieweraaaaaaaaa"), role: "viewer" } as const;
const moderator = { id: userIdSchema.parse("moderatoraaaaaa"), role: "moderator" } as const;

function video(visibility: VideoVisibility, state: VideoState = "ready"): MediaVideo {
  return { ownerId: owner.id, visibility, state, revision: "r2", posterRevision: "p1" };
}

function outcome(
  grant: Partial<Grant> | null,
  facts: MediaVideo | undefined,
  place: { revision?: string; path?: string } = {},
): string {
  const address = { grant: null, videoId, revision: "r2", path: "master-1.m3u8", ...place };
  const full = grant && { videoId, basis: "address" as const, expiresAtMs: 0, ...grant };
  try {
    return assertMediaAccess(address, full, facts);
  } catch (error) {
    return error instanceof ShoalError ? error.code : String(error);
  }
}

describe("who may fetch media", () => {
  const role = { basis: "role" } as const;
  const address = { basis: "address" } as const;
  const table: Array<[string, string, string]> = [
    ["plain, unlisted", outcome(null, video("unlisted")), "grant.required"],
    ["plain, private", outcome(null, video("private")), "grant.required"],
    ["plain, no such video", outcome(null, undefined), "grant.required"],
    ["plain, public but still encoding", outcome(null, video("public", "encoding")), "grant.required"],
    ["plain, other revision", outcome(null, video("public"), { revision: "r1" }), "media.not_found"],
    [
      "plain, segment beside the poster",
      outcome(null, video("public"), { revision: "p1" }),
      "media.not_found",
    ],
    ["other video's grant", outcome({ videoId: otherId, ...role }, video("public")), "grant.wrong_video"],
    ["other video's grant, no video", outcome({ videoId: otherId }, undefined), "grant.wrong_video"],
    ["grant, video is gone", outcome(role, undefined), "media.not_found"],
    ["grant, other revision", outcome(role, video("private"), { revision: "r1" }), "media.not_found"],
    ["grant from before it became private", outcome(address, video("private")), "grant.invalid"],
    ["grant from before it was encoded anew", outcome(address, video("unlisted", "queued")), "grant.invalid"],
    ["plain, public", outcome(null, video("public")), "public"],
    ["plain, public and playable", outcome(null, video("public", "playable")), "public"],
    ["plain poster", outcome(null, video("public"), { revision: "p1", path: "poster-640.jpg" }), "public"],
    ["grant, unlisted", outcome(address, video("unlisted")), "private"],
    ["grant, public", outcome(address, video("public")), "private"],
    ["owner's grant, private", outcome(role, video("private")), "private"],
    ["owner's grant, still encoding", outcome(role, video("private", "encoding")), "private"],
  ];
  for (const [name, seen, expected] of table) it(name, () => expect(seen).toBe(expected));

  it("gives plain addresses only of what everybody may watch", () => {
    expect(toDelivery(null, video("public"))).toBe("plain");
    expect(toDelivery(owner, video("public"))).toBe("plain");
    expect(toDelivery(owner, video("public", "encoding"))).toBe("role");
    expect(toDelivery(null, video("unlisted"))).toBe("address");
    expect(toDelivery(viewer, video("unlisted"))).toBe("address");
    expect(toDelivery(owner, video("private"))).toBe("role");
    expect(toDelivery(moderator, video("private"))).toBe("role");
  });

  it("resumes neither at the beginning nor at the end", () => {
    expect(toResumeSeconds(3, 100)).toBe(0);
    expect(toResumeSeconds(50, 100)).toBe(50);
    expect(toResumeSeconds(95, 100)).toBe(0);
    expect(toResumeSeconds(500, 100)).toBe(0);
  });
});
