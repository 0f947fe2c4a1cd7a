import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { Closer } from "#common/node/closer.ts";
import { findProgram } from "../cli/setup/shell.mjs";
import { makeClip, registerCreator, startOwnShoal } from "../client/e2e/startup-shoal.ts";
import { defineBench, interleave, toResult } from "./bench.ts";

const rounds = 7;
const clipSeconds = 24;
const frameTimeoutMs = 30_000;
/** 50 ms to the first byte of every answer and 5 Mbit/s, for both alike. */
const network = { offline: false, latency: 50, downloadThroughput: 625_000, uploadThroughput: 625_000 };
const hlsFolder = dirname(createRequire(import.meta.url).resolve("hls.js"));

/** From the click on a video to its first painted frame, beside hls.js as it comes. */
export const bench = defineBench({
  name: "startup",
  doc: "click to first painted frame, peers on, against stock hls.js on the same files, at 50 ms and 5 Mbit/s",
  async run(say) {
    const closer = new Closer();
    try {
      const shoal = await startOwnShoal();
      closer.add("Shoal", () => shoal.close());
      const clipPath = join(shoal.folder, "clip.mp4");
      await writeClip(clipPath);
      const creator = await registerCreator(shoal.url, "bench");
      say("encoding the clip");
      const videoId = await creator.publish(clipPath, "A clip for the benchmark");

      const browser = await openBrowser();
      closer.add("browser", () => browser.close());
      const sharer = await openViewer(browser);
      await watchAndShare(sharer, shoal.url, videoId);
      const hlsUrl = await askHlsUrl(shoal.url, videoId);
      const medians = await interleave(
        rounds,
        {
          "hls.js": () => inCleanContext(browser, (page) => measureStock(page, shoal.url, hlsUrl, say)),
          shoal: () => inCleanContext(browser, (page) => measureShoal(page, shoal.url, videoId, say)),
        },
        say,
      );
      return [
        toResult({
          bench: "startup",
          goal: 0.8,
          better: "lower",
          ours: medians.shoal,
          baseline: medians["hls.js"],
          unit: "ms from click to first frame",
        }),
      ];
    } finally {
      await closer.close();
    }
  },
});

/** A film of `SHOAL_BENCH_MEDIA`, else a clip made for this. */
async function writeClip(path: string): Promise<void> {
  const folder = process.env.SHOAL_BENCH_MEDIA;
  const names =
    folder === undefined
      ? []
      : (await readdir(folder)).filter((name) => /\.(avi|mp4|mov|mkv|webm)$/.test(name));
  const [name] = names.sort();
  if (folder === undefined || name === undefined) {
    return makeClip(path, { durationSeconds: clipSeconds, heightPx: 720 });
  }
  const source = ["-v", "error", "-nostdin", "-y", "-i", join(folder, name), "-t", String(clipSeconds)];
  const sound = ["-f", "lavfi", "-i", `sine=frequency=330:sample_rate=48000:duration=${clipSeconds}`];
  await promisify(execFile)("ffmpeg", [
    ...source.slice(0, 5),
    ...sound,
    ...source.slice(5),
    ...[
      "-map",
      "1:v",
      "-map",
      "0:a",
      "-c:v",
      "libx264",
      "-preset",
      "veryfast",
      "-crf",
      "20",
      "-pix_fmt",
      "yuv420p",
    ],
    ...["-c:a", "aac", "-shortest", path],
  ]);
}

async function openBrowser(): Promise<Browser> {
  const executablePath =
    process.env.SHOAL_CHROMIUM ?? findProgram("chromium", "chromium-browser", "google-chrome");
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--autoplay-policy=no-user-gesture-required",
      // viewers on one machine must find each other
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
}

/** A viewer who agreed to share. */
async function openViewer(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ bypassCSP: true });
  await agreeToShare(context);
  return context.newPage();
}

async function agreeToShare(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    localStorage.setItem("shoal.player", JSON.stringify({ peerConsent: "given" }));
  });
}

/** Somebody who has seen the video is in the swarm all the time, paused so that nothing is decoded. */
async function watchAndShare(page: Page, url: string, videoId: string): Promise<void> {
  await page.goto(`${url}/watch/${videoId}`);
  const video = page.getByTestId("player-video");
  await video.waitFor();
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 2);
  await video.evaluate((element) => element instanceof HTMLVideoElement && element.pause());
}

async function inCleanContext(browser: Browser, measure: (page: Page) => Promise<number>): Promise<number> {
  // media is cold in every round: a context has a cache of its own
  const page = await openViewer(browser);
  try {
    return await measure(page);
  } finally {
    await page.context().close();
  }
}

async function askHlsUrl(url: string, videoId: string): Promise<string> {
  const response = await fetch(`${url}/api/videos/${videoId}/playback`, { method: "POST" });
  return z.object({ hlsUrl: z.string() }).parse(await response.json()).hlsUrl;
}

/** A page with nothing but a button and hls.js, with its default settings and its code loaded before the click. */
async function measureStock(
  page: Page,
  url: string,
  hlsUrl: string,
  say: (text: string) => void,
): Promise<number> {
  await page.goto(`${url}/healthz`);
  await page.setContent("<button>Play</button><video></video>");
  await page.addScriptTag({ path: join(hlsFolder, "hls.min.js") });
  await page.addScriptTag({ content: toStockScript(hlsUrl) });
  return clickAndWait(page, "button", "hls.js", say);
}

/** What a page writes who follows the first lines of hls.js' manual. */
function toStockScript(hlsUrl: string): string {
  return `
    document.querySelector("button").addEventListener("click", () => {
      const video = document.querySelector("video");
      const hls = new Hls();
      hls.loadSource(${JSON.stringify(hlsUrl)});
      hls.attachMedia(video);
      video.play();
    });`;
}

/** The home page with the player's code loaded by the pointer that rests on the card, and then the click. */
async function measureShoal(
  page: Page,
  url: string,
  videoId: string,
  say: (text: string) => void,
): Promise<number> {
  const card = `a[href="/watch/${videoId}"]`;
  await page.goto(url);
  await page.locator(card).first().hover();
  await page.waitForFunction(() => {
    const names = performance.getEntriesByType("resource").map(({ name }) => name);
    return ["hls-engine", "player", "watch.page"].every((part) =>
      names.some((name) => name.includes(`/assets/${part}`) && name.endsWith(".js")),
    );
  });
  return clickAndWait(page, card, "shoal", say);
}

/** Milliseconds from the click to the first painted frame, by the page's own clock. */
async function clickAndWait(
  page: Page,
  target: string,
  who: string,
  say: (text: string) => void,
): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", network);
  const painted = page.evaluate(waitForFrame, frameTimeoutMs);
  await page.locator(target).first().click();
  const { ms, heightPx } = await painted;
  say(`${who}: first frame has ${heightPx} lines`);
  return ms;
}

/** Runs in the page, where no helper of the compiler is: functions in it have no names. */
function waitForFrame(timeoutMs: number): Promise<{ ms: number; heightPx: number }> {
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("no frame was painted")), timeoutMs);
    document.addEventListener(
      "click",
      (click) => {
        // the player's element comes after the click
        const search = setInterval(() => {
          const video = document.querySelector("video");
          if (!video) return;
          clearInterval(search);
          video.requestVideoFrameCallback((paintedAtMs) =>
            resolve({ ms: paintedAtMs - click.timeStamp, heightPx: video.videoHeight }),
          );
        }, 2);
      },
      { capture: true, once: true },
    );
  });
}
