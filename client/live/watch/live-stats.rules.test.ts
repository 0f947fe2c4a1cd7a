import { expect, test } from "vitest";
import { toRealtimeReading } from "../whep-stats.rules.ts";
import { type LiveStats, toLiveMode, toLiveStatsLines } from "./live-stats.rules.ts";

const webrtc: LiveStats = {
  streamId: "s",
  way: "webrtc",
  sharing: { name: "off", reason: "unsupported" },
  reading: { swarm: undefined, realtime: toRealtimeReading([], 0), bandwidthBps: 1_500_000 },
  behindSeconds: 0.24,
  pictureWidthPx: 1280,
  pictureHeightPx: 720,
  bufferSeconds: 0,
  droppedFrames: 1,
  totalFrames: 500,
};
const swarm = { peers: [], receivedBytes: 0, sentBytes: 0, serverBytes: 4_000_000 };
const peer = { id: "p", receivedBytes: 1, sentBytes: 0, isReceiving: true, isSending: false };
const hls: LiveStats = {
  ...webrtc,
  way: "hls",
  sharing: { name: "on" },
  reading: { swarm, realtime: undefined, bandwidthBps: 0 },
  behindSeconds: 6,
};

test.each([
  ["nothing", { ...webrtc, way: undefined }, "Nothing yet"],
  ["WebRTC", webrtc, "WebRTC from the server"],
  [
    "HLS alone",
    { ...hls, sharing: { name: "asking" } as const },
    "HLS from the server alone (sharing: not decided)",
  ],
  ["HLS that looks for peers", hls, "HLS from the server, looking for peers"],
  [
    "HLS with peers",
    { ...hls, reading: { ...hls.reading, swarm: { ...swarm, peers: [peer], receivedBytes: 1 } } },
    "HLS from server and peers",
  ],
])("the mode of %s", (_, stats, words) => {
  expect(toLiveMode(stats)).toBe(words);
});

test("each way has lines of its own", () => {
  const names = (stats: LiveStats) => toLiveStatsLines(stats).map(({ name }) => name);
  for (const name of ["round-trip", "jitter-buffer", "packet-loss", "layer"]) {
    expect(names(webrtc)).toContain(name);
    expect(names(hls)).not.toContain(name);
  }
  for (const name of ["peers", "bytes-from-peers", "bytes-to-peers", "buffer"]) {
    expect(names(hls)).toContain(name);
    expect(names(webrtc)).not.toContain(name);
  }
  expect(new Set(names(hls)).size).toBe(names(hls).length);
});
