import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TimerSet } from "./timer-set.ts";
import { WayHealth } from "./way-health.ts";

const timers = { current: new TimerSet() };
beforeEach(() => {
  vi.useFakeTimers();
  timers.current = new TimerSet();
});
afterEach(() => {
  timers.current.close();
  vi.useRealTimers();
});

test("a way that failed rests, and says when it may be tried again", () => {
  let restedCount = 0;
  const health = new WayHealth(timers.current, () => {
    restedCount += 1;
  });
  health.failed("webrtc");
  expect([health.isResting("webrtc"), health.isResting("hls")]).toEqual([true, false]);
  vi.advanceTimersByTime(60_000);
  expect(restedCount).toBe(1);
  expect(health.isResting("webrtc")).toBe(false);
  health.failed("webrtc");
  health.mayTry("webrtc");
  expect(health.isResting("webrtc")).toBe(false);
});

test("it rests for longer each time, until it has worked", () => {
  const health = new WayHealth(timers.current, () => {});
  const measureRestMs = () => {
    const beganMs = Date.now();
    health.failed("webrtc");
    while (health.isResting("webrtc")) vi.advanceTimersByTime(500);
    return Date.now() - beganMs;
  };
  health.worked("webrtc");
  const [first, second] = [measureRestMs(), measureRestMs()];
  expect(second).toBeGreaterThan(first);
  health.worked("webrtc");
  expect(measureRestMs()).toBe(first);
});

test("what the browser cannot it cannot, until another broadcast may be another format", () => {
  const health = new WayHealth(timers.current, () => {});
  health.cannot("webrtc");
  expect([health.isAble("webrtc"), health.isAnyAble]).toEqual([false, true]);
  health.cannot("hls");
  expect(health.isAnyAble).toBe(false);
  health.forget();
  expect(health.isAble("webrtc")).toBe(true);
});
