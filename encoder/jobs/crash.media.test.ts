import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { storageRoot } from "#common/node/storage/file-storage.ts";
import { aac, h264, makeClip, picture, tone } from "../media/testing/clips.ts";
import { findProcesses } from "../media/testing/processes.ts";
import { type EncoderHouse, openEncoderHouse } from "./testing/encoder-house.ts";
import { until } from "./testing/until.ts";

const parts = [
  ...["rung:360p", "rung:240p", "rung:144p", "audio:0"],
  ...["poster", "captions", "storyboard"],
];

interface Clip {
  readonly path: string;
  readonly seconds: number;
}

let dir: string;
let clip: Clip;
/** Long enough for two passes, and quick to encode: two pictures a second. */
let longClip: Clip;
let house: EncoderHouse;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "shoal-clips-"));
  const make = async (name: string, seconds: number, fps: number): Promise<Clip> => {
    const args = [
      ...picture({ size: "640x360", seconds, fps }),
      ...tone({ seconds }),
      ...h264,
      "-r",
      "25",
      ...aac,
    ];
    return { path: await makeClip(dir, { name, args }), seconds };
  };
  clip = await make("clip.mp4", 21, 25);
  longClip = await make("long.mp4", 258, 2);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
beforeEach(async () => {
  house = await openEncoderHouse();
  return () => house.close();
});

interface AddedVideo {
  readonly videoId: string;
  readonly jobId: string;
}

/** Ready and whole; each part made once; the job never with two encoders at once; nothing left behind. */
async function expectWhole({ videoId, jobId }: AddedVideo, { seconds } = clip): Promise<void> {
  const video = await house.untilVideo(videoId, "ready");
  expect(video).toMatchObject({ revision: jobId, errorCode: "", progress: 1 });
  expect(video.durationSeconds).toBeCloseTo(seconds, 0);
  expect(video.renditions?.map(({ name }) => name)).toEqual(["360p", "240p", "144p"]);
  const job = await until(async () => {
    const read = await house.records.readJob(jobId);
    return read.state === "done" && read;
  });
  expect([...job.doneParts].sort()).toEqual([...parts].sort());
  const counts = house.partCounts(jobId);
  for (const part of parts) expect(counts[part] ?? 0, part).toBeLessThanOrEqual(1);

  const stored = new Map(
    (await house.storage.list(`media/${videoId}/`)).map(({ key, sizeBytes }) => [key, sizeBytes]),
  );
  for (const track of ["360p", "240p", "144p", "audio-0"]) {
    const folder = `media/${videoId}/${jobId}/${track}`;
    const playlist = String(await house.storage.read(`${folder}/index.m3u8`));
    const segments = playlist.split("\n").filter((line) => line.endsWith(".m4s"));
    expect(segments).toHaveLength(Math.ceil(seconds / 4));
    for (const name of segments)
      expect(stored.get(`${folder}/${name}`), `${track}/${name}`).toBeGreaterThan(0);
  }

  const holdings = house.holdings(jobId);
  for (const [index, holding] of holdings.entries()) {
    const before = holdings[index - 1];
    if (before) expect(holding.fromMs, JSON.stringify(holdings)).toBeGreaterThanOrEqual(before.toMs);
  }
  await until(async () => (await house.jobFolders()).length === 0, { what: "empty job folder" });
  expect(await findProcesses(videoId)).toEqual([]);
}

async function expectNoTools(videoId: string): Promise<void> {
  await until(async () => (await findProcesses(videoId)).length === 0, {
    timeoutMs: 5000,
    what: "the end of FFmpeg",
  });
}

