import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barCount, readBars, toBars } from "./clock-bars.ts";

const paint = (nowMs: number) => toBars(nowMs).map((isWhite) => (isWhite ? 230 : 25));

describe("the painted clock", () => {
  it("is read as it was painted", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 43 }),
        fc.integer({ min: 0, max: 60_000 }),
        (atMs, ageMs) => {
          expect(readBars(paint(atMs), atMs + ageMs)).toBe(atMs);
        },
      ),
    );
  });

  it("is not read where a bar is wrong", () => {
    const atMs = 1_767_225_600_123;
    for (let at = 0; at < barCount; at++) {
      const bars = paint(atMs).map((one, index) => (index === at ? 255 - one : one));
      expect(readBars(bars, atMs), `bar ${at}`).toBeUndefined();
    }
    expect(readBars(new Array(barCount).fill(0), atMs)).toBeUndefined();
    expect(readBars([], atMs)).toBeUndefined();
  });
});
