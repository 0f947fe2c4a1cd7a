import { describe, expect, test } from "vitest";
import { formatBitrate, formatBytes, formatClock, formatShare } from "./format.ts";
import { type PlaybackStats, toConnectionMode, toStatsLines, toStatsText } from "./stats.rules.ts";

const stats: PlaybackStats = {
  videoId: "abc",
  engineKind: "hls.js",
  sharing: { name: "on" },
  swarm: {
    peers: [{ id: "a", receivedBytes: 3, sentBytes: 0, isReceiving: true, isSending: false }],
    receivedBytes: 3_000_000,
    sentBytes: 500_000,
    serverBytes: 1_000_000,
  },
  rung: { index: 2, heightPx: 720, widthPx: 1280, bitrateBps: 2_500_000, codecs: "avc1.64001f, mp4a.40.2" },
  pictureWidthPx: 1280,
  pictureHeightPx: 720,
  bufferSeconds: 12.34,
  droppedFrames: 1,
  totalFrames: 300,
  bandwidthBps: 5_120_000,
};

describe("stats", () => {
  test("say bytes, share and picture", () => {
    const lines = Object.fromEntries(toStatsLines(stats).map(({ name, text }) => [name, text]));
    expect(lines).toMatchObject({
      mode: "Server and peers",
      peers: "1",
      "bytes-from-peers": "3.0 MB (75 %)",
      "bytes-from-server": "1.0 MB",
      "bytes-to-peers": "500 kB",
      buffer: "12.3 s",
      rung: "1280×720 · 2.5 Mbit/s · avc1.64001f, mp4a.40.2",
      dropped: "1 of 300",
      bandwidth: "5.1 Mbit/s",
    });
    expect(toStatsText(toStatsLines(stats))).toContain("From peers: 3.0 MB (75 %)");
  });

  test.each([
    [{ engineKind: "native" }, /by itself/],
    [{ sharing: { name: "off", reason: "metered" } }, /metered/],
    [{ swarm: { ...stats.swarm, peers: [] } }, /looking/],
    [{ swarm: { ...stats.swarm, receivedBytes: 0 } }, /connected/],
  ] as const)("mode of %j", (change, words) => {
    expect(toConnectionMode({ ...stats, ...change })).toMatch(words);
  });
});

describe("format", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 kB"],
    [999_600, "1.0 MB"],
    [123_456_789, "123 MB"],
    [Number.NaN, "–"],
  ])("%s bytes are %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test("bitrates, shares and clocks", () => {
    expect(formatBitrate(2_437_000)).toBe("2.4 Mbit/s");
    expect(formatShare(1, 3)).toBe("33 %");
    expect(formatShare(0, 0)).toBe("–");
    expect([0, 59.9, 61, 3_661].map(formatClock)).toEqual(["0:00", "0:59", "1:01", "1:01:01"]);
  });
});
