import { expect, test } from "vitest";
import { isPublisherOver, toPublisherStateName } from "./publisher-state.rules.ts";

const never = { openedAtMs: 1000, heardAtMs: null, isLinked: false };
const heard = { openedAtMs: 1000, heardAtMs: 5000, isLinked: true };

test.each([
  ["not heard yet", never, 2000, "connecting", false],
  ["never heard in time", never, 16_000, "connecting", true],
  ["heard a moment ago", heard, 7999, "live", false],
  ["not heard for 3 s", heard, 8000, "silent", false],
  ["heard a moment ago, but the link is lost", { ...heard, isLinked: false }, 5001, "silent", false],
  ["silent for a minute", heard, 65_000, "silent", true],
])("%s", (_, signs, nowMs, name, isOver) => {
  expect([toPublisherStateName(signs, nowMs), isPublisherOver(signs, nowMs)]).toEqual([name, isOver]);
});
