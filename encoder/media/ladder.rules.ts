import { type Rational, toNumber, toSmallRate } from "./frame-rate.rules.ts";
import { toH264Level } from "./h264-level.rules.ts";

/** One rung to be made. */
export interface Rung {
  /** The short side of the picture, e.g. `720p`. */
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: Rational;
  /** Frames from one key frame to the next. */
  readonly gopFrames: number;
  readonly crf: number;
  readonly maxBitrateBps: number;
  readonly bufferBits: number;
  readonly level: string;
}

/** All rungs of a video, from the largest to the smallest; their key frames lie at the same times. */
export interface Ladder {
  readonly rungs: readonly Rung[];
  readonly gopSeconds: number;
}

/** What the ladder needs to know of a picture: size after rotation and with square pixels, and its constant rate. */
export interface LadderSource {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly frameRate: Rational;
}

const standardShortSidesPx = [144, 240, 360, 480, 720, 1080, 1440, 2160];
/** A source this much above the highest standard rung that fits gets a rung of its own size. */
const ownRungFactor = 1.15;
const gopTargetSeconds = 2;
const smallestSidePx = 16;
/** Gives the bytes and the SSIM that plain `veryfast` has at 23 (`npm run bench -- ladder`). */
const crf = 22.75;
/** From here on, rungs keep a rate above 30 frames per second. */
const fastFromPx = 720;

/** The rungs of a source: never larger than it is, each once, even sizes. */
export function makeLadder(source: LadderSource): Ladder {
  const smallRate = toSmallRate(source.frameRate);
  const smallGopFrames = Math.max(1, Math.round(gopTargetSeconds * toNumber(smallRate)));
  const rateFactor = Math.round(toNumber(source.frameRate) / toNumber(smallRate));
  const rungs = chooseShortSides(source).map((shortSidePx): Rung => {
    const isFast = shortSidePx >= fastFromPx;
    const frameRate = isFast ? source.frameRate : smallRate;
    const size = toRungSize(source, shortSidePx);
    const maxBitrateBps = toMaxBitrateBps(size, toNumber(frameRate));
    return {
      name: `${shortSidePx}p`,
      ...size,
      frameRate,
      gopFrames: smallGopFrames * (isFast ? rateFactor : 1),
      crf,
      maxBitrateBps,
      bufferBits: maxBitrateBps * 2,
      level: toH264Level({ ...size, fps: toNumber(frameRate), maxBitrateBps }),
    };
  });
  return { rungs, gopSeconds: smallGopFrames / toNumber(smallRate) };
}

function chooseShortSides(source: LadderSource): number[] {
  const ownPx = Math.max(smallestSidePx, toEven(Math.min(source.widthPx, source.heightPx), "down"));
  const fitting = standardShortSidesPx.filter((sidePx) => sidePx <= ownPx);
  const highestPx = fitting.at(-1) ?? 0;
  const isAtTop = highestPx === standardShortSidesPx.at(-1);
  if (!isAtTop && ownPx >= highestPx * ownRungFactor) fitting.push(ownPx);
  return fitting.reverse();
}

function toRungSize(source: LadderSource, shortSidePx: number): { widthPx: number; heightPx: number } {
  const ownShortPx = Math.min(source.widthPx, source.heightPx);
  const ownLongPx = Math.max(source.widthPx, source.heightPx);
  const longSidePx = Math.max(smallestSidePx, toEven((shortSidePx * ownLongPx) / ownShortPx, "near"));
  return source.widthPx >= source.heightPx
    ? { widthPx: longSidePx, heightPx: shortSidePx }
    : { widthPx: shortSidePx, heightPx: longSidePx };
}

/** 5 Mbit/s for 1080p; larger pictures need less per pixel, fast ones half as much again. */
function toMaxBitrateBps(size: { widthPx: number; heightPx: number }, fps: number): number {
  const part = (size.widthPx * size.heightPx) / (1920 * 1080);
  const rateFactor = fps > 31 ? 1.5 : 1;
  return Math.round((5_000_000 * part ** 0.75 * rateFactor) / 1000) * 1000;
}

function toEven(px: number, direction: "down" | "near"): number {
  return 2 * (direction === "down" ? Math.floor(px / 2) : Math.round(px / 2));
}
