import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { until } from "../jobs/testing/until.ts";
import { type LiveHouse, openLiveHouse } from "./testing/live-house.ts";
import { type PlainWishes, publishPlain } from "./testing/plain-source.ts";
import { expectOneRecording } from "./testing/recording.ts";

let house: LiveHouse;
beforeEach(async () => {
  house = await openLiveHouse({ SHOAL_LIVE_GRACE_SECONDS: "4" });
});
afterEach(() => house?.close());

async function publish(wishes: Partial<PlainWishes> = {}) {
  const source = await publishPlain(house.sfu, wishes);
  onTestFinished(() => source.vanish());
  return source;
}

const untilLong = (seconds: number) => house.untilStatus(({ durationSeconds }) => durationSeconds >= seconds);

test("a publisher that vanishes and comes back goes on behind a discontinuity", async () => {
  const order = house.order();
  const first = await publish();
  await untilLong(4);
  await first.vanish();
  const waiting = await house.untilStatus(({ state }) => state === "waiting");
  const before = (await house.read(order)).paths.filter((path) => path.startsWith("360p/seg")).length;
  await publish();
  await house.untilStatus(({ durationSeconds }) => durationSeconds >= waiting.durationSeconds + 4);
  const { picture, sound } = await expectOneRecording(house, order);
  for (const track of [picture, sound]) {
    const at = track.segments.findIndex(({ isAfterDiscontinuity }) => isAfterDiscontinuity);
    expect(at).toBe(before);
  }
});

test("lets go by itself when nobody says any more what shall be, and goes on later", async () => {
  const order = house.order();
  await publish();
  await untilLong(4);
  house.silence();
  await until(async () => (await house.processes()).length === 0, { timeoutMs: 20_000 });
  const left = await house.read(order);
  expect(left.paths.some((path) => path.startsWith("master"))).toBe(false);
  const before = (await left.track("360p", "live.m3u8")).segments.length;
  house.order(order);
  await house.untilStatus(
    ({ renditions, durationSeconds }) => renditions.length > 0 && durationSeconds > before * 2 + 2,
  );
  const { picture } = await expectOneRecording(house, order);
  expect(picture.segments.findIndex(({ isAfterDiscontinuity }) => isAfterDiscontinuity)).toBe(before);
});

test("a worker whose encoder never comes back ends by itself", async () => {
  house.order();
  await publish();
  await untilLong(2);
  await house.killEncoder();
  expect((await house.processes()).length).toBeGreaterThan(0);
  await until(async () => (await house.processes()).length === 0, { timeoutMs: 20_000 });
});
