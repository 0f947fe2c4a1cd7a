/** Reads bits, the most significant first. All of it throws RangeError at the end of the bytes. */
export interface BitReader {
  bit(): number;
  /** A whole number of so many bits, 32 at most. */
  bits(count: number): number;
  /** ue(v) of H.264 §9.1, uvlc() of AV1 §4.10.3. */
  unsigned(): number;
  /** se(v) of H.264 §9.1.1. */
  signed(): number;
}

/** Reads these bytes from their first bit on. */
export function createBitReader(bytes: Uint8Array): BitReader {
  let position = 0;
  const bit = () => {
    const byte = bytes[position >> 3];
    if (byte === undefined) throw new RangeError("the bits are used up");
    const value = (byte >> (7 - (position & 7))) & 1;
    position += 1;
    return value;
  };
  const bits = (count: number) => {
    let value = 0;
    for (let at = 0; at < count; at += 1) value = value * 2 + bit();
    return value;
  };
  const unsigned = () => {
    let zeros = 0;
    while (bit() === 0) {
      zeros += 1;
      if (zeros > 31) throw new RangeError("a number is too long");
    }
    return 2 ** zeros + bits(zeros) - 1;
  };
  const signed = () => {
    const code = unsigned();
    return code % 2 === 0 ? -code / 2 : (code + 1) / 2;
  };
  return { bit, bits, unsigned, signed };
}

/** What `read` gives, or `undefined` when the bits end too early. */
export function readOrNothing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
