/** ITU-T H.264 table A-1, for High profile (bitrates × 1.25): level, macroblocks per second and per frame, bit/s. */
const levels = [
  { level: "1.1", perSecond: 3000, perFrame: 396, bitrateBps: 240_000 },
  { level: "1.2", perSecond: 6000, perFrame: 396, bitrateBps: 480_000 },
  { level: "1.3", perSecond: 11_880, perFrame: 396, bitrateBps: 960_000 },
  { level: "2.1", perSecond: 19_800, perFrame: 792, bitrateBps: 5_000_000 },
  { level: "3.0", perSecond: 40_500, perFrame: 1620, bitrateBps: 12_500_000 },
  { level: "3.1", perSecond: 108_000, perFrame: 3600, bitrateBps: 17_500_000 },
  { level: "3.2", perSecond: 216_000, perFrame: 5120, bitrateBps: 25_000_000 },
  { level: "4.0", perSecond: 245_760, perFrame: 8192, bitrateBps: 25_000_000 },
  { level: "4.2", perSecond: 522_240, perFrame: 8704, bitrateBps: 62_500_000 },
  { level: "5.0", perSecond: 589_824, perFrame: 22_080, bitrateBps: 168_750_000 },
  { level: "5.1", perSecond: 983_040, perFrame: 36_864, bitrateBps: 300_000_000 },
  { level: "5.2", perSecond: 2_073_600, perFrame: 36_864, bitrateBps: 300_000_000 },
  { level: "6.2", perSecond: 16_711_680, perFrame: 139_264, bitrateBps: 1_000_000_000 },
] as const;

/** The lowest level that this stream stays within; the highest there is for pictures beyond all of them. */
export function toH264Level(stream: {
  widthPx: number;
  heightPx: number;
  fps: number;
  maxBitrateBps: number;
}): string {
  const acrossMb = Math.ceil(stream.widthPx / 16);
  const downMb = Math.ceil(stream.heightPx / 16);
  const found = levels.find(
    ({ perSecond, perFrame, bitrateBps }) =>
      acrossMb * downMb <= perFrame &&
      acrossMb * downMb * stream.fps <= perSecond &&
      // §A.3.1: no side is longer than the square root of eight times the frame size
      Math.max(acrossMb, downMb) ** 2 <= 8 * perFrame &&
      stream.maxBitrateBps <= bitrateBps,
  );
  return (found ?? levels[levels.length - 1])?.level ?? "6.2";
}
