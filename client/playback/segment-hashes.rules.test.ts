import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isTrueSegment, toSegmentHashes } from "./segment-hashes.rules.ts";

const bytes = new TextEncoder().encode("a segment");
const hash = createHash("sha256").update(bytes).digest("hex");
const hlsUrl = "/media/~g/v/r/master-1.m3u8";
const hashed = `#EXTM3U\n#EXT-X-SHOAL-SHA256:${hash}\n#EXTINF:4,\nseg-00001.m4s\n`;
const bare = "#EXTM3U\n#EXTINF:4,\nseg-00001.m4s\n";
const master = `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="audio-0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"
240p/index.m3u8`;

function playlistsWith(video: string, audio: string): Record<string, string> {
  return {
    [hlsUrl]: master,
    "/media/~g/v/r/240p/index.m3u8": video,
    "/media/~g/v/r/audio-0/index.m3u8": audio,
  };
}

describe("toSegmentHashes", () => {
  test("keeps the hash of every segment by its stable path", () => {
    const hashes = toSegmentHashes(playlistsWith(hashed, hashed), hlsUrl);
    expect(Object.fromEntries(hashes ?? [])).toEqual({
      "/media/v/r/240p/seg-00001.m4s": hash,
      "/media/v/r/audio-0/seg-00001.m4s": hash,
    });
  });

  test.each([
    ["one segment without a hash", playlistsWith(hashed, bare)],
    ["a playlist that is missing", { [hlsUrl]: master, "/media/~g/v/r/240p/index.m3u8": hashed }],
    ["a master that is missing", {}],
    ["no segments at all", playlistsWith("#EXTM3U", "#EXTM3U")],
  ])("%s: no hashes, so no peers", (_, playlists) => {
    expect(toSegmentHashes(playlists, hlsUrl)).toBeUndefined();
  });
});

describe("isTrueSegment", () => {
  const hashes = new Map([["/media/v/r/240p/seg-00001.m4s", hash]]);
  const url = "https://shoal.example/media/~other/v/r/240p/seg-00001.m4s";

  test("takes the promised bytes under any grant", async () => {
    expect(await isTrueSegment(hashes, url, bytes.buffer)).toBe(true);
  });

  test("refuses other bytes, and segments that nothing was promised of", async () => {
    const forged = new TextEncoder().encode("a Segment").buffer;
    expect(await isTrueSegment(hashes, url, forged)).toBe(false);
    expect(await isTrueSegment(hashes, url.replace("00001", "00002"), bytes.buffer)).toBe(false);
  });
});
