import { describe, expect, it } from "vitest";
import { ClockGuard } from "./clock-guard.ts";

const hz = 90_000;

/** Hears frames of a second each from 0 on; then, at `atSecond`, one whose clock says `mediaSecond`. */
function hear(atSecond: number, mediaSecond: number, rate = 1): boolean {
  const guard = new ClockGuard();
  for (let second = 0; second < atSecond; second += 1) {
    const hasJumped = guard.hasJumped({ ticks: second * rate * hz, arrivedMs: second * 1000 });
    if (hasJumped) return true;
  }
  return guard.hasJumped({ ticks: mediaSecond * hz, arrivedMs: atSecond * 1000 });
}

describe("a clock", () => {
  it.each([
    ["goes on", 100, 100, false],
    ["is late by what a network holds back", 100, 95, false],
    ["is early by what came late before", 100, 105, false],
    ["jumps ahead by hours", 100, 100 + 2 ** 31 / hz, true],
    ["jumps back", 100, 20, true],
    ["jumps at once", 1, 3600, true],
  ])("%s", (_name, atSecond, mediaSecond, expected) => {
    expect(hear(atSecond, mediaSecond)).toBe(expected);
  });

  it("that drifts for days is a good one, one that runs twice as fast is none", () => {
    const rate = 1.0002;
    expect(hear(200_000, 200_000 * rate, rate)).toBe(false);
    expect(hear(100, 200, 2)).toBe(true);
  });
});
