import { expect, test } from "vitest";
import { parseBoxes, parseMoof } from "../../media/mp4-boxes.ts";
import { makeHead, makePicture } from "../cut/testing/frames.ts";
import { audioArgs, transcodeArgs } from "../live-args.ts";
import { chooseLiveRungs } from "./live-ladder.rules.ts";
import { makeSilence, opusSamples } from "./opus.rules.ts";
import { createPictureFeed } from "./picture-feed.ts";
import { toRestartMs } from "./restart.rules.ts";
import { SoundFeed } from "./sound-feed.ts";

const opus20 = Buffer.from([0xfc, 1, 2, 3]);

test.each([
  ["one frame of 20 ms", [0xfc], 960],
  ["two of 10 ms", [0xf1], 960],
  ["one of 60 ms, SILK", [0x18], 2880],
  ["one of 10 ms, hybrid", [0x60], 480],
  ["six of 20 ms", [0xfb, 6], 5760],
  ["seven of 20 ms: too long", [0xfb, 7], undefined],
  ["none at all", [0xfb, 0], undefined],
  ["nothing", [], undefined],
])("an Opus packet with %s", (_, bytes, samples) => {
  expect(opusSamples(Buffer.from(bytes))).toBe(samples);
});

test("silence has the length that is asked for, to the nearest 2.5 ms below", () => {
  const silence = makeSilence(48 * 37);
  expect(silence.reduce((sum, { samples }) => sum + samples, 0)).toBe(48 * 35);
  for (const { packet, samples } of silence) expect(opusSamples(packet)).toBe(samples);
});

/** Total length of what was fed, which has no gaps. */
function lengthOf(fed: ReadonlyArray<{ position: number; samples: number }>, from = 0): number {
  let next = from;
  for (const { position, samples } of fed) {
    expect(position).toBe(next);
    next += samples;
  }
  return next;
}

test("sound has no gaps: silence takes the place of what is lost, and what comes twice is left out", () => {
  const feed = new SoundFeed(0);
  const push = (ticks: number, arrivedMs: number) => feed.push({ ticks, payload: opus20, arrivedMs });
  const fed = [...push(5000, 0), ...push(5960, 20), ...push(5960 + 960 * 6, 140), ...push(5960, 150)];
  expect(lengthOf(fed)).toBe(960 * 8);
  expect(feed.toPosition(5000)).toBe(0);
});

test("who says nothing is silent, and heard again when there is something to hear", () => {
  const feed = new SoundFeed(0);
  expect(feed.poll(900)).toEqual([]);
  const silent = feed.poll(3000);
  expect(lengthOf(silent)).toBe(2000 * 48);
  const fed = feed.push({ ticks: 123_456, payload: opus20, arrivedMs: 3000 });
  expect(lengthOf(fed, 2000 * 48)).toBe(3020 * 48);
  expect(feed.toPosition(123_456)).toBe(3000 * 48);
});

test("a clock that jumps is another clock: the sound goes on where it should be by ours", () => {
  const feed = new SoundFeed(0);
  feed.push({ ticks: 0, payload: opus20, arrivedMs: 0 });
  const fed = feed.push({ ticks: 90_000_000, payload: opus20, arrivedMs: 100 });
  expect(lengthOf(fed, 960)).toBe(100 * 48 + 960);
});

test("FFmpeg for sound reads its one pipe and writes its one pipe, and leaves out what it is told", () => {
  const args = audioArgs({ skipSamples: 100, bitrateBps: 128_000 });
  expect(args.join(" ")).toContain("-protocol_whitelist pipe -format_whitelist mov");
  expect(args[args.indexOf("-i") + 1]).toBe("pipe:0");
  expect(args[args.indexOf("-af") + 1]).toContain("atrim=start_sample=1124");
  expect(args.at(-1)).toBe("pipe:3");
});

test("FFmpeg for a picture decodes once, and its rungs have their key frames on the same frames", () => {
  const rungs = chooseLiveRungs({ widthPx: 1280, heightPx: 720 });
  const args = transcodeArgs({ format: "ivf", rungs, threads: 2, segmentSeconds: 2 });
  expect(args.filter((arg) => arg === "-i")).toHaveLength(1);
  expect(args[args.indexOf("-filter_complex") + 1]).toMatch(/^\[0:v:0\]split=3/);
  expect(args.filter((arg) => arg === "expr:gte(t,n_forced*2)")).toHaveLength(3);
  expect(args.filter((arg) => arg.startsWith("pipe:"))).toEqual(["pipe:0", "pipe:3", "pipe:4", "pipe:5"]);
  for (const at of args.flatMap((arg, n) => (arg === "-threads" ? [n] : []))) expect(args[at + 1]).toBe("2");
});

test.each([
  [1920, 1080, ["1280x720", "854x480", "426x240"]],
  [1280, 720, ["1280x720", "854x480", "426x240"]],
  [640, 360, ["640x360", "426x240", "256x144"]],
  [360, 640, ["360x640", "240x426", "144x256"]],
  [160, 120, ["160x120"]],
])("a picture of %i × %i has the live rungs %j", (widthPx, heightPx, sizes) => {
  const rungs = chooseLiveRungs({ widthPx, heightPx });
  expect(rungs.map((rung) => `${rung.widthPx}x${rung.heightPx}`)).toEqual(sizes);
});

test("IVF has the size of the picture and the time of each frame", () => {
  const feed = createPictureFeed("vp8");
  const [frame] = makePicture({ head: makeHead(360), seconds: 0.04 });
  if (!feed || !frame) throw new Error("nothing to feed");
  const head = feed.begin(makeHead(360));
  expect([head.toString("latin1", 0, 4), head.toString("latin1", 8, 12)]).toEqual(["DKIF", "VP80"]);
  expect([head.readUInt16LE(12), head.readUInt16LE(14), head.readUInt32LE(16)]).toEqual([640, 360, 90_000]);
  const bytes = feed.add(frame, 90_000);
  expect([bytes.readUInt32LE(0), Number(bytes.readBigUInt64LE(4)), bytes.length]).toEqual([1, 90_000, 13]);
  expect(createPictureFeed("h265")).toBeUndefined();
});

test("H.264 with B-frames keeps its times, and decode times only go up", () => {
  const feed = createPictureFeed("h264");
  const [frame] = makePicture({ head: makeHead(360), seconds: 0.04 });
  if (!feed || !frame) throw new Error("nothing to feed");
  let last = -1;
  for (const ticks of [90_000, 99_000, 93_000, 96_000, 108_000]) {
    const moof = parseBoxes(feed.add(frame, ticks))[0]?.body ?? Buffer.alloc(0);
    const { baseDecodeTicks, samples } = parseMoof(moof);
    expect(baseDecodeTicks).toBeGreaterThan(last);
    last = baseDecodeTicks;
    expect(baseDecodeTicks + (samples[0]?.compositionOffsetTicks ?? 0)).toBe(ticks);
  }
});

test("FFmpeg that died is started again at once, and then ever later", () => {
  expect([0, 1, 2, 3, 10].map(toRestartMs)).toEqual([0, 200, 400, 800, 5000]);
});
