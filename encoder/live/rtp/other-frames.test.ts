import { expect, test } from "vitest";
import { createAv1Frames } from "./av1-frames.ts";
import type { FrameAssembler } from "./media-frame.ts";
import type { PlacedPacket } from "./packet-order.ts";
import { createVpxFrames } from "./vpx-frames.ts";
import { joinVp9Layers, parseVp8Payload, parseVp9Payload } from "./vpx-packets.rules.ts";

let sequence = 0;
function packet(ticks: number, bytes: readonly number[], options: Partial<PlacedPacket> = {}): PlacedPacket {
  sequence += 1;
  const payload = Buffer.from(bytes);
  return {
    ...{ payloadType: 96, sequence, timestamp: ticks, ssrc: 1, payload, ticks, arrivedMs: 0 },
    ...{ isMarked: false, isAfterLoss: false, ...options },
  };
}
const marked = { isMarked: true } as const;
/** RFC 6386 §9.1: a key frame of 640 × 360. */
const vp8Key = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 7, 7];

test.each([
  ["no extension", [0x10, 1, 2], [1, 2]],
  ["a picture id of 7 bits", [0x90, 0x80, 0x11, 1, 2], [1, 2]],
  ["a picture id of 15 bits", [0x90, 0x80, 0x91, 0x22, 1, 2], [1, 2]],
  ["all extensions", [0x90, 0xf0, 0x91, 0x22, 5, 0x40, 1, 2], [1, 2]],
])("takes the VP8 descriptor off: %s", (_, bytes, rest) => {
  expect([...(parseVp8Payload(Buffer.from(bytes))?.bytes ?? [])]).toEqual(rest);
});

test("puts VP8 frames together", () => {
  const frames = createVpxFrames("vp8");
  expect(frames.push(packet(0, [0x10, ...vp8Key.slice(0, 10)]))).toEqual([]);
  const [key] = frames.push(packet(0, [0x00, 7, 7], marked));
  expect(key).toMatchObject({ isKey: true, head: { widthPx: 640, heightPx: 360, codec: "vp8" } });
  expect([...Buffer.concat(key?.data ?? [])]).toEqual(vp8Key);
  expect(frames.push(packet(3000, [0x10, 1, 5], marked))[0]).toMatchObject({ isKey: false, head: undefined });
});

test.each([
  ["a frame of its own", [0x8c, 0x11, 1, 2], true, true, [1, 2]],
  ["an inter frame", [0xcc, 0x11, 1, 2], true, false, [1, 2]],
  ["layers, not flexible", [0xac, 0x11, 0x00, 9, 1, 2], true, true, [1, 2]],
  ["references, flexible", [0xfc, 0x11, 0x00, 0x03, 0x02, 1, 2], true, false, [1, 2]],
  ["a scalability structure", [0x8e, 0x11, 0x10, 2, 128, 1, 104, 1, 2], true, true, [1, 2]],
  ["the rest of a frame", [0x84, 0x11, 1, 2], false, false, [1, 2]],
])("takes the VP9 descriptor off: %s", (_, bytes, isStart, isKey, rest) => {
  const piece = parseVp9Payload(Buffer.from(bytes));
  expect([piece?.isStart, piece?.isKey, [...(piece?.bytes ?? [])]]).toEqual([isStart, isKey, rest]);
});

test("several spatial layers get an index behind them", () => {
  const [a, b] = [Buffer.from([1, 2, 3]), Buffer.from([4])];
  expect(joinVp9Layers([a])).toEqual([a]);
  expect([...Buffer.concat(joinVp9Layers([a, b]))]).toEqual([1, 2, 3, 4, 0xd9, 3, 0, 0, 0, 1, 0, 0, 0, 0xd9]);
});

/** AV1 §5.5: profile 0, one operating point, 640 × 360. */
const sequenceHeader = (() => {
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let at = count - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  for (const [value, count] of [
    [0, 3],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 5],
    [0, 12],
    [4, 5],
    [9, 4],
    [8, 4],
    [639, 10],
    [359, 9],
    [0, 7],
  ] as const)
    put(value, count);
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; at += 8)
    bytes.push(
      Number.parseInt(
        bits
          .slice(at, at + 8)
          .join("")
          .padEnd(8, "0"),
        2,
      ),
    );
  return bytes;
})();

test("puts AV1 temporal units together: elements across packets, sizes in front, no delimiter but ours", () => {
  const frames = createAv1Frames();
  const sequenceObu = [0x08, ...sequenceHeader];
  // W = 2: the first element with its length, the second to the end and beyond it (Y)
  expect(frames.push(packet(0, [0x68, sequenceObu.length, ...sequenceObu, 0x30, 1, 2]))).toEqual([]);
  // Z: the rest of the second
  const [key] = frames.push(packet(0, [0x90, 3], marked));
  expect(key).toMatchObject({ isKey: true, head: { widthPx: 640, heightPx: 360, codec: "av1" } });
  expect([...Buffer.concat(key?.data ?? [])]).toEqual([
    ...[0x12, 0],
    ...[0x0a, sequenceHeader.length, ...sequenceHeader],
    ...[0x32, 3, 1, 2, 3],
  ]);
  const [next] = frames.push(packet(3000, [0x10, 0x30, 9], marked));
  expect(next).toMatchObject({ isKey: false });
});

test.each([
  ["vp8", () => createVpxFrames("vp8"), [0x10, 1, 5], [0x00, 5]],
  ["vp9", () => createVpxFrames("vp9"), [0xcc, 0x11, 1], [0xc4, 0x11, 1]],
  ["av1", () => createAv1Frames(), [0x10, 0x30, 9], [0x90, 9]],
] as ReadonlyArray<[string, () => FrameAssembler, number[], number[]]>)(
  "%s: frames that lost a packet are dropped, and whatever comes throws nothing",
  (_, create, whole, rest) => {
    const frames = create();
    expect(frames.push(packet(0, whole, marked)).length).toBe(1);
    expect(frames.push(packet(3000, rest, { ...marked, isAfterLoss: true }))).toEqual([]);
    expect(frames.push(packet(6000, whole, marked))[0]).toMatchObject({ isAfterLoss: true });
    for (let seed = 1; seed < 2000; seed += 1) {
      const bytes = Array.from({ length: seed % 17 }, (__, at) => (seed * 13 + at * 7 * seed) & 0xff);
      frames.push(packet(9000 + seed, bytes, { isMarked: seed % 2 === 0, isAfterLoss: seed % 7 === 0 }));
    }
  },
);