function isBeingPublished(videoId: string, jobId: string): boolean {
  try {
    const folder = join(storageRoot(house.dataDir), "media", videoId, jobId, "240p");
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

async function untilEncoding(videoId: string): Promise<void> {
  await until(async () => (await findProcesses(videoId)).some((line) => line.includes("360p.mp4")), {
    what: "FFmpeg at work",
  });
}

describe("an encoder that is killed", () => {
  const moments = {
    "while FFmpeg runs": ({ videoId }: AddedVideo) => untilEncoding(videoId),
    "between two rungs": async () => {
      await house.encoder(0).untilSaid("part finished", { part: "rung:144p" });
    },
    "while it publishes": async ({ videoId, jobId }: AddedVideo) => {
      // tightly: publishing takes some ten milliseconds
      const giveUpAt = Date.now() + 60_000;
      while (!isBeingPublished(videoId, jobId)) {
        if (Date.now() > giveUpAt) throw new Error("nothing was published");
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };

  for (const [moment, come] of Object.entries(moments)) {
    test(`${moment} leaves no FFmpeg, and its job to the next one`, async () => {
      const first = await house.startEncoder();
      const video = await house.addVideo(clip.path);
      await come(video);
      await first.kill();
      await expectNoTools(video.videoId);
      await house.startEncoder();
      await expectWhole(video);
      expect(house.holdings(video.jobId).map(({ encoder }) => encoder)).toEqual([0, 1]);
    });
  }

  test("when the first rung can be watched keeps it watchable, and makes only what is missing", async () => {
    const env = { SHOAL_ENCODE_PRESET: "ultrafast" };
    const first = await house.startEncoder(env);
    const video = await house.addVideo(longClip.path);
    await house.untilVideo(video.videoId, "playable");
    await first.kill();
    await expectNoTools(video.videoId);
    expect(house.partCounts(video.jobId)).toMatchObject({ "rung:360p": 1, "audio:0": 1 });
    const { masterName } = await house.records.readVideo(video.videoId);
    const states = new Set<string>();
    await house.startEncoder(env);
    await until(
      async () => {
        const { state } = await house.records.readVideo(video.videoId);
        states.add(state);
        return state !== "playable";
      },
      { timeoutMs: 90_000, what: "the rest" },
    );
    expect([...states]).toEqual(["playable", "ready"]);
    await expectWhole(video, longClip);
    // what viewers began with is still there
    expect(await house.storedMedia(video.videoId)).toContain(`${video.jobId}/${masterName}`);
  });

  test("after every single part gets there all the same: what was finished counts", async () => {
    const video = await house.addVideo(clip.path, { maxAttempts: 2 });
    for (const _ of parts) {
      const encoder = await house.startEncoder();
      await Promise.race([encoder.untilSaid("part finished"), encoder.untilSaid("attempt ended")]);
      await encoder.kill();
      await expectNoTools(video.videoId);
      if ((await house.records.readJob(video.jobId)).state === "done") break;
    }
    await house.startEncoder();
    await expectWhole(video);
    expect(house.holdings(video.jobId).length).toBeGreaterThan(2);
  });

  test("too often without finishing anything ends as a failure, not as a loop", async () => {
    const video = await house.addVideo(clip.path, { maxAttempts: 1 });
    const first = await house.startEncoder({ SHOAL_JOB_LEASE_SECONDS: "1" });
    await first.untilSaid("job claimed");
    await first.kill();
    await house.startEncoder();
    const { errorCode } = await house.untilVideo(video.videoId, "failed");
    expect(errorCode).toBe("encode.failed");
  });
});

test("an encoder that was asleep longer than its lease writes nothing when it wakes up", async () => {
  const sleeper = await house.startEncoder();
  const video = await house.addVideo(clip.path);
  await untilEncoding(video.videoId);
  sleeper.child.kill("SIGSTOP");
  const heir = await house.startEncoder();
  await heir.untilSaid("job claimed");
  const sleeperLines = sleeper.lines.length;
  sleeper.child.kill("SIGCONT");
  await sleeper.untilSaid("attempt ended", { jobId: video.jobId });
  const said = sleeper.lines.slice(sleeperLines).map(({ msg }) => msg);
  expect(said).not.toContain("part finished");
  expect(sleeper.lines.find(({ msg }) => msg === "attempt ended")?.end).toMatch(/^(expired|lost)$/);
  await heir.untilSaid("attempt ended", { end: "done" });
  const counts = house.partCounts(video.jobId);
  for (const part of parts) expect(counts[part] ?? 0, part).toBeLessThanOrEqual(1);
  await house.untilVideo(video.videoId, "ready");
});

test("two encoders share out the videos, each video to one", async () => {
  await Promise.all([house.startEncoder(), house.startEncoder()]);
  const short = await makeClip(dir, { name: "short.mp4", args: [...picture({ seconds: 1 }), ...h264] });
  const videos = await Promise.all(Array.from({ length: 6 }, () => house.addVideo(short)));
  for (const { videoId, jobId } of videos) {
    await house.untilVideo(videoId, "ready");
    expect(house.holdings(jobId)).toHaveLength(1);
  }
});

describe("a database that is killed", () => {
  test("while FFmpeg runs and comes back in time stops nobody", async () => {
    const encoder = await house.startEncoder({ SHOAL_JOB_LEASE_SECONDS: "30" });
    const video = await house.addVideo(clip.path);
    await untilEncoding(video.videoId);
    await house.pocketbase.kill();
    await encoder.untilSaid("the queue does not answer");
    await house.pocketbase.start();
    await expectWhole(video);
    expect(house.holdings(video.jobId)).toHaveLength(1);
  });

  test("and stays away longer than the lease ends the attempt, and the next one goes on", async () => {
    const encoder = await house.startEncoder({ SHOAL_JOB_LEASE_SECONDS: "2" });
    const video = await house.addVideo(clip.path);
    await untilEncoding(video.videoId);
    await house.pocketbase.kill();
    await encoder.untilSaid("attempt ended", { end: "expired" });
    await expectNoTools(video.videoId);
    await house.pocketbase.start();
    await expectWhole(video);
    expect(house.holdings(video.jobId).length).toBeGreaterThan(1);
  });
});
