import { afterEach, expect, it } from "vitest";
import { Pacer } from "./pacer.ts";
import type { RestreamSample } from "./restream-sample.ts";

let nowMs = 0;
const opened: Pacer[] = [];
afterEach(() => Promise.all(opened.splice(0).map((pacer) => pacer.close())));

function open() {
  nowMs = 1_000_000;
  const pacer = new Pacer(() => nowMs);
  opened.push(pacer);
  const heard: number[] = [];
  pacer.subscribe(({ decodeSeconds }) => heard.push(decodeSeconds));
  return { pacer, heard };
}

/** Samples of a segment of 2 s, two a second. */
function segment(startSeconds: number): RestreamSample[] {
  return [0, 0.5, 1, 1.5].map((at) => ({
    kind: "video",
    decodeSeconds: startSeconds + at,
    compositionSeconds: 0,
    isSync: at === 0,
    data: Buffer.alloc(1),
    decoderConfig: Buffer.alloc(1),
  }));
}

function passMs(pacer: Pacer, ms: number): void {
  nowMs += ms;
  pacer.give();
}

it("gives out segments at the pace of their times, also when they come late", () => {
  const { pacer, heard } = open();
  pacer.push(segment(100));
  passMs(pacer, 600);
  expect(heard).toEqual([100, 100.5]);
  passMs(pacer, 1600);
  pacer.push(segment(102));
  passMs(pacer, 0);
  expect(heard).toEqual([100, 100.5, 101, 101.5, 102]);
});

it("begins a new count after a gap, and never keeps more than it may", () => {
  const { pacer, heard } = open();
  pacer.push(segment(100));
  passMs(pacer, 30_000);
  pacer.push(segment(110));
  passMs(pacer, 0);
  expect(heard.at(-1)).toBe(110);
  for (let at = 0; at < 100; at += 1) pacer.push(segment(112 + at * 2));
  passMs(pacer, 300_000);
  expect(heard.filter((seconds) => seconds > 112).length).toBeLessThan(60);
});
