import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import { restreamTargetSchema } from "../../common/live/restream.ts";
import { ownStreamSchema } from "../../common/live/stream.ts";
import { videoSchema } from "../../common/videos/video.ts";
import { type Creator, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";

const createdSchema = z.object({ id: z.string(), streamKey: z.string(), rtmpUrl: z.string() });

let shoal: OwnShoal;
let creator: Creator;
const children: ChildProcess[] = [];

test.beforeAll(async () => {
  shoal = await startOwnShoal({ SHOAL_RESTREAM_PRIVATE_HOSTS: "true" });
  creator = await registerCreator(shoal.url, "streamer");
});
test.afterAll(() => shoal.close());
test.afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

function runFfmpeg(args: readonly string[]): ChildProcess {
  const child = spawn("ffmpeg", ["-loglevel", "error", ...args], { stdio: ["ignore", "ignore", "inherit"] });
  children.push(child);
  return child;
}

/** FFmpeg sends a picture that moves and a tone, for a minute at most. */
function publish(stream: z.infer<typeof createdSchema>, bFrames: number): ChildProcess {
  const source = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=30", "-f", "lavfi", "-i", "sine"];
  const picture = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-bf",
    String(bFrames),
    "-g",
    "60",
    "-pix_fmt",
    "yuv420p",
  ];
  const to = ["-c:a", "aac", "-f", "flv", `${stream.rtmpUrl}/${stream.streamKey}`];
  return runFfmpeg(["-re", ...source, "-t", "60", ...picture, ...to]);
}

async function createStream(title: string) {
  return createdSchema.parse(await creator.ask("POST", "/streams", { title, visibility: "public" }));
}

async function readOwn(id: string) {
  return ownStreamSchema.parse(await creator.ask("GET", `/streams/${id}/studio`));
}

/** Pictures that the page has painted, of whatever it plays in. */
function countFrames(page: Page): Promise<number> {
  return page.evaluate(() =>
    [...document.querySelectorAll("video")].reduce(
      (sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames,
      0,
    ),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

test("FFmpeg publishes by RTMP: it is watched, sent on to another site, and kept", async ({ page }) => {
  const stream = await createStream("Sent by RTMP");
  const port = await freePort();
  const taken = join(shoal.folder, "taken.mkv");
  const elsewhere = `rtmp://127.0.0.1:${port}/live`;
  const listener = runFfmpeg(["-listen", "1", "-i", `${elsewhere}/a-key`, "-c", "copy", "-y", taken]);
  const listenerEnded = once(listener, "close");
  const target = restreamTargetSchema.parse(
    await creator.ask("POST", `/streams/${stream.id}/targets`, {
      name: "Elsewhere",
      url: elsewhere,
      key: "a-key",
    }),
  );
  expect(target).toMatchObject({ state: "idle", isEnabled: true });

  await page.goto(`${shoal.url}/live/${stream.id}`);
  await expect(page.getByTestId("waiting")).toBeVisible();
  const publisher = publish(stream, 0);
  await expect.poll(() => countFrames(page)).toBeGreaterThan(30);
  await expect
    .poll(async () => (await readOwn(stream.id)).ingest)
    .toEqual({
      videoCodec: "h264",
      audioCodec: "aac",
      video: "copied",
      reason: "",
    });
  await expect.poll(async () => (await readOwn(stream.id)).targets[0]?.state).toBe("live");
  // FFmpeg looks at what comes for some seconds before it writes any of it
  const framesBefore = await countFrames(page);
  await expect.poll(() => countFrames(page)).toBeGreaterThan(framesBefore + 270);

  publisher.kill("SIGINT");
  await expect(page.getByTestId("ended")).toBeVisible();
  await listenerEnded;
  await expect.poll(async () => (await readOwn(stream.id)).lastVideoId).not.toBeNull();
  const { lastVideoId } = await readOwn(stream.id);
  const video = videoSchema.parse(await creator.ask("GET", `/videos/${lastVideoId}`));
  expect(video.state).toBe("ready");
  expect(video.durationSeconds).toBeGreaterThan(3);
  const entries = ["-show_entries", "stream=codec_name", "-of", "csv=p=0"];
  const probe = spawn("ffprobe", ["-loglevel", "error", ...entries, taken]);
  let told = "";
  probe.stdout.on("data", (chunk) => {
    told += chunk;
  });
  await once(probe, "close");
  expect(told.split("\n").filter(Boolean).sort()).toEqual(["aac", "h264"]);
});

test("what has B-frames is encoded again, and its streamer is told why", async ({ page }) => {
  const stream = await createStream("With B-frames");
  const publisher = publish(stream, 3);
  await expect.poll(async () => (await readOwn(stream.id)).ingest?.video).toBe("transcoded");
  expect((await readOwn(stream.id)).ingest?.reason).toContain("B-frames");
  await page.goto(`${shoal.url}/live/${stream.id}`);
  await expect.poll(() => countFrames(page)).toBeGreaterThan(30);
  publisher.kill("SIGINT");
});

test("a wrong key and a second publisher are refused", async () => {
  const stream = await createStream("With a guard");
  const wrong = publish({ ...stream, streamKey: `${stream.streamKey.slice(0, -1)}!` }, 0);
  expect((await once(wrong, "close"))[0]).not.toBe(0);
  const first = publish(stream, 0);
  await expect.poll(async () => (await readOwn(stream.id)).state).toBe("live");
  const second = publish(stream, 0);
  expect((await once(second, "close"))[0]).not.toBe(0);
  expect(first.exitCode).toBeNull();
  expect((await readOwn(stream.id)).state).toBe("live");
});
