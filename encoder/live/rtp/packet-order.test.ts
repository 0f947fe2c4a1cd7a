import { expect, test } from "vitest";
import { PacketOrder } from "./packet-order.ts";
import { createUnwrapper, parseRtp } from "./rtp-packet.ts";
import { makeRtp } from "./testing/make-rtp.ts";

const push = (order: PacketOrder, sequence: number, nowMs = 0) =>
  order.push(makePacket(sequence), nowMs).map(({ sequence, isAfterLoss }) => [sequence, isAfterLoss]);

function makePacket(sequence: number) {
  const packet = parseRtp(makeRtp({ sequence, timestamp: sequence * 10, payload: Buffer.from([1]) }));
  if (!packet) throw new Error("no packet");
  return packet;
}

test.each([
  ["too short", Buffer.alloc(11)],
  ["another version", Buffer.alloc(20)],
  ["RTCP", Buffer.concat([Buffer.from([0x80, 200]), Buffer.alloc(20)])],
  [
    "more padding than there is",
    Buffer.concat([Buffer.from([0xa0, 96]), Buffer.alloc(10), Buffer.from([200])]),
  ],
  [
    "a header extension that is cut off",
    Buffer.concat([Buffer.from([0x90, 96]), Buffer.alloc(12)]).subarray(0, 14),
  ],
])("takes no packet that is %s", (_, bytes) => {
  expect(parseRtp(bytes)).toBeUndefined();
});

test("reads a packet with contributors, an extension and padding", () => {
  const header = Buffer.from([
    0xb1, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 5, 1, 1, 1, 1, 0xbe, 0xde, 0, 1, 2, 2, 2, 2,
  ]);
  const packet = parseRtp(Buffer.concat([header, Buffer.from("media"), Buffer.from([0, 2])]));
  expect(packet).toMatchObject({ payloadType: 96, isMarked: true, sequence: 7, timestamp: 9, ssrc: 5 });
  expect(packet?.payload.toString()).toBe("media");
});

test("counters go on when they wrap around, and back when packets are old", () => {
  const unwrap = createUnwrapper(16);
  expect([65_534, 65_535, 0, 1, 65_535, 2].map(unwrap)).toEqual([
    65_534, 65_535, 65_536, 65_537, 65_535, 65_538,
  ]);
});

test("brings packets into order and drops what comes twice or too late", () => {
  const order = new PacketOrder();
  expect(push(order, 10)).toEqual([[10, false]]);
  expect(push(order, 12)).toEqual([]);
  expect(push(order, 12)).toEqual([]);
  expect(push(order, 11)).toEqual([
    [11, false],
    [12, false],
  ]);
  expect(push(order, 11)).toEqual([]);
});

test("waits for a lost packet as long as a publisher needs to send it again, and then says that it is lost", () => {
  const order = new PacketOrder();
  push(order, 1);
  expect(push(order, 3, 100)).toEqual([]);
  expect(order.poll(700)).toEqual([]);
  expect(order.poll(801).map(({ sequence, isAfterLoss }) => [sequence, isAfterLoss])).toEqual([[3, true]]);
  expect(push(order, 4, 810)).toEqual([[4, false]]);
});

test("goes on over the end of the counter", () => {
  const order = new PacketOrder();
  expect([65_534, 0, 65_535, 1].flatMap((sequence) => push(order, sequence).map(([at]) => at))).toEqual([
    65_534, 65_535, 0, 1,
  ]);
});
