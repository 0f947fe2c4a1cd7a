import { createBitReader, readOrNothing } from "./bit-reader.ts";
import { createFrameBound } from "./frame-bound.ts";
import type { FrameAssembler, MediaFrame, MediaHead } from "./media-frame.ts";
import type { PlacedPacket } from "./packet-order.ts";
import { type CodedSize, toCodedSize } from "./vpx-packets.rules.ts";

/** AV1 §6.2.2. */
const obuTypes = { sequenceHeader: 1, temporalDelimiter: 2, tileList: 8 } as const;
const hasSizeFlag = 0x02;
const hasExtensionFlag = 0x04;

/**
 * Takes AV1 out of RTP (RTP Payload Format for AV1, §4) and gives temporal units in the low-overhead format, for an encoder.
 * Those that lost a packet are dropped.
 */
export function createAv1Frames(): FrameAssembler {
  let head: MediaHead | undefined;
  let first: PlacedPacket | undefined;
  let obus: Buffer[] = [];
  let open: Buffer[] | undefined;
  let isDamaged = false;
  let isAfterLoss = false;
  const bound = createFrameBound();

  function takePayload(payload: Buffer): void {
    const header = payload[0] ?? 0;
    const [continues, isContinued, count] = [(header & 0x80) !== 0, (header & 0x40) !== 0, (header >> 4) & 3];
    let at = 1;
    for (let element = 1; at < payload.length; element += 1) {
      let size = payload.length - at;
      if (count === 0 || element < count) {
        const length = readLeb128(payload, at);
        if (!length || length.value > payload.length - length.end) {
          isDamaged = true;
          return;
        }
        size = length.value;
        at = length.end;
      }
      const bytes = payload.subarray(at, at + size);
      at += size;
      if (!bound.allows(size)) {
        obus = [];
        open = undefined;
        isDamaged = true;
        return;
      }
      if (element === 1 && continues) {
        if (open) open.push(bytes);
        else isDamaged = true;
      } else {
        closeObu();
        open = [bytes];
      }
      if (at < payload.length || !isContinued) closeObu();
    }
  }

  function closeObu(): void {
    if (open) obus.push(Buffer.concat(open));
    open = undefined;
  }

  function finish(): MediaFrame | undefined {
    closeObu();
    const [packet, units] = [first, obus.flatMap((obu) => toSized(obu) ?? [])];
    const isWhole = !isDamaged && units.length > 0;
    first = undefined;
    obus = [];
    isDamaged = false;
    bound.reset();
    if (!packet) return undefined;
    if (!isWhole) {
      isAfterLoss = true;
      return undefined;
    }
    const sequence = units.find(({ type }) => type === obuTypes.sequenceHeader);
    const size = sequence && parseSequenceSize(sequence.content);
    if (size && (size.widthPx !== head?.widthPx || size.heightPx !== head.heightPx)) {
      const initSegment = Buffer.alloc(0);
      head = { kind: "video", initSegment, timescaleHz: 90_000, codec: "av1", ...size, channelCount: 0 };
    }
    const data = [
      Buffer.from([(obuTypes.temporalDelimiter << 3) | hasSizeFlag, 0]),
      ...units.map(({ bytes }) => bytes),
    ];
    const frame = {
      ticks: packet.ticks,
      isKey: sequence !== undefined,
      data,
      sizeBytes: data.reduce((sum, { length }) => sum + length, 0),
      arrivedMs: packet.arrivedMs,
      isAfterLoss,
      head: sequence ? head : undefined,
    };
    isAfterLoss = false;
    return frame;
  }

  return {
    push(packet) {
      const frames: MediaFrame[] = [];
      const take = (frame: MediaFrame | undefined) => frame && frames.push(frame);
      if (first && first.ticks !== packet.ticks) {
        isDamaged ||= packet.isAfterLoss;
        take(finish());
      }
      first ??= packet;
      isDamaged ||= packet.isAfterLoss;
      takePayload(packet.payload);
      if (packet.isMarked) take(finish());
      return frames;
    },
  };
}

/** An OBU with its size in front of its content; `undefined` for one that has no place in a file. */
function toSized(obu: Buffer): { type: number; bytes: Buffer; content: Buffer } | undefined {
  const header = obu[0];
  if (header === undefined) return undefined;
  const type = (header >> 3) & 0x0f;
  if (type === obuTypes.temporalDelimiter || type === obuTypes.tileList) return undefined;
  const headerBytes = header & hasExtensionFlag ? 2 : 1;
  const ownSize = header & hasSizeFlag ? readLeb128(obu, headerBytes) : undefined;
  const content = ownSize
    ? obu.subarray(ownSize.end, ownSize.end + ownSize.value)
    : obu.subarray(headerBytes);
  const extension = obu.subarray(1, headerBytes);
  const bytes = Buffer.concat([
    Buffer.from([header | hasSizeFlag]),
    extension,
    toLeb128(content.length),
    content,
  ]);
  return { type, bytes, content };
}

/** §5.5.1. */
function parseSequenceSize(content: Buffer): CodedSize | undefined {
  return readOrNothing(() => {
    const reader = createBitReader(content);
    reader.bits(4);
    const isReduced = reader.bit() === 1;
    if (isReduced) reader.bits(5);
    else skipOperatingPoints(reader);
    const [widthBits, heightBits] = [reader.bits(4) + 1, reader.bits(4) + 1];
    return toCodedSize(reader.bits(widthBits) + 1, reader.bits(heightBits) + 1);
  });
}

function skipOperatingPoints(reader: ReturnType<typeof createBitReader>): void {
  let delayBits: number | undefined;
  if (reader.bit()) {
    reader.bits(32);
    reader.bits(32);
    if (reader.bit()) reader.unsigned();
    if (reader.bit()) {
      delayBits = reader.bits(5) + 1;
      reader.bits(32);
      reader.bits(10);
    }
  }
  const hasDisplayDelay = reader.bit() === 1;
  const count = reader.bits(5) + 1;
  for (let point = 0; point < count; point += 1) {
    reader.bits(12);
    if (reader.bits(5) > 7) reader.bit();
    if (delayBits !== undefined && reader.bit()) {
      reader.bits(delayBits);
      reader.bits(delayBits);
      reader.bit();
    }
    if (hasDisplayDelay && reader.bit()) reader.bits(4);
  }
}

/** §4.10.5. */
function readLeb128(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = bytes[from + at];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * at);
    if ((byte & 0x80) === 0) return { value, end: from + at + 1 };
  }
  return undefined;
}

function toLeb128(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}
