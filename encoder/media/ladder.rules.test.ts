import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toNumber } from "./frame-rate.rules.ts";
import { makeLadder } from "./ladder.rules.ts";

const thirty = { num: 30, den: 1 };
const names = (widthPx: number, heightPx: number) =>
  makeLadder({ widthPx, heightPx, frameRate: thirty }).rungs.map((rung) => rung.name);

describe("makeLadder", () => {
  test.each([
    [1920, 1080, ["1080p", "720p", "480p", "360p", "240p", "144p"]],
    [3840, 2160, ["2160p", "1440p", "1080p", "720p", "480p", "360p", "240p", "144p"]],
    [7680, 4320, ["2160p", "1440p", "1080p", "720p", "480p", "360p", "240p", "144p"]],
    // 15 % or more above a standard rung: its own size too
    [768, 576, ["576p", "480p", "360p", "240p", "144p"]],
    [960, 540, ["480p", "360p", "240p", "144p"]],
    [1080, 1920, ["1080p", "720p", "480p", "360p", "240p", "144p"]],
    [853, 481, ["480p", "360p", "240p", "144p"]],
    [100, 61, ["60p"]],
    [2, 2, ["16p"]],
  ])("%i × %i", (widthPx, heightPx, expected) => {
    expect(names(widthPx, heightPx)).toEqual(expected);
  });

  test("keeps 60 frames from 720p on, and lets all key frames meet", () => {
    const { rungs, gopSeconds } = makeLadder({
      widthPx: 1920,
      heightPx: 1080,
      frameRate: { num: 60_000, den: 1001 },
    });
    expect(rungs.map(({ name, gopFrames }) => [name, gopFrames]).slice(0, 3)).toEqual([
      ["1080p", 120],
      ["720p", 120],
      ["480p", 60],
    ]);
    expect(gopSeconds).toBeCloseTo(2.002, 6);
    expect(rungs.map(({ level }) => level)).toEqual(["4.2", "3.2", "3.1", "3.0", "2.1", "1.2"]);
  });

  test("is sane for every picture", () => {
    const sources = fc.record({
      widthPx: fc.integer({ min: 1, max: 8192 }),
      heightPx: fc.integer({ min: 1, max: 4320 }),
      frameRate: fc.record({ num: fc.integer({ min: 5000, max: 60_000 }), den: fc.constant(1000) }),
    });
    fc.assert(
      fc.property(sources, (source) => {
        const { rungs, gopSeconds } = makeLadder(source);
        expect(rungs.length).toBeGreaterThan(0);
        expect(new Set(rungs.map(({ name }) => name)).size).toBe(rungs.length);
        for (const rung of rungs) {
          expect(rung.widthPx % 2).toBe(0);
          expect(rung.heightPx % 2).toBe(0);
          expect(Math.min(rung.widthPx, rung.heightPx)).toBeLessThanOrEqual(
            Math.max(16, Math.min(source.widthPx, source.heightPx)),
          );
          expect(rung.gopFrames / toNumber(rung.frameRate)).toBeCloseTo(gopSeconds, 9);
          expect(rung.maxBitrateBps).toBeGreaterThan(0);
        }
      }),
    );
  });
});
