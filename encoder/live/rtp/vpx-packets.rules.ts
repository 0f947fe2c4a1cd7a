import { createBitReader, readOrNothing } from "./bit-reader.ts";

/** What an RTP payload brings of a frame. */
export interface FramePiece {
  readonly bytes: Buffer;
  /** A frame, or a spatial layer of one, begins here. */
  readonly isStart: boolean;
  /** Known at the start alone. */
  readonly isKey: boolean;
}

/** The size of a picture as its key frame says it. */
export interface CodedSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** As large as browsers and encoders take pictures. */
const maxSidePx = 16_384;

/** A size; `undefined` for one that no picture has. */
export function toCodedSize(widthPx: number, heightPx: number): CodedSize | undefined {
  const isOne = [widthPx, heightPx].every((sidePx) => sidePx >= 1 && sidePx <= maxSidePx);
  return isOne ? { widthPx, heightPx } : undefined;
}

/** Takes the payload descriptor of VP8 off (RFC 7741 §4.2). */
export function parseVp8Payload(payload: Buffer): FramePiece | undefined {
  return readOrNothing(() => {
    const first = payload.readUInt8(0);
    let at = 1;
    if (first & 0x80) {
      const extensions = payload.readUInt8(at);
      at += 1;
      if (extensions & 0x80) at += payload.readUInt8(at) & 0x80 ? 2 : 1;
      if (extensions & 0x40) at += 1;
      if (extensions & 0x30) at += 1;
    }
    const bytes = payload.subarray(at);
    // S: a partition begins; PID 0: it is the first
    const isStart = (first & 0x10) !== 0 && (first & 0x07) === 0;
    return { bytes, isStart, isKey: isStart && (bytes.readUInt8(0) & 1) === 0 };
  });
}

/** RFC 6386 §9.1. */
export function parseVp8Size(frame: Buffer): CodedSize | undefined {
  if (frame.length < 10 || frame.readUIntBE(3, 3) !== 0x9d012a) return undefined;
  return toCodedSize(frame.readUInt16LE(6) & 0x3fff, frame.readUInt16LE(8) & 0x3fff);
}

/** Takes the payload descriptor of VP9 off (RFC 9628 §4.2). */
export function parseVp9Payload(payload: Buffer): FramePiece | undefined {
  return readOrNothing(() => {
    const first = payload.readUInt8(0);
    const has = (bit: number) => (first & bit) !== 0;
    let at = 1;
    if (has(0x80)) at += payload.readUInt8(at) & 0x80 ? 2 : 1;
    let spatialLayer = 0;
    if (has(0x20)) {
      spatialLayer = (payload.readUInt8(at) >> 1) & 0x07;
      at += has(0x10) ? 1 : 2;
    }
    if (has(0x10) && has(0x40)) {
      for (let more = true; more; at += 1) more = (payload.readUInt8(at) & 1) === 1;
    }
    if (has(0x02)) at += sizeOfScalability(payload.subarray(at));
    const isStart = has(0x08);
    return { bytes: payload.subarray(at), isStart, isKey: isStart && !has(0x40) && spatialLayer === 0 };
  });
}

/** The uncompressed header of a key frame of profile 0 (VP9 bitstream specification §6.2). */
export function parseVp9Size(frame: Buffer): CodedSize | undefined {
  return readOrNothing(() => {
    const reader = createBitReader(frame);
    const [marker, profile, isShownAgain, isNoKey] = [2, 2, 1, 1].map((count) => reader.bits(count));
    if (marker !== 2 || profile !== 0 || isShownAgain || isNoKey) return undefined;
    reader.bits(2);
    if (reader.bits(24) !== 0x498342) return undefined;
    const isRgb = reader.bits(3) === 7;
    if (!isRgb) reader.bit();
    return toCodedSize(reader.bits(16) + 1, reader.bits(16) + 1);
  });
}

/** Several spatial layers of one picture are one frame to a decoder with an index behind them (VP9 specification, annex B). */
export function joinVp9Layers(layers: readonly Buffer[]): Buffer[] {
  if (layers.length < 2) return [...layers];
  const marker = Buffer.from([0xc0 | (3 << 3) | (layers.length - 1)]);
  const sizes = layers.map((layer) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(layer.length, 0);
    return size;
  });
  return [...layers, marker, ...sizes, marker];
}

/** §4.2.1: scalability structure. */
function sizeOfScalability(bytes: Buffer): number {
  const first = bytes.readUInt8(0);
  let at = 1;
  if (first & 0x10) at += ((first >> 5) + 1) * 4;
  if (first & 0x08) {
    const count = bytes.readUInt8(at);
    at += 1;
    for (let picture = 0; picture < count; picture += 1) at += 1 + ((bytes.readUInt8(at) >> 2) & 0x03);
  }
  return at;
}
