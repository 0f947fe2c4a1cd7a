import { expect, test } from "vitest";
import { createH264Frames } from "./h264-frames.ts";
import { parseSps, toAvcCodec, whyNotPlayable } from "./h264-sps.rules.ts";
import type { PlacedPacket } from "./packet-order.ts";

/** Parameter sets that x264 wrote. */
const sets = {
  baseline360: "6742c01ed900a02ff970110000030001000003003c0f162e48",
  high1080: "67640028acd940780227e5c044000003000400000300f03c60c658",
  interlaced576: "6764001eacd940b424d8088000000300800000190f8a14cb",
  tenBit422: "677a000cb6cd941419f8dc0440000003004000000c83c50a6580",
} as const;
const pps = "68cb83cb20";
const hex = (text: string) => Buffer.from(text, "hex");

let sequence = 0;
function packet(ticks: number, payload: Buffer, options: Partial<PlacedPacket> = {}): PlacedPacket {
  sequence += 1;
  return {
    ...{ payloadType: 96, sequence, timestamp: ticks, ssrc: 1, payload, ticks, arrivedMs: ticks / 90 },
    ...{ isMarked: false, isAfterLoss: false, ...options },
  };
}
const marked = { isMarked: true } as const;

function stapA(...nals: readonly Buffer[]): Buffer {
  const parts = nals.flatMap((nal) => [Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]);
  return Buffer.concat([Buffer.from([0x78]), ...parts]);
}

/** RFC 6184 §5.8: one NAL unit in two packets. */
function fuA(nal: Buffer): [Buffer, Buffer] {
  const [header = 0] = nal;
  const middle = nal.length >> 1;
  const indicator = (header & 0xe0) | 28;
  return [
    Buffer.concat([Buffer.from([indicator, 0x80 | (header & 0x1f)]), nal.subarray(1, middle)]),
    Buffer.concat([Buffer.from([indicator, 0x40 | (header & 0x1f)]), nal.subarray(middle)]),
  ];
}

const idr = Buffer.from([0x65, 1, 2, 3, 4, 5]);
const slice = Buffer.from([0x41, 9, 8, 7]);
const headPacket = (ticks: number) => packet(ticks, stapA(hex(sets.baseline360), hex(pps)));

test.each([
  ["baseline360", 640, 360, "avc1.42c01e", ""],
  ["high1080", 1920, 1080, "avc1.640028", ""],
  ["interlaced576", 720, 576, "avc1.64001e", "it is interlaced"],
  ["tenBit422", 320, 180, "avc1.7a000c", "its colours are not sampled 4:2:0"],
] as const)("reads the parameter set %s", (name, widthPx, heightPx, codec, reason) => {
  const picture = parseSps(hex(sets[name]));
  expect(picture).toMatchObject({ widthPx, heightPx });
  expect(toAvcCodec(hex(sets[name]))).toBe(codec);
  expect(picture && whyNotPlayable(picture)).toBe(reason);
});

test("a parameter set that is cut off anywhere is none, and throws nothing", () => {
  const whole = hex(sets.high1080);
  for (let length = 0; length < whole.length; length += 1) {
    const picture = parseSps(whole.subarray(0, length));
    if (length < 8) expect(picture).toBeUndefined();
  }
});

test("puts a key frame together: parameter sets in the head and in front, pieces joined, each behind its length", () => {
  const frames = createH264Frames();
  const [first, second] = fuA(idr);
  expect(frames.push(headPacket(100))).toEqual([]);
  expect(frames.push(packet(100, first))).toEqual([]);
  const [frame] = frames.push(packet(100, second, marked));
  expect(frame).toMatchObject({ ticks: 100, isKey: true, isAfterLoss: false });
  expect(frame?.head).toMatchObject({
    codec: "avc1.42c01e",
    widthPx: 640,
    heightPx: 360,
    timescaleHz: 90_000,
  });
  const nals = [hex(sets.baseline360), hex(pps), idr];
  const expected = Buffer.concat(nals.flatMap((nal) => [Buffer.from([0, 0, 0, nal.length]), nal]));
  expect(Buffer.concat(frame?.data ?? [])).toEqual(expected);
  expect(frame?.sizeBytes).toBe(expected.length);
});

test("the head stays the same object until the picture changes", () => {
  const frames = createH264Frames();
  const key = (ticks: number, sps: string) => {
    frames.push(packet(ticks, stapA(hex(sps), hex(pps))));
    return frames.push(packet(ticks, idr, marked))[0]?.head;
  };
  const first = key(0, sets.baseline360);
  expect(key(3000, sets.baseline360)).toBe(first);
  const other = key(6000, sets.high1080);
  expect(other).not.toBe(first);
  expect(other?.heightPx).toBe(1080);
});

test("a frame without a marker ends where the next one begins", () => {
  const frames = createH264Frames();
  frames.push(headPacket(0));
  frames.push(packet(0, idr));
  const [key] = frames.push(packet(3000, slice));
  expect(key).toMatchObject({ ticks: 0, isKey: true });
  expect(frames.push(packet(6000, slice))[0]).toMatchObject({ ticks: 3000, isKey: false, head: undefined });
});

test("frames that lost a packet are dropped, and the next one says so", () => {
  const frames = createH264Frames();
  frames.push(headPacket(0));
  frames.push(packet(0, idr, marked));
  const [first] = fuA(slice);
  frames.push(packet(3000, first));
  expect(frames.push(packet(6000, slice, { ...marked, isAfterLoss: true }))).toEqual([]);
  expect(frames.push(packet(9000, slice, marked))[0]).toMatchObject({ ticks: 9000, isAfterLoss: true });
  expect(frames.push(packet(12_000, slice, marked))[0]).toMatchObject({ isAfterLoss: false });
});

test("knows B-frames by times that run back", () => {
  const frames = createH264Frames();
  frames.push(headPacket(0));
  frames.push(packet(0, idr, marked));
  frames.push(packet(9000, slice, marked));
  expect(frames.whyNotCopied()).toBe("");
  frames.push(packet(3000, slice, marked));
  expect(frames.whyNotCopied()).toBe("it has B-frames");
});

test("takes parameter sets from the description too", () => {
  const base64 = (text: string) => hex(text).toString("base64");
  const parameters = `packetization-mode=1;sprop-parameter-sets=${base64(sets.baseline360)},${base64(pps)}`;
  const frames = createH264Frames(parameters);
  expect(frames.push(packet(0, idr, marked))[0]?.head?.widthPx).toBe(640);
});

test("whatever comes, nothing is thrown", () => {
  const frames = createH264Frames();
  for (let seed = 1; seed < 3000; seed += 1) {
    const payload = Buffer.from(
      Array.from({ length: seed % 23 }, (_, at) => (seed * 31 + at * 17 * seed) & 0xff),
    );
    frames.push(packet(seed * 10, payload, { isMarked: seed % 3 === 0, isAfterLoss: seed % 11 === 0 }));
  }
});
