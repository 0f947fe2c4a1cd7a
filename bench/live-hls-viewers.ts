import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { z } from "zod";
import { findProgram } from "../cli/setup/shell.mjs";
import { readSightings, watchClock } from "../client/e2e/clock-picture.ts";

const hlsFolder = dirname(createRequire(import.meta.url).resolve("hls.js"));
const firstFrameTimeoutMs = 40_000;

/** What one viewer saw, from its first frame on. */
export interface Viewing {
  /** From the moment that a picture was painted by the streamer to the moment that it was seen, for each that was seen. */
  readonly latenciesMs: readonly number[];
  readonly stallsMs: readonly number[];
  readonly peerBytes: number;
  readonly serverBytes: number;
}

/** A page that watches. */
export interface Viewer {
  /** Closes it, and answers what it saw. */
  leave(): Promise<Viewing>;
}

export async function openBrowser(): Promise<Browser> {
  const executablePath =
    process.env.SHOAL_CHROMIUM ?? findProgram("chromium", "chromium-browser", "google-chrome");
  return chromium.launch({
    ...(executablePath !== undefined && { executablePath }),
    args: [
      ...["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
      ...["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
      // viewers on one machine must find each other
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
}

/** Notes each time that the picture on stage stands still for more than 0.3 s while it should move. */
async function watchStalls(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const stallsMs: number[] = [];
    Reflect.set(window, "stallsMs", stallsMs);
    let [place, since, isStalled] = [0, Number.POSITIVE_INFINITY, false];
    setInterval(() => {
      const video = document.querySelector("video.is-front");
      if (!(video instanceof HTMLVideoElement) || video.paused) return;
      const now = performance.now();
      if (video.currentTime !== place) {
        if (isStalled) stallsMs.push(now - since);
        [place, since, isStalled] = [video.currentTime, now, false];
      } else if (now - since > 300) isStalled = true;
    }, 50);
  });
}

async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ bypassCSP: true, viewport: { width: 480, height: 480 } });
  // tsx names functions by a helper that no page has
  await context.addInitScript({ content: "globalThis.__name ??= (value) => value" });
  await watchClock(context);
  await watchStalls(context);
  return context.newPage();
}

/** A page of the site, whose viewer agreed to share. */
export async function openOurs(browser: Browser, url: string, streamId: string): Promise<Viewer> {
  const page = await openPage(browser);
  await page.addInitScript(() => {
    localStorage.setItem("shoal.player", JSON.stringify({ peerConsent: "given", isMuted: true }));
  });
  await page.goto(`${url}/live/${streamId}`);
  await page.locator('[data-testid="player"][data-way="hls"][data-phase="playing"]').waitFor();
  return toViewer(page, async () => {
    await page.keyboard.press("i");
    return { peerBytes: await readStat(page, "peers"), serverBytes: await readStat(page, "server") };
  });
}

async function readStat(page: Page, from: "peers" | "server"): Promise<number> {
  return Number(await page.getByTestId(`stats-bytes-from-${from}`).getAttribute("data-value"));
}

/** A page with hls.js, as who follows the first lines of its manual writes it. */
export async function openRival(browser: Browser, url: string, hlsUrl: string): Promise<Viewer> {
  const page = await openPage(browser);
  await page.goto(`${url}/healthz`);
  await page.setContent('<video class="is-front" muted width="480"></video>');
  await page.addScriptTag({ path: join(hlsFolder, "hls.min.js") });
  await page.addScriptTag({
    content: `
      const video = document.querySelector("video");
      const hls = new Hls();
      hls.loadSource(${JSON.stringify(hlsUrl)});
      hls.attachMedia(video);
      video.play();`,
  });
  await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0, undefined, {
    timeout: firstFrameTimeoutMs,
  });
  return toViewer(page, async () => ({ peerBytes: 0, serverBytes: 0 }));
}

function toViewer(page: Page, readBytes: () => Promise<Pick<Viewing, "peerBytes" | "serverBytes">>): Viewer {
  return {
    async leave() {
      const sightings = await readSightings(page);
      const stallsMs = z.array(z.number()).parse(await page.evaluate(() => Reflect.get(window, "stallsMs")));
      const bytes = await readBytes();
      await page.context().close();
      return {
        latenciesMs: sightings.map(({ shownMs, seenAtMs }) => seenAtMs - shownMs),
        stallsMs,
        ...bytes,
      };
    },
  };
}
