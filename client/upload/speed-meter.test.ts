import { describe, expect, it } from "vitest";
import { createSpeedMeter } from "./speed-meter.ts";

function createClock() {
  let nowMs = 0;
  return { now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

describe("the speed meter", () => {
  it("says nothing before it knows", () => {
    const clock = createClock();
    const meter = createSpeedMeter(0, clock.now);
    meter.record(1000);
    expect(meter.bytesPerSecond()).toBe(0);
  });

  it("finds a steady speed, counting from where it began", () => {
    const clock = createClock();
    const meter = createSpeedMeter(5000, clock.now);
    for (let second = 1; second <= 5; second++) {
      clock.pass(1000);
      meter.record(5000 + second * 2000);
    }
    expect(meter.bytesPerSecond()).toBeCloseTo(2000);
  });

  it("follows a change slowly", () => {
    const clock = createClock();
    const meter = createSpeedMeter(0, clock.now);
    clock.pass(1000);
    meter.record(1000);
    clock.pass(1000);
    meter.record(11_000);
    expect(meter.bytesPerSecond()).toBeGreaterThan(1000);
    expect(meter.bytesPerSecond()).toBeLessThan(5000);
    for (let second = 0; second < 60; second++) {
      clock.pass(1000);
      meter.record(11_000 + (second + 1) * 10_000);
    }
    expect(meter.bytesPerSecond()).toBeCloseTo(10_000, -2);
  });
});
