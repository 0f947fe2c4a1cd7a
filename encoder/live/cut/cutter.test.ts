import { expect, test } from "vitest";
import type { MediaFrame } from "../rtp/media-frame.ts";
import { alignLayers } from "./align.rules.ts";
import { ArrivalClock } from "./arrival-clock.ts";
import { type Cut, partSeconds } from "./cut.ts";
import { Cutter } from "./cutter.ts";
import { makeHead, makePicture, makeSound } from "./testing/frames.ts";

const heads = [makeHead(180), makeHead(360), makeHead(720)] as const;

/** Pushes everything in the order of arrival and asks at each step, as an era does. */
function run(
  layers: ReadonlyArray<readonly MediaFrame[]>,
  sound: readonly MediaFrame[] = [],
  untilMs?: number,
) {
  const cutter = new Cutter();
  for (const layer of layers.keys()) cutter.addPicture(layer);
  if (sound.length > 0) cutter.addSound();
  const all = [
    ...layers.flatMap((frames, layer) => frames.map((frame) => ({ layer, frame }))),
    ...sound.map((frame) => ({ layer: undefined, frame })),
  ].sort((a, b) => a.frame.arrivedMs - b.frame.arrivedMs);
  const cuts: Cut[] = [];
  for (const { layer, frame } of all) {
    if (layer === undefined) {
      cutter.heardSound(frame.ticks, frame.arrivedMs);
      cutter.pushSound(frame);
    } else cutter.pushPicture(layer, frame);
    cuts.push(...cutter.poll(frame.arrivedMs));
  }
  const endMs = untilMs ?? (all.at(-1)?.frame.arrivedMs ?? 0) + 2000;
  cuts.push(...cutter.poll(endMs));
  return { cutter, cuts };
}

const seconds = (ticks: number) => ticks / 90_000;
const layersOf = ({ pictures }: Cut) => [...pictures.keys()].sort();

test("layers with clocks of their own end their segments on the same frame", () => {
  const layers = heads.map((head, layer) =>
    makePicture({ head, seconds: 7, zeroTicks: 1_000_000 * layer, delayMs: 9 * layer }),
  );
  const { cuts } = run(layers);
  expect(cuts.map(({ startTicks, endTicks }) => [seconds(startTicks), seconds(endTicks)])).toEqual([
    [0, 2],
    [2, 4],
    [4, 6],
  ]);
  for (const cut of cuts) {
    expect(layersOf(cut)).toEqual([0, 1, 2]);
    for (const part of cut.pictures.values()) {
      expect([seconds(part.startTicks), partSeconds(part), part.samples.length]).toEqual([
        seconds(cut.startTicks),
        2,
        60,
      ]);
      expect(part.samples[0]?.frame.isKey).toBe(true);
    }
  }
});

test("a layer that comes later has its place from its first key frame on", () => {
  const late = makePicture({ head: heads[1], seconds: 5, fromSeconds: 2, zeroTicks: 777 });
  const { cuts } = run([makePicture({ head: heads[0], seconds: 7 }), late]);
  expect(cuts.map(layersOf)).toEqual([[0], [0, 1], [0, 1]]);
  expect(seconds(cuts[1]?.pictures.get(1)?.startTicks ?? 0)).toBe(2);
});

test("a layer that stops holds nobody up, and the lowest that lives leads", () => {
  const stops = makePicture({ head: heads[0], seconds: 3 });
  const { cuts } = run([stops, makePicture({ head: heads[1], seconds: 9, zeroTicks: 50 })]);
  expect(cuts.map(layersOf)).toEqual([[0, 1], [1], [1], [1]]);
  expect(seconds(cuts[3]?.endTicks ?? 0)).toBeCloseTo(8, 3);
});

