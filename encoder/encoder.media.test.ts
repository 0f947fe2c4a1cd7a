import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findFreePort } from "#common/node/testing/pocketbase.ts";
import { type EncoderHouse, openEncoderHouse, type TestEncoder } from "./jobs/testing/encoder-house.ts";
import { createId, until } from "./jobs/testing/until.ts";
import { aac, h264, makeClip, picture, tone } from "./media/testing/clips.ts";
import { findProcesses } from "./media/testing/processes.ts";

let house: EncoderHouse;
let encoder: TestEncoder;
let dir: string;
let clip: string;
let longClip: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "shoal-clips-"));
  clip = await makeClip(dir, { name: "clip.mp4", args: [...picture(), ...tone(), ...h264, ...aac] });
  const long = { size: "640x360", seconds: 40 };
  longClip = await makeClip(dir, { name: "long.mp4", args: [...picture(long), ...h264] });
  house = await openEncoderHouse();
  encoder = await house.startEncoder();
});
afterAll(async () => {
  await house?.close();
  await rm(dir, { recursive: true, force: true });
});

test("is ready, and says what it counts", async () => {
  await until(async () => (await fetch(`${encoder.url}/readyz`).catch(() => undefined))?.ok);
  const metrics = await (await fetch(`${encoder.url}/metrics`)).text();
  for (const name of ["jobs_running", "jobs_total", "lease_losses_total", "encode_speed_ratio"]) {
    expect(metrics).toContain(`shoal_${name}`);
  }
});

test("makes a video ready: record, media and nothing left behind", async () => {
  const { videoId, jobId } = await house.addVideo(clip);
  const video = await house.untilVideo(videoId, "ready");
  expect(video).toMatchObject({
    revision: jobId,
    posterRevision: jobId,
    progress: 1,
    step: "",
    errorCode: "",
  });
  expect(video.durationSeconds).toBeCloseTo(3, 1);
  expect(video.renditions?.map(({ name }) => name)).toEqual(["240p", "144p"]);
  const stored = await house.storedMedia(videoId);
  for (const path of [video.masterName, "240p/index.m3u8", "144p/seg-00001.m4s", "poster-320.avif"]) {
    expect(stored).toContain(`${jobId}/${path}`);
  }
  expect(await house.records.readJob(jobId)).toMatchObject({ state: "done", progress: 1, attempt: 1 });
  await encoder.untilSaid("attempt ended", { jobId, end: "done" });
  expect(await house.jobFolders()).toEqual([]);
});

test("fails what is no video at once, in words, and leaves no media", async () => {
  const text = join(dir, "text.mp4");
  await writeFile(text, "not a video at all\n".repeat(100));
  const { videoId, jobId } = await house.addVideo(text);
  const video = await house.untilVideo(videoId, "failed");
  expect(video.errorCode).toMatch(/^encode\./);
  expect(video.errorMessage).not.toBe("");
  expect(await house.records.readJob(jobId)).toMatchObject({ state: "failed", attempt: 1 });
  await encoder.untilSaid("attempt ended", { jobId });
  await until(async () => (await house.storedMedia(videoId)).length === 0);
});

test("fails an encode whose file is gone", async () => {
  const { records } = house;
  const videoId = await records.addVideo({ ownerId: await records.addAccount() });
  await records.addJob({ id: createId(), videoId, kind: "encode", priority: 1, maxAttempts: 3 });
  expect((await house.untilVideo(videoId, "failed")).errorCode).toBe("encode.unreadable");
});

test("makes posters of a thumbnail, and refuses what is no picture, leaving the video as it is", async () => {
  const frame = await makeClip(dir, {
    name: "frame.png",
    args: [...picture({ seconds: 1 }), "-frames:v", "1"],
  });
  const { videoId, jobId } = await house.addVideo(frame, { kind: "thumbnail" });
  const revision = `thumb-${jobId}`;
  const video = await until(async () => {
    const read = await house.records.readVideo(videoId);
    return read.posterRevision !== "" && read;
  });
  expect(video).toMatchObject({ state: "queued", posterRevision: revision });
  expect(await house.storedMedia(videoId)).toContain(`${revision}/poster-640.webp`);
  const bad = await house.addVideo(clip, { kind: "thumbnail" });
  await until(async () => (await house.records.readJob(bad.jobId)).state === "failed");
  expect((await house.records.readJob(bad.jobId)).errorCode).toBe("upload.bad_image");
  expect(await house.records.readVideo(bad.videoId)).toMatchObject({ state: "queued", errorCode: "" });
});

test("stops within moments when a job is cancelled, and takes its media away", async () => {
  const { videoId, jobId } = await house.addVideo(longClip);
  await until(async () => (await house.records.readJob(jobId)).progress > 0.05);
  await house.records.cancelJob(jobId);
  await house.records.setVideoState(videoId, "failed");
  await encoder.untilSaid("attempt ended", { jobId, end: "cancelled" });
  expect(await findProcesses(videoId)).toEqual([]);
  await until(async () => (await house.storedMedia(videoId)).length === 0);
  expect((await house.records.readJob(jobId)).state).toBe("cancelled");
  expect((await house.records.readVideo(videoId)).state).toBe("failed");
});

test("gives its job back when it is closed, and another encoder finishes it", async () => {
  const { videoId, jobId } = await house.addVideo(longClip);
  await until(async () => (await house.records.readJob(jobId)).progress > 0.05);
  const beganAt = Date.now();
  expect(await encoder.close()).toBe(0);
  expect(Date.now() - beganAt).toBeLessThan(5000);
  expect(await findProcesses(videoId)).toEqual([]);
  expect(await house.jobFolders()).toEqual([]);
  const job = await house.records.readJob(jobId);
  expect([job.state, (await house.records.readVideo(videoId)).state]).toEqual(["waiting", "queued"]);
  encoder = await house.startEncoder({ SHOAL_ENCODE_PRESET: "ultrafast" });
  await house.untilVideo(videoId, "ready");
  expect((await house.records.readJob(jobId)).attempt).toBe(1);
  const counts = house.partCounts(jobId);
  expect(Object.values(counts).every((count) => count === 1)).toBe(true);
});

test("says in one sentence that there is no FFmpeg", async () => {
  const lame = await house.startEncoder({ SHOAL_FFMPEG_PATH: "/nowhere/ffmpeg" });
  const line = await lame.untilSaid("Install FFmpeg");
  expect(line.msg).toContain("SHOAL_FFMPEG_PATH");
});

test("names the queue as long as the database is away", async () => {
  const alone = await house.startEncoder({
    SHOAL_POCKETBASE_URL: `http://127.0.0.1:${await findFreePort()}`,
  });
  await alone.untilSaid("open");
  const answer = await fetch(`${alone.url}/readyz`);
  expect([answer.status, await answer.json()]).toEqual([503, { ready: false, failing: ["queue"] }]);
  expect(await alone.close()).toBe(0);
});

test("never changes an original", async () => {
  const { videoId } = await house.addVideo(clip);
  const hash = async () =>
    createHash("sha256")
      .update((await house.storage.read(`originals/${videoId}/source`)) ?? "")
      .digest("hex");
  const before = await hash();
  await house.untilVideo(videoId, "ready");
  expect(await hash()).toBe(before);
});
