import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHeightPx, toPayload } from "./picture-size.rules.ts";

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

describe("H.264", () => {
  // as x264 writes them
  const baseline180 = "6742c00dd901419f9f0110000003001000000303c0f142a480";
  test.each([
    ["baseline, cropped", baseline180, 180],
    ["main", "674d401feca02802dd8088000003000800000301e078c18cb0", 720],
    ["high, cropped", "67640028acd940780227e5c044000003000400000300f03c60c658", 1080],
    ["high with whole colours", "67f4001e919b281405ff138088000003000800000301e078b16cb0", 360],
    ["interlaced", "6764001eacd940b424d8088000000300800000190f8a14cb", 576],
    ["packed with the picture behind it", `78 0019 ${baseline180} 0004 68cb83cb`, 180],
    ["packed behind something else", `78 0002 0910 0019 ${baseline180}`, 180],
    ["a slice", "41 9a24", null],
    ["cut off", baseline180.slice(0, 14), null],
    ["nothing", "", null],
  ])("%s", (_, hex, heightPx) => {
    expect(readHeightPx("video/H264", bytes(hex))).toBe(heightPx);
  });
});

describe("VP8", () => {
  const keyFrame334 = "d0aa00 9d012a f4014e01 0007";
  test.each([
    ["a key frame", `10 ${keyFrame334}`, 334],
    ["with a long picture number, a layer and a key index", `90 e0 8123 05 40 ${keyFrame334}`, 334],
    ["in the middle of a frame", `00 ${keyFrame334}`, null],
    ["no key frame", `10 ${keyFrame334.replace("d0", "d1")}`, null],
    ["cut off", "10 d0aa00 9d012a f401", null],
  ])("%s", (_, hex, heightPx) => {
    expect(readHeightPx("video/VP8", bytes(hex))).toBe(heightPx);
  });
});

test("other codecs are not read", () => {
  expect(readHeightPx("video/VP9", bytes("00"))).toBeNull();
});

test("finds the payload behind sources and header extensions", () => {
  const header = "b2 60 0001 00000002 00000003";
  expect(toPayload(bytes(`${header} 00000004 00000005 bede 0001 10ff0000 aabb`))).toEqual(bytes("aabb"));
  expect(toPayload(bytes("80 60 0001 00000002 00000003 aabb"))).toEqual(bytes("aabb"));
});

test("nothing that a publisher sends makes it throw or loop", () => {
  const packets = fc.uint8Array({ maxLength: 1500 });
  fc.assert(
    fc.property(packets, fc.constantFrom("video/H264", "video/VP8"), (packet, mimeType) => {
      for (const payload of [packet, toPayload(packet), Uint8Array.from([0x67, ...packet])]) {
        const heightPx = readHeightPx(mimeType, payload);
        expect(heightPx === null || (heightPx > 0 && heightPx <= 16_384)).toBe(true);
      }
    }),
  );
});
