import { describe, expect, it } from "vitest";
import { type PublishNumbers, toPublishNumbers, toPublishSample } from "./publish-numbers.rules.ts";
import { judgeConnection, type Quality, qualityTexts, settleQuality } from "./quality.rules.ts";

const layer = (rid: string, heightPx: number, isSent = true) => ({
  rid,
  widthPx: (heightPx * 16) / 9,
  heightPx,
  frameRate: 30,
  isSent,
});

const well: PublishNumbers = {
  bitrateBps: 3_500_000,
  layers: [layer("l", 180), layer("m", 360), layer("h", 720)],
  packetLossRatio: 0,
  roundTripMs: 20,
  availableBps: 5_000_000,
  limitedBy: "none",
  videoCodec: "h264",
};

describe("the connection in a word", () => {
  it.each<[string, Partial<PublishNumbers>, Quality]>([
    ["all is well", {}, { word: "good", reason: "none" }],
    ["a little loss", { packetLossRatio: 0.03 }, { word: "weak", reason: "loss" }],
    ["much loss", { packetLossRatio: 0.2 }, { word: "bad", reason: "loss" }],
    ["a long way", { roundTripMs: 400 }, { word: "weak", reason: "delay" }],
    ["a very long way", { roundTripMs: 1200 }, { word: "bad", reason: "delay" }],
    ["a narrow line", { limitedBy: "bandwidth" }, { word: "weak", reason: "slow_line" }],
    ["a slow device", { limitedBy: "cpu" }, { word: "weak", reason: "slow_device" }],
    [
      "the large picture is missing",
      { layers: [layer("l", 180), layer("m", 360), layer("h", 720, false)], limitedBy: "bandwidth" },
      { word: "weak", reason: "slow_line" },
    ],
    [
      "the small picture alone",
      { layers: [layer("l", 180), layer("m", 360, false), layer("h", 720, false)] },
      { word: "bad", reason: "slow_line" },
    ],
    ["no picture", { layers: [], limitedBy: "cpu" }, { word: "bad", reason: "slow_device" }],
    [
      "weak twice, and once bad",
      { packetLossRatio: 0.03, roundTripMs: 900 },
      { word: "bad", reason: "delay" },
    ],
  ])("%s", (_, changes, quality) => {
    expect(judgeConnection({ ...well, ...changes }, { layerCount: 3 })).toEqual(quality);
    expect(qualityTexts[quality.reason]).toMatch(/\.$/);
  });

  it("wants no more layers than the source has", () => {
    const small = { ...well, layers: [layer("l", 240)] };
    expect(judgeConnection(small, { layerCount: 1 }).word).toBe("good");
  });

  it("does not jump: one bad second among good ones is none", () => {
    const good: Quality = { word: "good", reason: "none" };
    const bad: Quality = { word: "bad", reason: "loss" };
    const weak: Quality = { word: "weak", reason: "delay" };
    expect(settleQuality([])).toEqual(good);
    expect(settleQuality([good, good, bad, good, good])).toEqual(good);
    expect(settleQuality([good, bad, bad, bad, good])).toEqual(bad);
    expect(settleQuality([bad, bad, bad, good, good, good])).toEqual(good);
    expect(settleQuality([good, weak, weak, bad, weak])).toEqual(weak);
  });
});

describe("numbers out of two looks", () => {
  const look = (atMs: number, factor: number, lost: number) =>
    toPublishSample(
      [
        { id: "c", type: "codec", mimeType: "video/H264" },
        {
          id: "h",
          type: "outbound-rtp",
          kind: "video",
          rid: "h",
          codecId: "c",
          frameWidth: 1280,
          frameHeight: 720,
          framesPerSecond: 29.6,
          framesEncoded: 30 * factor,
          bytesSent: 250_000 * factor,
          packetsSent: 200 * factor,
          qualityLimitationReason: "bandwidth",
        },
        {
          id: "l",
          type: "outbound-rtp",
          kind: "video",
          rid: "l",
          bytesSent: 0,
          framesEncoded: 0,
          packetsSent: 0,
        },
        {
          id: "a",
          type: "outbound-rtp",
          kind: "audio",
          bytesSent: 12_500 * factor,
          packetsSent: 50 * factor,
        },
        { id: "r", type: "remote-inbound-rtp", packetsLost: lost, roundTripTime: 0.031 },
        {
          id: "p",
          type: "candidate-pair",
          nominated: true,
          state: "succeeded",
          availableOutgoingBitrate: 3e6,
        },
      ],
      atMs,
    );

  it("says what went out since the look before", () => {
    expect(toPublishNumbers(look(1000, 1, 5), look(2000, 2, 10))).toEqual({
      bitrateBps: 2_100_000,
      layers: [
        { rid: "l", widthPx: 0, heightPx: 0, frameRate: 0, isSent: false },
        { rid: "h", widthPx: 1280, heightPx: 720, frameRate: 30, isSent: true },
      ],
      packetLossRatio: 0.02,
      roundTripMs: 31,
      availableBps: 3_000_000,
      limitedBy: "bandwidth",
      videoCodec: "h264",
    });
  });

  it("is never below nothing, nor a part of nothing", () => {
    const numbers = toPublishNumbers(look(2000, 2, 10), look(2000, 1, 0));
    expect(numbers).toMatchObject({ bitrateBps: 0, packetLossRatio: 0 });
    expect(toPublishSample([], 0)).toMatchObject({ layers: [], availableBps: null, videoCodec: null });
  });
});
