import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { until } from "../jobs/testing/until.ts";
import { decodeRecording } from "./testing/decode.ts";
import { type LiveHouse, openLiveHouse } from "./testing/live-house.ts";
import { type PlainWishes, publishPlain } from "./testing/plain-source.ts";

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

test("picture and sound become one live playlist, and one recording that decodes without a word", async () => {
  const order = house.order();
  await publish();
  const live = await house.untilStatus(
    ({ durationSeconds, liveName }) => durationSeconds >= 6 && liveName !== "",
  );
  expect(live).toMatchObject({
    state: "writing",
    trouble: "",
    liveName: "live.m3u8",
    masterName: "",
    ingest: { videoCodec: "h264", audioCodec: "opus", video: "copied", reason: "" },
    renditions: [{ name: "360p", widthPx: 640, heightPx: 360, frameRateFps: 25 }],
    audioTracks: [{ channelCount: 2, audioCodec: "mp4a.40.2", isDefault: true }],
  });
  const onAir = await house.read(order);
  const [picture, sound] = [
    await onAir.track("360p", "live.m3u8"),
    await onAir.track("audio-0", "live.m3u8"),
  ];
  expect([picture.isEnded, picture.targetSeconds]).toEqual([false, 2]);
  for (const [at, segment] of picture.segments.entries()) {
    const heard = sound.segments[at];
    expect([segment.isSound, heard?.isSound]).toEqual([true, true]);
    expect(segment.mediaSeconds).toBeCloseTo(2, 1);
    expect(segment.number).toBe(heard?.number);
    expect(Math.abs(segment.startSeconds - (heard?.startSeconds ?? 0))).toBeLessThan(0.025);
  }
  const finished = await house.finish();
  expect(finished).toMatchObject({ state: "finished", masterName: "master-1.m3u8", hasPoster: true });
  const recording = await house.read(order);
  expect(recording.paths).toEqual(
    expect.arrayContaining(["poster-640.webp", "thumbnails/1.jpg", "360p/index.m3u8"]),
  );
  const { warnings, seconds } = await decodeRecording(recording, house.tempDir);
  expect(warnings).toBe("");
  expect(seconds).toBeCloseTo(finished.durationSeconds, 0);
  await house.letGo();
  await until(async () => (await house.processes()).length === 0);
});

test("what is not recorded leaves nothing behind its window, and nothing at all", async () => {
  const order = house.order({ isRecorded: false, dvrWindowSeconds: 4 });
  await publish({ gopSeconds: 0.4 });
  await house.untilStatus(({ durationSeconds }) => durationSeconds >= 24, 60_000);
  const onAir = await house.read(order);
  const { segments } = await onAir.track("360p", "live.m3u8");
  expect(segments.length).toBeLessThanOrEqual(3);
  const stored = onAir.paths.filter((path) => path.startsWith("360p/seg-"));
  expect(stored.length).toBeLessThanOrEqual(segments.length + 9);
  expect(stored[0]).not.toContain("seg-000001");
  expect(await house.finish()).toMatchObject({ state: "finished", masterName: "" });
  await house.letGo();
  await until(async () => (await house.read(order)).paths.length === 0);
});
