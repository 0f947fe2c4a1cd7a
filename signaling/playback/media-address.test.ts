import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storageLayout } from "#common/node/storage/layout.ts";
import { assertStorageKey } from "#common/node/storage/storage.port.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { parseMediaAddress, toMediaUrl } from "./media-address.ts";

const id = "abcdefghijklmn0";

describe("media addresses", () => {
  for (const url of [
    "",
    "/",
    "/media",
    "/media/",
    `/media/${id}`,
    `/media/${id}/`,
    `/media/${id}/r1`,
    `/media/${id}/r1/`,
    `/media/${id}//a`,
    `/media/${id}/r1//a`,
    `/media/${id}/r1/a/`,
    `/media/${id}/r1/..`,
    `/media/${id}/r1/../r2/a`,
    `/media/${id}/../originals/a`,
    `/media/${id}/r1/%2e%2e/a`,
    `/media/${id}/r1/a%00`,
    `/media/${id}/r1/a%2fb`,
    `/media/${id}/r1/a\\b`,
    `/media/${id}/r1/.hidden`,
    `/media/${id}/.r1/a`,
    `/media/${id}/r1/a b`,
    `/media/${id}/r1/a#b`,
    `/media/${id}/r1/a/b/c/d/e`,
    `/media/${id.toUpperCase()}/r1/a`,
    `/media/${id}x/r1/a`,
    `/media/~/${id}/r1/a`,
    `/media/~a%2e/${id}/r1/a`,
    `/media/~a/~b/${id}/r1/a`,
    `/media/~${"g".repeat(601)}/${id}/r1/a`,
    `/media/originals/${id}/source`,
    `//media/${id}/r1/a`,
    `http://localhost/media/${id}/r1/a`,
    `/media/${id}/r1/${"a".repeat(1100)}`,
  ]) {
    it(`does not read ${url.slice(0, 60)}`, () => expect(parseMediaAddress(url)).toBeUndefined());
  }

  it("reads plain and granted addresses", () => {
    expect(parseMediaAddress(`/media/${id}/r1/720p/seg-00001.m4s`)).toEqual({
      grant: null,
      videoId: id,
      revision: "r1",
      path: "720p/seg-00001.m4s",
    });
    expect(parseMediaAddress(`/media/~ey.J-_.x/${id}/r1/master-1.m3u8?_HLS_msn=2#x`)).toEqual({
      grant: "ey.J-_.x",
      videoId: id,
      revision: "r1",
      path: "master-1.m3u8",
    });
  });

  const part = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}$/);
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(
        fc.option(fc.stringMatching(/^[A-Za-z0-9._-]{1,300}$/)),
        fc.stringMatching(/^[a-z0-9]{15}$/),
        part,
        fc.array(part, { minLength: 1, maxLength: 4 }),
        (grant, videoId, revision, path) => {
          const address = { grant, videoId: videoIdSchema.parse(videoId), revision, path: path.join("/") };
          expect(parseMediaAddress(toMediaUrl(address))).toEqual(address);
        },
      ),
    );
  });

  it("never leads outside the video's media, whatever is asked", () => {
    const piece = fc.oneof(
      fc.constantFrom("/", "..", ".", "%2e", "~", "\\", "\0", "?", "media", "originals", id, "r1", "a"),
      fc.string({ maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const address = parseMediaAddress(`/media/${pieces.join("")}`);
        if (!address) return;
        const key = storageLayout.media(address.videoId, address.revision, address.path);
        assertStorageKey(key);
        expect(key.startsWith(`media/${address.videoId}/${address.revision}/`)).toBe(true);
        expect(key).not.toContain("..");
      }),
      { numRuns: 2000 },
    );
  });
});
