import { describe, expect, it } from "vitest";
import { createAv1Frames } from "./av1-frames.ts";
import { createH264Frames } from "./h264-frames.ts";
import type { PlacedPacket } from "./packet-order.ts";
import { createVpxFrames } from "./vpx-frames.ts";
import { parseVp8Size, parseVp9Size } from "./vpx-packets.rules.ts";

function packet(payload: Buffer, changes: Partial<PlacedPacket> = {}): PlacedPacket {
  const header = { payloadType: 96, isMarked: false, sequence: 0, timestamp: 0, ssrc: 1 };
  return { ...header, ticks: 0, arrivedMs: 0, isAfterLoss: false, ...changes, payload };
}

/** Begins like this, and has nothing but ones behind it. */
function filled(...start: number[]): Buffer {
  const payload = Buffer.alloc(1200, 1);
  payload.set(start);
  return payload;
}

/** One packet of 399 NAL units of one byte (RFC 6184 §5.7.1). */
const crumbs = Buffer.concat([
  Buffer.from([24]),
  ...Array.from({ length: 399 }, () => Buffer.from([0, 1, 1])),
]);

describe("a frame that never ends is given up, and the next one is taken again", () => {
  it.each([
    ["H.264 in one unit", createH264Frames, filled(0x7c, 0x85), filled(0x7c, 0x05), filled(0x65)],
    ["H.264 in crumbs", createH264Frames, crumbs, crumbs, filled(0x65)],
    ["VP8", () => createVpxFrames("vp8"), filled(0x10), filled(0x00), filled(0x10)],
    ["VP8 that only begins", () => createVpxFrames("vp8"), filled(0x10), filled(0x10), filled(0x10)],
    ["AV1", createAv1Frames, filled(0x50, 0x30), filled(0xd0), filled(0x10, 0x30)],
  ])("%s", (_name, create, begin, more, whole) => {
    const frames = create();
    frames.push(packet(begin));
    for (let count = 0; count < 20_000; count += 1) frames.push(packet(more));
    expect(frames.push(packet(more, { isMarked: true }))).toEqual([]);
    expect(frames.push(packet(whole, { ticks: 3000, isMarked: true }))).toMatchObject([
      { ticks: 3000, isAfterLoss: true },
    ]);
  });
});

it("knows no picture without a side, or with one that nobody can show", () => {
  const vp8 = (widthPx: number) => {
    const frame = Buffer.from([0, 0, 0, 0x9d, 0x01, 0x2a, 0, 0, 0x40, 0]);
    frame.writeUInt16LE(widthPx, 6);
    return frame;
  };
  expect(parseVp8Size(vp8(64))).toEqual({ widthPx: 64, heightPx: 64 });
  expect(parseVp8Size(vp8(0))).toBeUndefined();
  // profile 0, a key frame that is shown, its start code, colours, then 16 bits for each side
  expect(parseVp9Size(Buffer.from("824983420ffff0ffff", "hex"))).toBeUndefined();
});
