import { describe, expect, test } from "vitest";
import type { PlaylistVariant } from "./playlist.rules.ts";
import { chooseStartVariant, planStart } from "./start.rules.ts";

function rung(heightPx: number, bandwidthBps: number): PlaylistVariant {
  return { url: `/${heightPx}`, heightPx, bandwidthBps, audioGroup: undefined };
}
const ladder = [
  rung(720, 2_800_000),
  rung(144, 200_000),
  rung(240, 400_000),
  rung(480, 1_400_000),
  rung(360, 800_000),
];

describe("chooseStartVariant", () => {
  test.each([
    ["an unknown slow line", 100_000, 144],
    ["a slow line", 700_000, 144],
    ["what carries the first sensible rung twice", 900_000, 240],
    ["5 Mbit/s", 5_000_000, 240],
    ["a fast line", 15_000_000, 480],
    ["a very fast line", 200_000_000, 720],
  ])("%s starts with the right rung", (_, bandwidthBps, heightPx) => {
    expect(chooseStartVariant(ladder, 4, bandwidthBps)?.heightPx).toBe(heightPx);
  });

  test("sound alone and a single rung are chosen as they are", () => {
    expect(chooseStartVariant([rung(0, 128_000)], 4, 1_000_000)?.heightPx).toBe(0);
    expect(chooseStartVariant([], 4, 1_000_000)).toBeUndefined();
  });
});

describe("planStart", () => {
  const hlsUrl = "/media/v/r/master-1.m3u8";
  const media = `#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\na.m4s\n#EXTINF:4,\nb.m4s\n`;
  const playlists = {
    [hlsUrl]: `#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="x",URI="audio-1/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="s",NAME="y",DEFAULT=YES,URI="audio-0/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300000,RESOLUTION=426x240,AUDIO="s"
240p/index.m3u8`,
    "/media/v/r/240p/index.m3u8": media,
    "/media/v/r/audio-0/index.m3u8": media,
    "/media/v/r/audio-1/index.m3u8": media,
  };

  test("asks for picture and default sound of the place where playing begins", () => {
    expect(planStart(playlists, hlsUrl, { bandwidthBps: 5_000_000, startSeconds: 5 })).toEqual({
      variantUrl: "/media/v/r/240p/index.m3u8",
      mediaUrls: [
        "/media/v/r/240p/init.mp4",
        "/media/v/r/audio-0/init.mp4",
        "/media/v/r/240p/b.m4s",
        "/media/v/r/audio-0/b.m4s",
      ],
    });
  });

  test("prefers a rung whose playlist is there, and asks for nothing of one that is not", () => {
    const grown = `${playlists[hlsUrl]}\n#EXT-X-STREAM-INF:BANDWIDTH=90000,RESOLUTION=256x144,AUDIO="s"\n144p/index.m3u8`;
    const slow = { bandwidthBps: 100_000, startSeconds: 0 };
    expect(planStart({ ...playlists, [hlsUrl]: grown }, hlsUrl, slow)?.variantUrl).toBe(
      "/media/v/r/240p/index.m3u8",
    );
    expect(planStart({ [hlsUrl]: grown }, hlsUrl, slow)).toEqual({
      variantUrl: "/media/v/r/144p/index.m3u8",
      mediaUrls: [],
    });
  });

  test("plans nothing without the playlists", () => {
    expect(planStart({}, hlsUrl, { bandwidthBps: 1, startSeconds: 0 })).toBeUndefined();
  });
});
