import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeVideo } from "./encode-video.ts";
import { runTool } from "./ffmpeg-runner.ts";
import { makeThumbnail } from "./make-thumbnail.ts";
import { aac, h264, makeClip, testConfig, tone } from "./testing/clips.ts";
import { createMemoryPublisher, type MemoryPublisher } from "./testing/memory-publisher.ts";
import { findProcesses } from "./testing/processes.ts";
import { readPlaylist, wrongHashes } from "./testing/published.ts";

let root = "";
let sourcePath = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "shoal-encode-"));
  // enough pixels for two passes, and next to no work in them
  const still = ["-f", "lavfi", "-i", "color=c=gray:size=1280x720:rate=30:duration=50"];
  const args = [...still, ...tone({ seconds: 50 }), ...h264, "-g", "300", ...aac];
  sourcePath = await makeClip(root, { name: "long.mp4", args });
}, 120_000);
afterAll(async () => await rm(root, { recursive: true, force: true }));

async function start(
  publish: MemoryPublisher,
  signal: AbortSignal,
  changes: Partial<typeof testConfig> = {},
) {
  const workDir = await mkdtemp(join(root, "job-"));
  const encoding = encodeVideo({
    sourcePath,
    workDir,
    doneParts: publish.doneParts,
    publish,
    log: pino({ level: "silent" }),
    signal,
    config: { ...testConfig, ...changes },
  });
  return { workDir, encoding };
}

describe("encodeVideo", { timeout: 120_000 }, () => {
  test("lets people watch early, stops at once, and goes on where it was", async () => {
    const abort = new AbortController();
    const first = createMemoryPublisher();
    const stopInSecondPass: MemoryPublisher = {
      ...first,
      progressed(progress, step) {
        first.progressed(progress, step);
        if (first.states.length > 0 && progress > 0.35) abort.abort();
      },
    };
    const started = await start(stopInSecondPass, abort.signal);
    await expect(started.encoding).rejects.toMatchObject({ code: "encode.cancelled" });
    expect(await readdir(started.workDir)).toEqual([]);
    expect(await findProcesses(sourcePath)).toEqual([]);
    expect(first.states).toHaveLength(1);
    expect(first.states[0]).toMatchObject({
      masterName: "master-1.m3u8",
      isComplete: false,
      hasPoster: true,
    });
    expect(first.states[0]?.renditions.map(({ name }) => name)).toEqual(["360p"]);
    expect([...first.doneParts].sort()).toEqual(["audio:0", "captions", "poster", "rung:360p"]);

    const second = createMemoryPublisher(first);
    const written: string[] = [];
    const watched: MemoryPublisher = {
      ...second,
      async put(path, bytes) {
        written.push(path);
        await second.put(path, bytes);
      },
    };
    const state = await (await start(watched, new AbortController().signal)).encoding;
    expect(state).toMatchObject({ masterName: "master-2.m3u8", isComplete: true, hasStoryboard: true });
    expect(state.renditions.map(({ name }) => name)).toEqual(["720p", "480p", "360p", "240p", "144p"]);
    expect(written.filter((path) => /^(360p|audio-0|poster)/.test(path))).toEqual([]);
    expect(wrongHashes(second, "144p")).toEqual([]);
    expect(readPlaylist(second, "144p").segments.map(({ seconds }) => seconds)).toEqual(
      readPlaylist(second, "360p").segments.map(({ seconds }) => seconds),
    );
  });

  test("ends a pass that takes too long, and one that needs too much room", async () => {
    const never = new AbortController().signal;
    const limits = { wallMs: 300, fileBytes: 1e9 };
    const endless = ["-f", "lavfi", "-re", "-i", "testsrc2=duration=60", "-f", "null", "-"];
    const run = { tool: "ffmpeg", args: endless, cwd: root, limits, signal: never } as const;
    await expect(runTool(run, testConfig)).rejects.toMatchObject({ code: "encode.timeout" });
    const stalled = { ...run, limits: { wallMs: 60_000, stallMs: 50, fileBytes: 1e9 } };
    await expect(runTool(stalled, testConfig)).rejects.toMatchObject({ code: "encode.timeout" });
    const large = [
      "-f",
      "lavfi",
      "-i",
      "testsrc2=duration=5",
      "-c:v",
      "rawvideo",
      "-f",
      "rawvideo",
      "large.raw",
    ];
    await expect(
      runTool({ ...run, args: large, limits: { wallMs: 60_000, fileBytes: 1_000_000 } }, testConfig),
    ).rejects.toMatchObject({ code: "encode.limit_exceeded" });
    expect(await findProcesses("testsrc2=duration")).toEqual([]);
  });

  test("sees nothing of our secrets", async () => {
    const folder = join(root, "environment");
    await mkdir(folder);
    const script = join(folder, "ffprobe");
    await writeFile(script, "#!/bin/sh\nenv\n", { mode: 0o755 });
    process.env.SHOAL_TEST_SECRET = "secret";
    const limits = { wallMs: 10_000, fileBytes: 1e6 };
    const run = {
      tool: "ffprobe",
      args: [],
      cwd: folder,
      limits,
      signal: new AbortController().signal,
    } as const;
    const { stdout } = await runTool(run, { ...testConfig, ffprobePath: script });
    delete process.env.SHOAL_TEST_SECRET;
    expect(stdout).toContain("PATH=");
    expect(stdout).not.toContain("SHOAL");
  });
});

describe("makeThumbnail", () => {
  const signal = new AbortController().signal;

  test("makes posters of a picture, never larger than it is", async () => {
    const path = join(root, "thumbnail");
    await sharp({ create: { width: 900, height: 500, channels: 4, background: "#f008" } })
      .png()
      .toFile(path);
    const publish = createMemoryPublisher();
    await makeThumbnail({ sourcePath: path, signal, publish });
    expect([...publish.files.keys()].sort()).toEqual(
      [320, 640, 1280]
        .flatMap((width) => ["avif", "jpg", "webp"].map((kind) => `poster-${width}.${kind}`))
        .sort(),
    );
    const widths = [320, 640, 1280].map(
      async (width) => (await sharp(publish.files.get(`poster-${width}.webp`)).metadata()).width,
    );
    expect(await Promise.all(widths)).toEqual([320, 640, 900]);
  });

  test.each([
    ["nothing", ""],
    ["text", "hello"],
    [
      "a drawing",
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
    ],
    ["half a picture", Buffer.from("89504e470d0a1a0a0000000d49484452", "hex")],
  ])("refuses %s", async (_, content) => {
    const path = join(root, "bad-thumbnail");
    await writeFile(path, content);
    const publish = createMemoryPublisher();
    await expect(makeThumbnail({ sourcePath: path, signal, publish })).rejects.toMatchObject({
      code: "upload.bad_image",
    });
    expect(publish.files.size).toBe(0);
  });
});
