import { expect, test } from "vitest";
import { ServerClock } from "./server-clock.ts";

/** Answers of a server whose clock is `offsetMs` ahead of ours, asked at these moments of ours. */
function learn(clock: ServerClock, offsetMs: number, sentAtMs: readonly number[], roundTripMs = 20): void {
  for (const sent of sentAtMs) {
    const serverMs = sent + roundTripMs / 2 + offsetMs;
    const date = new Date(Math.floor(serverMs / 1000) * 1000).toUTCString();
    clock.learn({ date, age: null }, sent, sent + roundTripMs);
  }
}

const start = Date.parse("2026-11-21T10:00:00Z");
const moments = Array.from({ length: 12 }, (_, index) => start + index * 2_090);

test.each([0, 4_321, -86_400_000])("finds a difference of %d ms", (offsetMs) => {
  const clock = new ServerClock();
  learn(clock, offsetMs, moments);
  expect(Math.abs(clock.offsetMs - offsetMs)).toBeLessThan(120);
  expect(clock.nowMs(start)).toBe(start + clock.offsetMs);
});

test("knows nothing before the first answer, and learns nothing from answers that were kept", () => {
  const clock = new ServerClock();
  clock.learn({ date: null, age: null }, start, start + 20);
  clock.learn({ date: "Sat, 21 Nov 2026 09:00:00 GMT", age: "3600" }, start, start + 20);
  clock.learn({ date: "yesterday", age: null }, start, start + 20);
  expect(clock.offsetMs).toBe(0);
});

test("believes the newest when a clock was set", () => {
  const clock = new ServerClock();
  learn(clock, 0, moments);
  learn(clock, 60_000, moments);
  expect(Math.abs(clock.offsetMs - 60_000)).toBeLessThan(120);
});
