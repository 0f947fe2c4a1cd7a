import { describe, expect, test } from "vitest";
import type { AudioFacts, RungFacts } from "./part-facts.ts";
import { makeMasterPlaylist, makeMediaPlaylist } from "./playlist.ts";

const track = { averageBps: 100_000, sizeBytes: 1, durationSeconds: 10, segmentCount: 3 };
const rung = (name: string, widthPx: number, heightPx: number, peakBps: number): RungFacts => ({
  ...track,
  kind: "rung",
  name,
  widthPx,
  heightPx,
  frameRateFps: 25,
  codec: "avc1.64001f",
  peakBps,
});
const audio = (ordinal: number, language: string, name: string): AudioFacts => ({
  ...track,
  kind: "audio",
  ordinal,
  name,
  language,
  channelCount: 2,
  isDefault: ordinal === 0,
  codec: "mp4a.40.2",
  peakBps: 130_000,
});

test("a media playlist carries a hash before each segment", () => {
  const sha256 = "0".repeat(64);
  const text = makeMediaPlaylist([
    { name: "seg-00001.m4s", durationSeconds: 2, sha256 },
    { name: "seg-00002.m4s", durationSeconds: 4.004, sha256 },
  ]);
  expect(text.split("\n")).toEqual([
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-TARGETDURATION:4",
    "#EXT-X-MEDIA-SEQUENCE:1",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    '#EXT-X-MAP:URI="init.mp4"',
    `#EXT-X-SHOAL-SHA256:${sha256}`,
    "#EXTINF:2.000000,",
    "seg-00001.m4s",
    `#EXT-X-SHOAL-SHA256:${sha256}`,
    "#EXTINF:4.004000,",
    "seg-00002.m4s",
    "#EXT-X-ENDLIST",
    "",
  ]);
});

describe("a master playlist", () => {
  test("begins with a middle rung and adds the audio to its bandwidth", () => {
    const lines = makeMasterPlaylist(
      [rung("720p", 1280, 720, 2_000_000), rung("360p", 640, 360, 800_000), rung("144p", 256, 144, 200_000)],
      [audio(0, "en", "English")],
    ).split("\n");
    expect(lines.filter((line) => line.endsWith("index.m3u8"))).toEqual([
      "360p/index.m3u8",
      "144p/index.m3u8",
      "720p/index.m3u8",
    ]);
    expect(lines).toContain(
      '#EXT-X-STREAM-INF:BANDWIDTH=930000,AVERAGE-BANDWIDTH=200000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000,AUDIO="audio"',
    );
  });

  test("cannot be broken by the name of a track", () => {
    const text = makeMasterPlaylist([rung("360p", 640, 360, 1)], [audio(0, "und", 'a"\n#EXT-X-ENDLIST\n')]);
    expect(text).not.toMatch(/^#EXT-X-ENDLIST/m);
    expect(text).toContain('NAME="a  #EXT-X-ENDLIST "');
    expect(text).not.toContain("LANGUAGE");
  });

  test("plays audio alone", () => {
    const text = makeMasterPlaylist([], [audio(0, "en", "English")]);
    expect(text).toContain('CODECS="mp4a.40.2"\naudio-0/index.m3u8');
    expect(text).not.toContain("EXT-X-MEDIA:");
    expect(makeMasterPlaylist([], [audio(0, "en", "English"), audio(1, "de", "German")])).toContain(
      "EXT-X-MEDIA:",
    );
  });

  test("has no group without audio", () => {
    expect(makeMasterPlaylist([rung("360p", 640, 360, 1)], [])).not.toContain("AUDIO");
  });
});
