/** One RTP packet (RFC 3550 §5.1). */
export interface RtpPacket {
  readonly payloadType: number;
  /** Ends a frame (RFC 6184 §5.1 and the like). */
  readonly isMarked: boolean;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, in ticks of the payload's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

const fixedHeaderBytes = 12;

/** Reads a packet; `undefined` for what is none. RTCP on the same port is none (RFC 5761 §4: types 64 to 95). */
export function parseRtp(bytes: Buffer): RtpPacket | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined || bytes.length < fixedHeaderBytes) return undefined;
  const payloadType = second & 0x7f;
  if (first >> 6 !== 2 || (payloadType >= 64 && payloadType <= 95)) return undefined;
  let start = fixedHeaderBytes + (first & 0x0f) * 4;
  if (first & 0x10) {
    if (bytes.length < start + 4) return undefined;
    start += 4 + bytes.readUInt16BE(start + 2) * 4;
  }
  const paddingBytes = first & 0x20 ? (bytes[bytes.length - 1] ?? 0) : 0;
  const end = bytes.length - paddingBytes;
  if (start > end) return undefined;
  return {
    payloadType,
    isMarked: (second & 0x80) !== 0,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    payload: bytes.subarray(start, end),
  };
}

/** Makes of counters that wrap around ones that go on: each value is taken as the nearest to the one before. */
export function createUnwrapper(bits: 16 | 32): (value: number) => number {
  const size = 2 ** bits;
  let last: number | undefined;
  return (value) => {
    if (last === undefined) last = value;
    else {
      const step = (((value - last) % size) + size) % size;
      last += step >= size / 2 ? step - size : step;
    }
    return last;
  };
}
