import { expect, test } from "vitest";
import { toRealtimeReading } from "./whep-stats.rules.ts";

const video = {
  type: "inbound-rtp",
  kind: "video",
  codecId: "C1",
  bytesReceived: 10_000,
  packetsReceived: 90,
  packetsLost: 10,
  lastPacketReceivedTimestamp: 1_000,
  framesDecoded: 10,
  framesPerSecond: 25,
  frameWidth: 640,
  frameHeight: 360,
  jitterBufferDelay: 0.5,
  jitterBufferEmittedCount: 10,
  totalProcessingDelay: 0.8,
};
const rest = [
  { type: "codec", id: "C1", mimeType: "video/H264" },
  { type: "candidate-pair", nominated: false, currentRoundTripTime: 9 },
  { type: "candidate-pair", nominated: true, currentRoundTripTime: 0.04 },
  { type: "inbound-rtp", kind: "audio", bytesReceived: 500, packetsReceived: 50 },
  { type: "transport", somethingElse: true },
  null,
];

test("reads one report", () => {
  const reading = toRealtimeReading([video, ...rest], 5_000);
  expect(reading).toMatchObject({
    receivedBytes: 10_500,
    receivedPackets: 140,
    lostPackets: 10,
    roundTripMs: 40,
    jitterBufferMs: 50,
    processingMs: 80,
    widthPx: 640,
    heightPx: 360,
    videoCodec: "H264",
    bitrateBps: 0,
  });
  expect(reading.packetLossRatio).toBeCloseTo(10 / 150);
});

test("rates are those since the reading before", () => {
  const before = toRealtimeReading([video, ...rest], 5_000);
  const later = {
    ...video,
    bytesReceived: 135_000,
    packetsReceived: 190,
    framesDecoded: 35,
    jitterBufferDelay: 0.75,
    jitterBufferEmittedCount: 35,
    totalProcessingDelay: 1.3,
  };
  const reading = toRealtimeReading([later, ...rest], 6_000, before);
  expect(reading.bitrateBps).toBe(1_000_000);
  expect(reading.packetLossRatio).toBe(0);
  expect(reading.jitterBufferMs).toBeCloseTo(10);
  expect(reading.processingMs).toBeCloseTo(20);
});

test("takes the picture that comes now when there were several over one connection", () => {
  const newer = { ...video, lastPacketReceivedTimestamp: 2_000, frameHeight: 720, frameWidth: 1280 };
  expect(toRealtimeReading([video, newer], 5_000).heightPx).toBe(720);
  expect(toRealtimeReading([newer, video], 5_000).heightPx).toBe(720);
});

test("begins anew with another connection, and reads nothing out of nothing", () => {
  const before = toRealtimeReading([video], 5_000);
  const other = { ...video, bytesReceived: 50, packetsReceived: 1, packetsLost: 0 };
  expect(toRealtimeReading([other], 6_000, before)).toMatchObject({ bitrateBps: 0, packetLossRatio: 0 });
  expect(toRealtimeReading([], 6_000)).toMatchObject({
    receivedBytes: 0,
    packetLossRatio: 0,
    jitterBufferMs: 0,
  });
});
