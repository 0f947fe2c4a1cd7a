import { describe, expect, test } from "vitest";
import { parseMasterPlaylist, parseMediaPlaylist, toStablePath, withGrantOf } from "./playlist.rules.ts";

const hash = "a".repeat(64);
const master = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Main, stereo",DEFAULT=YES,URI="audio-0/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Commentary",DEFAULT=NO,URI="audio-1/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=300000,RESOLUTION=426x240,CODECS="avc1.4d4015,mp4a.40.2",AUDIO="sound"
240p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720,AUDIO="sound"
720p/index.m3u8
`;

describe("parseMasterPlaylist", () => {
  test("reads rungs and sound tracks with absolute paths", () => {
    const { variants, audios } = parseMasterPlaylist(master, "/media/~g/v/r/master-1.m3u8");
    expect(variants).toEqual([
      { url: "/media/~g/v/r/240p/index.m3u8", bandwidthBps: 300_000, heightPx: 240, audioGroup: "sound" },
      { url: "/media/~g/v/r/720p/index.m3u8", bandwidthBps: 2_800_000, heightPx: 720, audioGroup: "sound" },
    ]);
    expect(audios.map(({ url, isDefault }) => [url, isDefault])).toEqual([
      ["/media/~g/v/r/audio-0/index.m3u8", true],
      ["/media/~g/v/r/audio-1/index.m3u8", false],
    ]);
  });

  test("an empty text is a playlist without rungs", () => {
    expect(parseMasterPlaylist("", "/m.m3u8")).toEqual({ variants: [], audios: [] });
  });
});

describe("parseMediaPlaylist", () => {
  test("reads initialisation, times and hashes", () => {
    const text = `#EXTM3U\r\n#EXT-X-MAP:URI="init.mp4"\r\n#EXT-X-SHOAL-SHA256:${hash}\r\n#EXTINF:4.000,\r\nseg-1.m4s\r\n#EXTINF:2.5,\r\nseg-2.m4s\r\n#EXT-X-ENDLIST`;
    const { initUrl, segments } = parseMediaPlaylist(text, "/media/v/r/240p/index.m3u8");
    expect(initUrl).toBe("/media/v/r/240p/init.mp4");
    expect(segments).toEqual([
      { url: "/media/v/r/240p/seg-1.m4s", startSeconds: 0, durationSeconds: 4, sha256: hash },
      { url: "/media/v/r/240p/seg-2.m4s", startSeconds: 4, durationSeconds: 2.5, sha256: undefined },
    ]);
  });

  test.each(["", "xyz", "A".repeat(64), "a".repeat(63)])("%j is no hash", (bad) => {
    const text = `#EXT-X-SHOAL-SHA256:${bad}\n#EXTINF:4,\nseg.m4s`;
    expect(parseMediaPlaylist(text, "/a/b.m3u8").segments[0]?.sha256).toBeUndefined();
  });
});

describe("grants in addresses", () => {
  test.each([
    ["/media/~abc.def/v/r/seg.m4s", "/media/v/r/seg.m4s"],
    ["https://shoal.example/media/~abc/v/r/seg.m4s", "/media/v/r/seg.m4s"],
    ["/media/v/r/seg.m4s", "/media/v/r/seg.m4s"],
  ])("%s is always %s", (url, stable) => {
    expect(toStablePath(url)).toBe(stable);
  });

  test("a renewed grant takes the old one's place", () => {
    const renewed = "/media/~new/v/r2/master-3.m3u8";
    expect(withGrantOf("https://shoal.example/media/~old/v/r/seg.m4s", renewed)).toBe(
      "https://shoal.example/media/~new/v/r/seg.m4s",
    );
    expect(withGrantOf("/media/v/r/seg.m4s", renewed)).toBe("/media/v/r/seg.m4s");
    expect(withGrantOf("/media/~old/v/r/seg.m4s", "/media/v/r/master.m3u8")).toBe("/media/~old/v/r/seg.m4s");
  });
});
