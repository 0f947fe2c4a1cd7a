import { describe, expect, test } from "vitest";
import {
  toBehindWords,
  toCountdownWords,
  toSpokenCountdown,
  toViewerWords,
  toWaitWords,
} from "./live-words.rules.ts";

test.each([
  [undefined, ""],
  [0.02, "0.1 s behind"],
  [0.32, "0.3 s behind"],
  [1.94, "1.9 s behind"],
  [1.96, "2 s behind"],
  [6.4, "6 s behind"],
  [125, "2:05 behind"],
])("%s seconds: %s", (seconds, words) => {
  expect(toBehindWords(seconds)).toBe(words);
});

test.each([
  [0, "0 watching"],
  [1, "1 watching"],
  [12_430, "12.4K watching"],
])("%d viewers: %s", (count, words) => {
  expect(toViewerWords(count)).toBe(words);
});

const minuteMs = 60_000;
test.each([
  [3 * 24 * 60 * minuteMs + 1, "3 days"],
  [125 * minuteMs, "2 h 5 min"],
  [4 * minuteMs + 59_000, "4:59"],
  [1, "0:00"],
  [0, "any moment now"],
])("%d ms before: %s", (leftMs, words) => {
  expect(toCountdownWords(leftMs)).toBe(words);
});

test("a countdown is spoken once a minute, and only in the last hour", () => {
  expect(toSpokenCountdown(61 * minuteMs)).toBe("");
  expect(toSpokenCountdown(5 * minuteMs)).toBe(toSpokenCountdown(5 * minuteMs - 59_000));
  expect(toSpokenCountdown(30_000)).toBe("It starts in a minute.");
  expect(toSpokenCountdown(-1)).toBe("It starts any moment now.");
});

describe("toWaitWords", () => {
  const nowMs = Date.parse("2026-11-21T10:00:00Z");
  test.each([
    [null, ""],
    ["2026-11-21T10:00:42Z", "We wait 42 more seconds."],
    ["2026-11-21T10:10:00Z", "We wait 10 more minutes."],
    ["2026-11-21T09:59:59Z", "The time is up: it may end now."],
  ])("until %s", (until, words) => {
    expect(toWaitWords(until, nowMs)).toBe(words);
  });
});
