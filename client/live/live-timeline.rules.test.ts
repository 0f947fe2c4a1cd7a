import { describe, expect, test } from "vitest";
import { toLiveUrgentSeconds, toMediaSeconds, toProgrammeMs } from "./live-timeline.rules.ts";

/** Three segments, a gap of 30 s in which the streamer was away, and two more. */
const fragments = [
  ...[0, 2, 4].map((start) => ({ startSeconds: start, durationSeconds: 2, atMs: 100_000 + start * 1000 })),
  ...[6, 8].map((start) => ({ startSeconds: start, durationSeconds: 2, atMs: 130_000 + start * 1000 })),
];

describe("toMediaSeconds", () => {
  test.each([
    ["before the first: where it begins", 50_000, 0],
    ["inside", 103_500, 3.5],
    ["in the gap: after it", 120_000, 6],
    ["after the gap", 138_500, 8.5],
    ["after the last: its end", 200_000, 10],
  ])("%s", (_, atMs, seconds) => {
    expect(toMediaSeconds(fragments, atMs)).toBe(seconds);
  });

  test("nothing of nothing", () => expect(toMediaSeconds([], 1)).toBeUndefined());
});

describe("toProgrammeMs", () => {
  test.each([
    ["inside", 3.5, 103_500],
    ["after the gap", 8.5, 138_500],
    ["before the first: when that was", -1, 100_000],
    ["after the last: its end", 99, 140_000],
  ])("%s", (_, seconds, atMs) => {
    expect(toProgrammeMs(fragments, seconds)).toBe(atMs);
  });

  test("nothing of nothing", () => expect(toProgrammeMs([], 1)).toBeUndefined());
});

test("asks the server at once for everything where nobody else is there", () => {
  expect(toLiveUrgentSeconds(0, 60_000)).toBeGreaterThan(20);
  expect(toLiveUrgentSeconds(0, 1_000)).toBeLessThan(5);
  expect(toLiveUrgentSeconds(3, 60_000)).toBeLessThan(toLiveUrgentSeconds(0, 1_000));
});
