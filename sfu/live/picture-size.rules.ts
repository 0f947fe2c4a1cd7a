/** Height in pixels that a key frame's first packet tells, by the RTP payload; `null`: it tells none. */
export function readHeightPx(mimeType: string, payload: Uint8Array): number | null {
  switch (mimeType.toLowerCase()) {
    case "video/h264":
      return readH264(payload);
    case "video/vp8":
      return readVp8(payload);
    default:
      return null;
  }
}

/** The payload of an RTP packet (RFC 3550 §5.1, §5.3.1). */
export function toPayload(packet: Uint8Array): Uint8Array {
  const [first = 0] = packet;
  const csrcEnd = 12 + (first & 0x0f) * 4;
  const hasExtension = (first & 0x10) !== 0;
  const extensionWords = hasExtension ? (at(packet, csrcEnd + 2) << 8) | at(packet, csrcEnd + 3) : 0;
  return packet.subarray(csrcEnd + (hasExtension ? 4 + extensionWords * 4 : 0));
}

const parameterSet = 7;
const aggregation = 24;
/** Profiles whose parameter set says more of its colours (ITU-T H.264 §7.3.2.1.1). */
const profilesWithChroma = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

function readH264(payload: Uint8Array): number | null {
  const type = at(payload, 0) & 0x1f;
  if (type === parameterSet) return readParameterSet(payload);
  if (type !== aggregation) return null;
  // RFC 6184 §5.7.1: units one after the other, each with its size in 16 bits
  for (let offset = 1; offset + 2 < payload.length; ) {
    const size = (at(payload, offset) << 8) | at(payload, offset + 1);
    const unit = payload.subarray(offset + 2, offset + 2 + size);
    if ((at(unit, 0) & 0x1f) === parameterSet) return readParameterSet(unit);
    offset += 2 + size;
  }
  return null;
}

/** ITU-T H.264 §7.3.2.1.1, as far as the height. */
function readParameterSet(unit: Uint8Array): number | null {
  const bits = new BitReader(withoutEscapes(unit.subarray(1)));
  const profile = bits.read(8);
  bits.read(16);
  bits.readUnsigned();
  let chromaFormat = 1;
  if (profilesWithChroma.has(profile)) {
    chromaFormat = bits.readUnsigned();
    if (chromaFormat === 3) bits.read(1);
    bits.readUnsigned();
    bits.readUnsigned();
    bits.read(1);
    if (bits.read(1) === 1) skipScalingLists(bits, chromaFormat === 3 ? 12 : 8);
  }
  bits.readUnsigned();
  skipPictureOrder(bits);
  bits.readUnsigned();
  bits.read(1);
  bits.readUnsigned();
  const mapUnits = bits.readUnsigned() + 1;
  const fieldFactor = 2 - bits.read(1);
  if (fieldFactor === 2) bits.read(1);
  bits.read(1);
  let cropped = 0;
  if (bits.read(1) === 1) {
    bits.readUnsigned();
    bits.readUnsigned();
    cropped = (bits.readUnsigned() + bits.readUnsigned()) * (chromaFormat === 1 ? 2 : 1) * fieldFactor;
  }
  const heightPx = mapUnits * 16 * fieldFactor - cropped;
  return bits.isOver || heightPx <= 0 || heightPx > 16_384 ? null : heightPx;
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.readUnsigned();
  if (type === 0) bits.readUnsigned();
  if (type !== 1) return;
  bits.read(1);
  bits.readUnsigned();
  bits.readUnsigned();
  for (let left = bits.readUnsigned(); left > 0 && !bits.isOver; left--) bits.readUnsigned();
}

function skipScalingLists(bits: BitReader, count: number): void {
  for (let list = 0; list < count; list++) {
    if (bits.read(1) === 0) continue;
    let [last, next] = [8, 8];
    for (let left = list < 6 ? 16 : 64; left > 0 && next !== 0; left--) {
      next = (last + bits.readSigned() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** ITU-T H.264 §7.4.1: a 3 behind two zeros only keeps apart. */
function withoutEscapes(unit: Uint8Array): Uint8Array {
  return unit.filter((byte, index) => byte !== 3 || at(unit, index - 1) !== 0 || at(unit, index - 2) !== 0);
}

/** RFC 7741 §4.2 and RFC 6386 §9.1. */
function readVp8(payload: Uint8Array): number | null {
  const first = at(payload, 0);
  const extension = (first & 0x80) !== 0 ? at(payload, 1) : 0;
  let offset = (first & 0x80) !== 0 ? 2 : 1;
  if ((extension & 0x80) !== 0) offset += (at(payload, offset) & 0x80) !== 0 ? 2 : 1;
  if ((extension & 0x40) !== 0) offset++;
  if ((extension & 0x30) !== 0) offset++;
  const isFirst = (first & 0x10) !== 0 && (first & 0x07) === 0;
  const isKeyFrame = offset + 9 < payload.length && (at(payload, offset) & 1) === 0;
  const hasStartCode = [0x9d, 0x01, 0x2a].every((byte, index) => at(payload, offset + 3 + index) === byte);
  if (!isFirst || !isKeyFrame || !hasStartCode) return null;
  return ((at(payload, offset + 9) << 8) | at(payload, offset + 8)) & 0x3fff || null;
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}

/** Reads bits, and numbers by Exp-Golomb codes (ITU-T H.264 §9.1); beyond the end come zeros. */
class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#position > this.#bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left--, this.#position++) {
      value = value * 2 + ((at(this.#bytes, this.#position >> 3) >> (7 - (this.#position & 7))) & 1);
    }
    return value;
  }

  readUnsigned(): number {
    let zeros = 0;
    while (zeros < 32 && this.read(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  readSigned(): number {
    const code = this.readUnsigned();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
