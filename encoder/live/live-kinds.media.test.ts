import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { decodeRecording } from "./testing/decode.ts";
import { type LiveHouse, openLiveHouse } from "./testing/live-house.ts";
import { type PlainWishes, publishPlain } from "./testing/plain-source.ts";
import { expectOneRecording } from "./testing/recording.ts";

let house: LiveHouse;
beforeEach(async () => {
  house = await openLiveHouse();
});
afterEach(() => house?.close());

async function publish(wishes: Partial<PlainWishes> = {}) {
  const source = await publishPlain(house.sfu, wishes);
  onTestFinished(() => source.vanish());
  return source;
}

test("sound without a picture", async () => {
  const order = house.order();
  await publish({ picture: "none" });
  const live = await house.untilStatus(
    ({ durationSeconds, liveName }) => durationSeconds >= 4 && liveName !== "",
  );
  expect(live).toMatchObject({ renditions: [], aspectRatio: 0, ingest: { video: "none", videoCodec: null } });
  expect(await (await house.read(order)).text("live.m3u8")).toContain("audio-0/live.m3u8");
  const finished = await house.finish();
  expect(finished).toMatchObject({ masterName: "master-1.m3u8", hasPoster: false });
  const { warnings, seconds } = await decodeRecording(await house.read(order), house.tempDir);
  expect([warnings, Math.abs(seconds - finished.durationSeconds) < 0.5]).toEqual(["", true]);
});

test("a picture without sound", async () => {
  const order = house.order();
  await publish({ hasSound: false });
  const live = await house.untilStatus(
    ({ durationSeconds, liveName }) => durationSeconds >= 4 && liveName !== "",
  );
  expect(live).toMatchObject({ audioTracks: [], ingest: { video: "copied", audioCodec: null } });
  const finished = await house.finish();
  const recording = await house.read(order);
  expect(recording.paths.some((path) => path.startsWith("audio"))).toBe(false);
  const { warnings, seconds } = await decodeRecording(recording, house.tempDir);
  expect([warnings, Math.abs(seconds - finished.durationSeconds) < 0.5]).toEqual(["", true]);
});

test("H.264 with B-frames is encoded again, and the owner hears why", async () => {
  const order = house.order();
  await publish({ picture: "h264 with B-frames" });
  const live = await house.untilStatus(({ durationSeconds }) => durationSeconds >= 4, 60_000);
  expect(live.ingest).toMatchObject({ video: "transcoded" });
  expect(live.ingest.reason).toContain("B-frames");
  await expectOneRecording(house, order);
});