test("a segment of which something is lost is left to the other layers", () => {
  const holey = makePicture({ head: heads[1], seconds: 7, lost: (frame) => frame === 75 });
  const { cuts } = run([makePicture({ head: heads[0], seconds: 7 }), holey]);
  expect(cuts.map(layersOf)).toEqual([[0, 1], [0], [0, 1]]);
});

test("the only layer goes on with what it has: its last frame stands until the next key frame", () => {
  const { cuts } = run([makePicture({ head: heads[0], seconds: 7, lost: (frame) => frame === 75 })]);
  expect(cuts.map(layersOf)).toEqual([[0], [0], [0]]);
  const part = cuts[1]?.pictures.get(0);
  expect([part?.samples.length, part && partSeconds(part)]).toEqual([15, 2]);
});

test("a layer that stands still while another moves has a hole; screens that hardly move have none", () => {
  const still = makePicture({ head: heads[1], seconds: 7, lost: (frame) => frame > 62 && frame < 110 });
  const unnoticed = still.map((frame) => ({ ...frame, isAfterLoss: false }));
  const { cuts } = run([makePicture({ head: heads[0], seconds: 7 }), unnoticed]);
  expect(cuts.map(layersOf)).toEqual([[0, 1], [0], [0, 1]]);
  const slow = heads.slice(0, 2).map((head) =>
    makePicture({ head, seconds: 7, lost: (frame) => frame % 30 !== 0 }).map((frame) => ({
      ...frame,
      isAfterLoss: false,
    })),
  );
  expect(run(slow).cuts.map(layersOf)).toEqual([
    [0, 1],
    [0, 1],
    [0, 1],
  ]);
});

test("key frames that do not coincide begin each layer's segment at its own", () => {
  const apart = makePicture({ head: heads[1], seconds: 8 }).map((frame) => {
    // its key frames are 6 frames later
    const isKey = (frame.ticks / 3000 - 6) % 60 === 0;
    return { ...frame, isKey, head: isKey ? heads[1] : undefined };
  });
  const { cuts } = run([makePicture({ head: heads[0], seconds: 8 }), apart]);
  expect(seconds(cuts[1]?.pictures.get(1)?.startTicks ?? 0)).toBeCloseTo(2.2, 3);
  expect(seconds(cuts[2]?.pictures.get(1)?.startTicks ?? 0)).toBeCloseTo(4.2, 3);
});

test("a picture that changes its size begins a segment of its own at once", () => {
  const first = makePicture({ head: heads[0], seconds: 3, gopFrames: 30 });
  const second = makePicture({ head: heads[1], seconds: 3, fromSeconds: 3, gopFrames: 30 });
  const { cuts } = run([[...first, ...second]]);
  expect(cuts.map(({ endTicks }) => seconds(endTicks))).toEqual([2, 3, 5]);
});

test("one more key frame in between changes nothing", () => {
  const asked = makePicture({ head: heads[0], seconds: 7 }).map((frame) =>
    frame.ticks === 100 * 3000 ? { ...frame, isKey: true, head: heads[0] } : frame,
  );
  expect(run([asked]).cuts.map(({ endTicks }) => seconds(endTicks))).toEqual([2, 4, 6]);
});

test("sound is cut beside the picture, without a gap, to the nearest block", () => {
  const { cuts } = run([makePicture({ head: heads[0], seconds: 7 })], makeSound({ seconds: 9 }));
  let next: number | undefined;
  for (const { startTicks, endTicks, sound } of cuts) {
    if (!sound) throw new Error("no sound");
    expect(Math.abs(sound.startTicks / 48_000 - seconds(startTicks))).toBeLessThan(0.012);
    if (next !== undefined) expect(Math.abs(sound.startTicks - next)).toBeLessThan(60);
    next = sound.startTicks + sound.samples.length * 1024;
    expect(Math.abs(next / 48_000 - seconds(endTicks))).toBeLessThan(0.012);
  }
});

