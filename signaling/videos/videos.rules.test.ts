import { describe, expect, it } from "vitest";
import { type UserRole, userRoles } from "#common/accounts/user.ts";
import { videoVisibilities } from "#common/videos/video.ts";
import { isWatchable, videoStates } from "#common/videos/video-state.ts";
import { toPictureKind } from "./picture-kind.ts";
import {
  isListed,
  isToBePublished,
  isUploadable,
  mayEdit,
  maySee,
  mayUpload,
  toCancel,
} from "./videos.rules.ts";
import { makeUserId } from "./videos.store.memory.ts";

const ownerId = makeUserId();
const all = videoStates.flatMap((state) =>
  videoVisibilities.map((visibility) => ({ ownerId, state, visibility })),
);
const other = (role: UserRole) => ({ id: makeUserId(), role });

describe("who may see", () => {
  it("shows strangers, viewers and creators nothing private and nothing unfinished", () => {
    for (const viewer of [null, other("viewer"), other("creator")]) {
      for (const video of all) {
        const isOpen = video.visibility !== "private" && isWatchable(video.state);
        expect(maySee(viewer, video)).toBe(isOpen);
        expect(mayEdit(viewer, video)).toBe(false);
      }
    }
  });

  it("shows owners, moderators and administrators everything", () => {
    for (const viewer of [{ id: ownerId, role: "viewer" } as const, other("moderator"), other("admin")]) {
      for (const video of all) expect(maySee(viewer, video) && mayEdit(viewer, video)).toBe(true);
    }
  });
});

it("lists what is public and watchable alone, and publishes it once", () => {
  for (const video of all) {
    expect(isListed(video)).toBe(video.visibility === "public" && isWatchable(video.state));
    expect(isToBePublished({ ...video, publishedAt: null })).toBe(isListed(video));
    expect(isToBePublished({ ...video, publishedAt: "2026-01-01T00:00:00.000Z" })).toBe(false);
  }
});

it("lets viewers upload only where the instance says so", () => {
  expect(userRoles.filter((role) => mayUpload(role, false))).toEqual(["creator", "moderator", "admin"]);
  expect(userRoles.filter((role) => mayUpload(role, true))).toEqual(userRoles);
});

it("knows what there is to stop, and where a file may come", () => {
  expect(videoStates.map(toCancel)).toEqual([
    "nothing",
    "upload",
    "encode",
    "encode",
    "encode",
    "nothing",
    "nothing",
  ]);
  expect(videoStates.filter(isUploadable)).toEqual(["draft", "uploading", "failed"]);
});

describe("pictures", () => {
  const ftyp = (major: string, ...brands: string[]) => {
    const text = Buffer.from(`ftyp${major}\0\0\0\0${brands.join("")}`, "latin1");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length + 4);
    return Buffer.concat([length, text, Buffer.alloc(40)]);
  };

  it.each([
    ["jpeg", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1])],
    ["png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
    ["webp", Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1")],
    ["avif", ftyp("avif", "mif1")],
    ["avif", ftyp("mif1", "miaf", "avif")],
    [undefined, ftyp("isom", "mp42")],
    [undefined, ftyp("mp42", "isom", "heic")],
    [undefined, Buffer.from("RIFF\0\0\0\0WAVEfmt ", "latin1")],
    [undefined, Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
    [undefined, Buffer.from("GIF89a")],
    [undefined, Buffer.of()],
    [undefined, Buffer.from([0xff, 0xd8])],
  ])("%s", (kind, bytes) => {
    expect(toPictureKind(bytes)).toBe(kind);
  });
});
