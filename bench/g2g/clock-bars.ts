/*
 * A clock that survives being encoded: the milliseconds of the day, as 24 bars of black and white, and 8 bars that tell
 * whether they were read right.
 */

/** Bars from left to right across the whole picture. */
export const barCount = 32;
/** Height of the bars, as a share of the picture's. */
export const barHeightShare = 64 / 720;
const timeBits = 24;
const span = 2 ** timeBits;

function toCheck(value: number): number {
  return ((value & 0xff) * 3 + ((value >> 8) & 0xff) * 5 + (value >> 16) * 7 + 0x5a) & 0xff;
}

/** Which bars are white at this time. */
export function toBars(nowMs: number): boolean[] {
  const value = Math.round(nowMs) % span;
  const bits = value * 256 + toCheck(value);
  return Array.from({ length: barCount }, (_, at) => Math.floor(bits / 2 ** (barCount - 1 - at)) % 2 === 1);
}

/** The latest time before `nowMs` at which bars of this brightness (0 to 255) were painted; `undefined`: not readable. */
export function readBars(brightness: readonly number[], nowMs: number): number | undefined {
  if (brightness.length !== barCount) return undefined;
  const bits = brightness.reduce((sum, one) => sum * 2 + (one > 127 ? 1 : 0), 0);
  const value = Math.floor(bits / 256);
  if (bits % 256 !== toCheck(value)) return undefined;
  const ageMs = (((nowMs - value) % span) + span) % span;
  return nowMs - ageMs;
}
