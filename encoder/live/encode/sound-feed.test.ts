import { describe, expect, it } from "vitest";
import { SoundFeed } from "./sound-feed.ts";

const hz = 48_000;
/** Opus: one frame of 20 ms. */
const payload = Buffer.from([31 << 3, 1, 2]);

/** Feeds packets that come every 20 ms and whose clocks go on by `stepMs`; how many seconds of sound became of a second? */
function feedSecond(stepMs: number, everyMs = 20): number {
  const feed = new SoundFeed(0);
  const fed = Array.from({ length: 1000 / everyMs }, (_, at) =>
    feed.push({ ticks: (at * stepMs * hz) / 1000, payload, arrivedMs: at * everyMs }),
  ).flat();
  return fed.reduce((sum, { samples }) => sum + samples, 0) / hz;
}

describe("a second of packets becomes", () => {
  it("a second of sound when all is well", () => {
    expect(feedSecond(20)).toBe(1);
  });

  it("a second when the clock jumps by hours with each packet", () => {
    expect(feedSecond(3_600_000)).toBe(1);
  });

  it("no more than some seconds when the clock runs ahead, or far too many packets come", () => {
    expect(feedSecond(4900)).toBeLessThan(7);
    expect(feedSecond(20, 0.5)).toBeLessThan(7);
  });
});
