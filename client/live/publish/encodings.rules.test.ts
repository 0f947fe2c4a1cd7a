import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  layerNames,
  orderCodecs,
  sumBitrateBps,
  toBitrateBps,
  toEncodings,
  toScalabilityMode,
  toStartBitrateBps,
} from "./encodings.rules.ts";

const at = (widthPx: number, heightPx: number, frameRate = 30) => ({ widthPx, heightPx, frameRate });

describe("layers by the size of the source", () => {
  it.each([
    [at(1920, 1080), [4, 2, 1], 3],
    [at(1280, 720), [4, 2, 1], 3],
    [at(960, 540), [4, 2, 1], 3],
    [at(720, 1280), [4, 2, 1], 3],
    [at(640, 480), [2, 1, 1], 2],
    [at(640, 360), [2, 1, 1], 2],
    [at(320, 240), [1, 1, 1], 1],
  ])("%o: scaled by %o, %i of them sent", (picture, scales, count) => {
    const encodings = toEncodings(picture);
    expect(encodings.map((one) => one.rid)).toEqual([...layerNames]);
    expect(encodings.map((one) => one.scaleResolutionDownBy)).toEqual(scales);
    expect(encodings.filter((one) => one.active)).toHaveLength(count);
  });

  it("always sends the whole picture as the largest that is sent, and grows from layer to layer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 4096 }),
        fc.integer({ min: 64, max: 4096 }),
        fc.constantFrom(15, 30, 60),
        (widthPx, heightPx, frameRate) => {
          const sent = toEncodings(at(widthPx, heightPx, frameRate)).filter((one) => one.active);
          expect(sent.at(-1)?.scaleResolutionDownBy).toBe(1);
          for (const [place, one] of sent.entries()) {
            expect(one.maxBitrate).toBeGreaterThanOrEqual(sent[place - 1]?.maxBitrate ?? 0);
          }
        },
      ),
    );
  });

  it.each([
    [at(1920, 1080), 4_590_000],
    [at(1280, 720), 2_500_000],
    [at(1280, 720, 60), 3_540_000],
    [at(640, 360), 880_000],
    [at(320, 180), 310_000],
    [at(160, 90), 110_000],
    [at(80, 60), 100_000],
  ])("%o: %i bit/s", (picture, bitrateBps) => expect(toBitrateBps(picture)).toBe(bitrateBps));

  it("begins high enough for the large layer, and lower where the line is known to be slow", () => {
    const encodings = toEncodings(at(1280, 720));
    expect(sumBitrateBps(encodings)).toBe(3_690_000);
    expect(toStartBitrateBps(encodings)).toBe(2_214_000);
    expect(toStartBitrateBps(encodings, 1_000_000)).toBe(700_000);
    expect(toStartBitrateBps(toEncodings(at(2560, 1440)))).toBe(3_000_000);
  });
});

describe("the order of codecs", () => {
  const chromium = [
    { mimeType: "video/VP8" },
    { mimeType: "video/rtx" },
    { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=42001f" },
    { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=0;profile-level-id=42e01f" },
    { mimeType: "video/H264", sdpFmtpLine: "packetization-mode=1;profile-level-id=42e01f" },
    { mimeType: "video/AV1" },
    { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" },
    { mimeType: "video/VP9", sdpFmtpLine: "profile-id=2" },
    { mimeType: "video/red" },
    { mimeType: "video/ulpfec" },
  ];

  it("is H.264, VP8, VP9, AV1, with retransmissions", () => {
    expect(orderCodecs(chromium).map(({ mimeType, sdpFmtpLine }) => sdpFmtpLine ?? mimeType)).toEqual([
      "packetization-mode=1;profile-level-id=42e01f",
      "packetization-mode=1;profile-level-id=42001f",
      "video/VP8",
      "profile-id=0",
      "video/AV1",
      "video/rtx",
    ]);
  });

  it("asks for temporal layers where H.264 is not the first", () => {
    expect(toScalabilityMode(chromium)).toBeUndefined();
    expect(toScalabilityMode([{ mimeType: "video/VP8" }])).toBe("L1T2");
    expect(toScalabilityMode([])).toBeUndefined();
  });
});
