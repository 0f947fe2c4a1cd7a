import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import { findChromium } from "../../cli/setup/chromium.step.mjs";
import { toMediaUrl } from "./media-address.ts";
import { bundlePage } from "./testing/bundle-page.ts";
import type { LiveSwarmPage } from "./testing/live-swarm-page.ts";
import { openPlaybackDesk, type PlaybackDesk } from "./testing/playback-desk.ts";

declare const liveSwarm: LiveSwarmPage;

const segmentCount = 60;
const alreadyThere = 12;
const patienceMs = 40_000;

let desk: PlaybackDesk;
let browser: Browser;
let script: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shoal-live-peers-"));
  [desk, script] = await Promise.all([
    openPlaybackDesk(),
    bundlePage(new URL("./testing/live-swarm-page.ts", import.meta.url)),
    makeSegments(),
  ]);
  const executablePath = (await findChromium(join(import.meta.dirname, "../..")))?.path ?? "";
  browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-features=WebRtcHideLocalIpsWithMdns"],
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await desk?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Segments of a second each, as a live encoder would write them. */
async function makeSegments(): Promise<void> {
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", "-nostdin", "-f", "lavfi"],
    ...["-i", `testsrc2=size=320x180:rate=10:duration=${segmentCount}`, "-vf", "noise=alls=20:allf=t"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-pix_fmt", "yuv420p"],
    ...["-g", "10", "-keyint_min", "10", "-sc_threshold", "0"],
    ...["-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_type", "fmp4"],
    ...["-hls_segment_filename", join(folder, "%d.m4s"), join(folder, "index.m3u8")],
  ]);
}

/** Shows one more segment each second, as a live encoder would. Returns how to stop. */
async function broadcast(id: VideoId): Promise<() => Promise<void>> {
  await desk.writeLive(id, "180p/init-1.mp4", await readFile(join(folder, "init.mp4")));
  const lines: string[] = [];
  async function add(number: number): Promise<void> {
    const body = await readFile(join(folder, `${number}.m4s`));
    await desk.writeLive(id, `180p/seg-${number}.m4s`, body);
    lines.push(segmentHashTag + createHash("sha256").update(body).digest("hex"));
    lines.push("#EXTINF:1.000,", `seg-${number}.m4s`);
  }
  const write = () =>
    desk.writeLive(
      id,
      "180p/live.m3u8",
      `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:1\n#EXT-X-MAP:URI="init-1.mp4"\n${lines.join("\n")}\n`,
    );
  let next = 0;
  while (next < alreadyThere) await add(next++);
  await write();
  await desk.writeLive(
    id,
    "live.m3u8",
    '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=600000,CODECS="avc1.42c00d",RESOLUTION=320x180,FRAME-RATE=10.000\n180p/live.m3u8\n',
  );
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    writing = writing.then(async () => {
      if (next < segmentCount) await add(next++);
      await write();
      desk.clock.nowMs = Date.now();
    });
  }, 1000);
  return async () => {
    clearInterval(timer);
    await writing;
  };
}

async function openPage(pictureUrl: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  // a document of this server, as the tracker is: others may not reach into this machine
  await page.goto(pictureUrl);
  await page.addScriptTag({ content: script });
  return page;
}

it("viewers of a broadcast hand segments to each other, admitted by our tracker", async () => {
  const onAir = await desk.goOnAir();
  const stop = await broadcast(onAir.id);
  const policy = await desk.live.toPeerPolicy(onAir, null);
  if (policy.mode === "off") throw new Error(policy.reason);
  const { id: videoId, revision } = onAir;
  const toUrl = (path: string) => desk.url + toMediaUrl({ grant: null, videoId, revision, path });
  const hlsUrl = toUrl("live.m3u8");
  const swarm = {
    swarmId: policy.swarmId,
    trackerUrl: desk.url.replace("http", "ws") + (policy.trackerUrls[0] ?? ""),
  };
  try {
    const pages = await Promise.all([1, 2].map(() => openPage(toUrl("thumbnails/1.jpg"))));
    for (const page of pages) {
      await page.evaluate(([url, who]) => liveSwarm.watch(url, who), [hlsUrl, swarm] as const);
      await page.waitForFunction(() => liveSwarm.received.http > 0);
    }
    const received = await Promise.race(
      pages.map(async (page) => {
        await page.waitForFunction(() => liveSwarm.received.p2p > 0, undefined, { timeout: patienceMs });
        return page.evaluate(() => liveSwarm.received);
      }),
    );
    expect(received).toMatchObject({ connectedPeers: 1, warnings: [] });
  } finally {
    await stop();
  }
}, 60_000);
