import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { type LiveHouse, openLiveHouse } from "./testing/live-house.ts";
import { type PlainWishes, publishPlain } from "./testing/plain-source.ts";
import { expectOneRecording, type Recording } from "./testing/recording.ts";

let house: LiveHouse;
beforeEach(async () => {
  house = await openLiveHouse({ SHOAL_LIVE_GRACE_SECONDS: "4" });
});
afterEach(() => house?.close());

/** What a fault may cost. */
const maxLostSeconds = 2;

async function publish(wishes: Partial<PlainWishes> = {}) {
  const source = await publishPlain(house.sfu, wishes);
  onTestFinished(() => source.vanish());
  return source;
}

const untilLong = (seconds: number) => house.untilStatus(({ durationSeconds }) => durationSeconds >= seconds);

async function killFfmpeg(): Promise<void> {
  const [found] = (await house.processes()).filter(({ kind }) => kind === "ffmpeg");
  if (!found) throw new Error("there is no FFmpeg");
  process.kill(found.pid, "SIGKILL");
}

/** Wall time from the first to the last segment, less what is in the recording. */
function lostSeconds({ picture }: Recording, endedAtMs: number): number {
  const recorded = picture.segments.reduce((sum, { mediaSeconds }) => sum + mediaSeconds, 0);
  return (endedAtMs - firstDateMs) / 1000 - recorded;
}
let firstDateMs = 0;
async function noteBeginning(order: ReturnType<LiveHouse["order"]>): Promise<void> {
  const { segments } = await (await house.read(order)).track("360p", "live.m3u8");
  firstDateMs = segments[0]?.dateMs ?? 0;
}

test("kill -9 of the live FFmpeg loses nothing and nobody notices", async () => {
  const order = house.order();
  await publish();
  await untilLong(4);
  await noteBeginning(order);
  await killFfmpeg();
  await untilLong(10);
  const endedAtMs = Date.now();
  const result = await expectOneRecording(house, order);
  expect(lostSeconds(result, endedAtMs)).toBeLessThan(0.7);
  expect(result.picture.segments.some(({ isAfterDiscontinuity }) => isAfterDiscontinuity)).toBe(false);
  expect(result.sound.segments.some(({ isAfterDiscontinuity }) => isAfterDiscontinuity)).toBe(false);
});

test("kill -9 of the encoder: its worker goes on, and the next encoder takes it over", async () => {
  const order = house.order();
  await publish();
  await untilLong(4);
  await noteBeginning(order);
  await house.killEncoder();
  await house.startEncoder();
  await untilLong(10);
  expect(house.lines.join("\n")).toContain("a live worker is taken over");
  const endedAtMs = Date.now();
  const result = await expectOneRecording(house, order);
  expect(lostSeconds(result, endedAtMs)).toBeLessThan(0.7);
  expect(result.picture.segments.some(({ isAfterDiscontinuity }) => isAfterDiscontinuity)).toBe(false);
});

test("kill -9 of the worker itself loses less than a segment", async () => {
  const order = house.order();
  // as a browser does, it sends a key frame soon after it is asked for one
  await publish({ gopSeconds: 0.4 });
  await untilLong(4);
  await noteBeginning(order);
  process.kill(await house.workerPid(order), "SIGKILL");
  await untilLong(10);
  const endedAtMs = Date.now();
  const result = await expectOneRecording(house, order);
  expect(lostSeconds(result, endedAtMs)).toBeLessThan(maxLostSeconds);
  expect(result.picture.segments.filter(({ isAfterDiscontinuity }) => isAfterDiscontinuity).length).toBe(1);
});
