import { expect } from "vitest";
import type { MemoryPublisher } from "./memory-publisher.ts";
import { decodeAudio, decodeGrey } from "./published.ts";

/** A source that is all right but unusual, and what must become of it. */
export interface AwkwardSource {
  readonly what: string;
  readonly fileName: string;
  readonly args: readonly string[];
  readonly prepare?: (path: string) => Promise<void>;
  readonly seconds: number;
  /** Name, width and height of each rung, from the largest. */
  readonly rungs: ReadonlyArray<readonly [name: string, widthPx: number, heightPx: number, fps?: string]>;
  /** Language and channels of each audio track. */
  readonly audio?: ReadonlyArray<readonly [language: string, channelCount: number]>;
  readonly also?: (result: Result) => Promise<void> | void;
}

/** What was published of it, and a folder for files in passing. */
export interface Result {
  readonly publisher: MemoryPublisher;
  readonly dir: string;
}

/** Rungs of a picture of 426 × 240. */
export const ladder240 = [
  ["240p", 426, 240],
  ["144p", 256, 144],
] as const;
/** One track of two channels without a language. */
export const stereo = [["und", 2]] as const;

/** Quarters count from the top left, row by row. */
export function expectRedQuarter(quarterColours: number[][], expected: number): void {
  const redness = quarterColours.map(([red = 0, , blue = 0]) => red - blue);
  expect(redness.indexOf(Math.max(...redness))).toBe(expected);
}

/** The flash and the beep are at the time that the source has them, and less than 40 ms apart. */
export async function expectTogether({ publisher, dir }: Result, atSeconds: number): Promise<void> {
  const frames = await decodeGrey(publisher, "144p", dir);
  const flashSeconds = frames.findIndex((frame) => (frame[0] ?? 0) > 128) / 25;
  const samples = await decodeAudio(publisher, "audio-0", dir);
  const beepSeconds = samples.findIndex((sample) => Math.abs(sample) > 0.05) / 48_000;
  expect(Math.abs(flashSeconds - atSeconds)).toBeLessThanOrEqual(0.041);
  expect(Math.abs(beepSeconds - atSeconds)).toBeLessThanOrEqual(0.03);
  expect(Math.abs(flashSeconds - beepSeconds)).toBeLessThanOrEqual(0.04);
}