test("segments wait for sound, but not for ever; silence takes its place", () => {
  const picture = makePicture({ head: heads[0], seconds: 4 });
  const sound = makeSound({ seconds: 2 });
  expect(run([picture], sound, 8000).cuts.length).toBe(0);
  const { cuts } = run([picture], sound, 20_000);
  expect(cuts.length).toBe(1);
  const [cut] = cuts;
  expect(cut?.sound && partSeconds(cut.sound)).toBeCloseTo(2, 1);
});

test("sound alone is cut by its own time", () => {
  const { cuts } = run([], makeSound({ seconds: 7 }));
  expect(cuts.map(({ endTicks }) => seconds(endTicks))).toEqual([2, 4, 6]);
  expect(cuts.every(({ pictures, sound }) => pictures.size === 0 && sound !== undefined)).toBe(true);
});

test("a picture that stays away stands still while the sound goes on, and moves again when it is back", () => {
  const away = [
    ...makePicture({ head: heads[0], seconds: 3 }),
    ...makePicture({ head: heads[0], seconds: 4, fromSeconds: 10 }),
  ];
  const { cuts } = run([away], makeSound({ seconds: 16 }));
  const counts = cuts.map(({ pictures }) => pictures.get(0)?.samples.length);
  expect(counts.slice(0, 4)).toEqual([60, 30, 1, 1]);
  expect(counts.at(-1)).toBe(60);
  for (const [at, { startTicks, endTicks, pictures }] of cuts.entries()) {
    expect(startTicks).toBe(cuts[at - 1]?.endTicks ?? 0);
    const part = pictures.get(0);
    expect(part && partSeconds(part)).toBeCloseTo(seconds(endTicks - startTicks), 3);
  }
});

test("the end is a segment of all that is there", () => {
  const { cutter } = run([makePicture({ head: heads[0], seconds: 5 })], [], 0);
  const last = cutter.finish();
  expect([seconds(last?.startTicks ?? 0), seconds(last?.endTicks ?? 0)]).toEqual([4, 5]);
  expect(last?.pictures.get(0)?.samples.length).toBe(30);
  expect(cutter.finish()).toBeUndefined();
});

test("a publisher that sends no second key frame does not fill the memory", () => {
  const endless = makePicture({ head: heads[0], seconds: 300, gopFrames: 100_000 });
  const { cutter } = run([endless]);
  expect(cutter.isStuck).toBe(true);
  expect(cutter.rest.pictures.get(0)?.length).toBeLessThan(6001);
});

test("layers are aligned by the frames that they share, not by when they arrived", () => {
  // a camera's own unsteadiness is its signature
  const leader = Array.from({ length: 60 }, (_, at) => at * 3000 + ((at * 7919) % 400));
  const follower = leader.map((ticks) => ticks - 123_456);
  const frames = (ticks: readonly number[], key = -1) =>
    ticks.map((at, n) => ({ ticks: at, isKey: n === key }));
  expect(alignLayers(frames(leader), frames(follower), 123_456 + 2200)).toBe(123_456);
  const half = follower.filter((_, at) => at % 2 === 0);
  expect(alignLayers(frames(leader), frames(half), 123_456 - 3100)).toBe(123_456);
  expect(alignLayers(frames(leader), frames(follower.slice(0, 3)), 99)).toBe(99);
  // a regular rate fits again after each frame: then key frames tell
  const regular = leader.map((_, at) => at * 3000);
  expect(alignLayers(frames(regular, 5), frames(regular, 5), 2500)).toBe(0);
  expect(alignLayers(frames(regular), frames(regular), 2500)).toBe(3000);
});

test("a clock is told by what arrived least late", () => {
  const clock = new ArrivalClock(90_000);
  expect(clock.zeroMs()).toBeUndefined();
  for (let at = 0; at < 100; at += 1)
    clock.add(at * 3000, 5000 + at * (1000 / 30) + (at % 10 === 3 ? 2 : 40));
  expect(clock.zeroMs()).toBeCloseTo(5002, 5);
});
