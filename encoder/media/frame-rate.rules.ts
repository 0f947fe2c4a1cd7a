/** A fraction of two whole numbers, as containers keep rates. */
export interface Rational {
  readonly num: number;
  readonly den: number;
}

/** Value of a fraction. */
export function toNumber(value: Rational): number {
  return value.num / value.den;
}

/** `30000/1001` or `16:9`; `undefined` for `0/0` and everything that is no positive fraction. */
export function parseRational(text: string | undefined): Rational | undefined {
  const [num, den] = (text ?? "").split(/[/:]/).map(Number);
  if (!num || !den || !Number.isSafeInteger(num) || !Number.isSafeInteger(den)) return undefined;
  return num > 0 && den > 0 ? { num, den } : undefined;
}

/** A frame rate that cameras and editors use, in frames per second. */
const standardRates: readonly Rational[] = [
  { num: 10, den: 1 },
  { num: 12, den: 1 },
  { num: 15, den: 1 },
  { num: 20, den: 1 },
  { num: 24_000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30_000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60_000, den: 1001 },
  { num: 60, den: 1 },
];
const fallbackRate: Rational = { num: 30, den: 1 };
const highestFps = 60.5;
const lowestFps = 5;
/** Rungs below 720p get no more than this. */
const highestSmallFps = 31;

/** What a container says of a stream's rate. */
export interface DeclaredRates {
  /** Lowest rate that hits every time stamp (ffprobe's `r_frame_rate`). */
  readonly base: Rational | undefined;
  /** Frames ÷ duration (ffprobe's `avg_frame_rate`). */
  readonly average: Rational | undefined;
}

/** Do the time stamps of this stream lie on a grid of its own rate? */
export function isVariableRate({ base, average }: DeclaredRates): boolean {
  if (!base || !average) return true;
  return Math.abs(toNumber(base) - toNumber(average)) > 0.01 * toNumber(average);
}

/**
 * The constant rate that a source is brought to: its own where it has one; for variable rates the grid it lies on, or
 * the nearest usual rate above its average. Never over 60, never under 5 frames per second.
 */
export function chooseFrameRate(rates: DeclaredRates): Rational {
  return withinBounds(isVariableRate(rates) ? rateOfVariable(rates) : (rates.base ?? fallbackRate));
}

function rateOfVariable({ base, average }: DeclaredRates): Rational {
  const baseFps = base ? toNumber(base) : 0;
  const averageFps = average ? toNumber(average) : 0;
  const isGridPlausible = baseFps > 0 && baseFps <= highestFps && averageFps >= baseFps / 2;
  if (base && (isGridPlausible || (!average && baseFps <= highestFps))) return base;
  if (!average || averageFps > 1000) return fallbackRate;
  if (averageFps > highestFps) return { num: Math.round(averageFps), den: 1 };
  return standardRates.find((rate) => toNumber(rate) >= averageFps * 0.9995) ?? fallbackRate;
}

/** Takes every n-th frame, or shows each n times: motion stays even. */
function withinBounds(rate: Rational): Rational {
  const fps = toNumber(rate);
  if (fps > highestFps) return { num: rate.num, den: rate.den * Math.ceil(fps / highestFps) };
  if (fps < lowestFps) return { num: rate.num * Math.ceil(lowestFps / fps), den: rate.den };
  return rate;
}

/** The rate of rungs below 720p: half of a fast one, so that key frames of all rungs meet. */
export function toSmallRate(rate: Rational): Rational {
  return toNumber(rate) > highestSmallFps ? { num: rate.num, den: rate.den * 2 } : rate;
}
