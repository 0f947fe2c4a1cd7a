import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cutter } from "../cut/cutter.ts";
import { makeHead, makePicture, makeSound } from "../cut/testing/frames.ts";
import type { MediaFrame } from "../rtp/media-frame.ts";
import { recoverCuts } from "./recover.ts";
import { Spool } from "./spool.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "shoal-spool-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const log = pino({ level: "silent" });
const zeroMs = 1_700_000_000_000;

/** What an era does, until it is killed: nothing that was cut has been stored. */
async function runUntilKilled(pictures: readonly MediaFrame[], sound: readonly MediaFrame[]) {
  const [cutter, spool] = [new Cutter(), new Spool(dir, log)];
  cutter.addPicture(0);
  cutter.addSound();
  spool.begin(cutter.rest, undefined, 0);
  let cutCount = 0;
  const all = [...pictures, ...sound].sort((a, b) => a.arrivedMs - b.arrivedMs);
  for (const frame of all) {
    const isSound = frame.head?.kind === "audio";
    if (isSound) {
      cutter.heardSound(frame.ticks, frame.arrivedMs);
      cutter.pushSound(frame);
    } else cutter.pushPicture(0, frame);
    spool.add(isSound ? null : 0, frame);
    spool.flush(cutter.places, zeroMs);
    const cuts = cutter.poll(frame.arrivedMs);
    if (cuts.length > 0) spool.begin(cutter.rest, cutter.places, zeroMs);
    cutCount += cuts.length;
  }
  await spool.settle();
  return cutCount;
}

test("a killed process loses no frame: cut and uncut segments come back", async () => {
  const head = makeHead(360);
  const cutCount = await runUntilKilled(makePicture({ head, seconds: 5 }), makeSound({ seconds: 7 }));
  expect(cutCount).toBe(2);
  const files = await new Spool(dir, log).readLeft();
  const recovered = recoverCuts(files);
  expect(recovered.map(({ dateMs }) => dateMs - zeroMs)).toEqual([0, 2000, 4000]);
  expect(recovered.map(({ cut }) => cut.pictures.get(0)?.samples.length)).toEqual([60, 60, 30]);
  expect(recovered.map(({ cut }) => cut.startTicks)).toEqual([0, 0, 0]);
  for (const { cut } of recovered) {
    const part = cut.pictures.get(0);
    expect(part?.startTicks).toBe(0);
    expect(part?.samples[0]?.frame.isKey).toBe(true);
    expect(cut.sound?.startTicks).toBeLessThan(1200);
    expect(part?.head.initSegment.toString()).toBe("head of 360");
  }
});

test("what is stored is not kept; a record that was cut off by the crash is left out", async () => {
  await runUntilKilled(makePicture({ head: makeHead(360), seconds: 3 }), makeSound({ seconds: 5 }));
  const spool = new Spool(dir, log);
  await spool.readLeft();
  spool.drop(1);
  await spool.settle();
  expect(await readdir(dir)).toEqual(["spool-2"]);
  const path = join(dir, "spool-2");
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 5));
  expect(recoverCuts(await new Spool(dir, log).readLeft()).length).toBe(1);
  await spool.forget();
  expect(await readdir(dir)).toEqual([]);
});

test("an empty or absent folder gives nothing", async () => {
  expect(recoverCuts(await new Spool(join(dir, "nowhere"), log).readLeft())).toEqual([]);
  const spool = new Spool(dir, log);
  spool.begin({ pictures: new Map(), sound: [] }, undefined, 0);
  spool.flush(undefined, zeroMs);
  await spool.settle();
  expect(recoverCuts(await new Spool(dir, log).readLeft())).toEqual([]);
});

test("a disk that is full costs no more than the safety", async () => {
  await writeFile(join(dir, "file"), "");
  const spool = new Spool(join(dir, "file", "below"), log);
  spool.begin({ pictures: new Map(), sound: [] }, undefined, 0);
  for (const block of makeSound({ seconds: 0.02 })) spool.add(null, block);
  spool.flush(undefined, zeroMs);
  await spool.settle();
});
