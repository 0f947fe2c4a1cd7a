import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";
import { type Creator, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";

/** A Shoal with people and videos, for looking at pages. */
export interface Site {
  readonly shoal: OwnShoal;
  readonly creator: Creator;
  /** A public video that is ready. */
  readonly videoId: string;
  close(): Promise<void>;
}

export const themes = ["light", "dark"] as const;
export type Theme = (typeof themes)[number];

const clips = [
  { title: "A slow dive into a very small place", source: "mandelbrot=size=1280x720:rate=24", seconds: 14 },
  {
    title: "Colours at the end of the day",
    source: "gradients=size=1280x720:speed=0.03:n=4:seed=7:rate=24",
    seconds: 9,
  },
  {
    title: "What grows when nobody looks",
    source:
      "life=size=320x180:mold=12:ratio=0.2:seed=3:life_color=#5bd8d0:death_color=#0a3a58:rate=24,scale=1280:720",
    seconds: 7,
  },
  { title: "Triangles, all the way down", source: "sierpinski=size=1280x720:seed=5:rate=24", seconds: 11 },
  {
    title: "Deep water, standing still",
    source: "gradients=size=720x1280:c0=0x0a3a58:c1=0x14989b:n=2:speed=0.01:rate=24",
    seconds: 6,
  },
  {
    title: "Test pattern with a tone, for those who like to check their screen and their speakers",
    source: "testsrc2=size=1280x720:rate=24",
    seconds: 16,
  },
] as const;

async function makeSceneClip(path: string, source: string, seconds: number): Promise<void> {
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", "-nostdin", "-y"],
    ...["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=frequency=220:sample_rate=48000"],
    ...["-t", String(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
    ...["-c:a", "aac", path],
  ]);
}

/** A picture to stand for a video. */
export async function makePicture(path: string): Promise<void> {
  const source = "gradients=size=1280x720:c0=0x14989b:c1=0xff9a82:n=2";
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source],
    ...["-frames:v", "1", "-update", "1", path],
  ]);
}

const description = [
  "0:00 On the way",
  "0:03 Deeper",
  "0:07 Nearly there",
  "",
  "Made for looking at, on a grey morning and without a plan.",
  "More of this at https://example.org/small-places.",
  "",
  "Thanks to everybody who watched the first part, and to the one person who asked for a second.",
].join("\n");

/** Starts a Shoal and fills it; everything goes with `close`. */
export async function openSite(): Promise<Site> {
  const shoal = await startOwnShoal({
    SHOAL_RATE_LIMITS: "off",
    SHOAL_ADMIN_EMAIL: "captain@example.org",
    SHOAL_ADMIN_PASSWORD: "a shoal of herring",
  });
  try {
    const [creator, other] = [
      await registerCreator(shoal.url, "maya"),
      await registerCreator(shoal.url, "reef-lab"),
    ];
    await creator.ask("PATCH", "/users/me", {
      displayName: "Maya Okafor",
      bio: "I film small things slowly.\nA new video every Sunday, when the light is good.",
    });
    await other.ask("PATCH", "/users/me", { displayName: "Reef Lab" });
    const ids: string[] = [];
    for (const [place, clip] of clips.entries()) {
      const path = join(shoal.folder, `clip-${place}.mp4`);
      await makeSceneClip(path, clip.source, clip.seconds);
      ids.push(await (place % 3 === 2 ? other : creator).publish(path, clip.title));
    }
    const [videoId = ""] = ids;
    const details = {
      description,
      tags: ["slow", "small things", "no talking"],
      category: "science",
      language: "en",
    };
    await creator.ask("PATCH", `/videos/${videoId}`, details);
    await fillStudio(shoal, creator);
    return { shoal, creator, videoId, close: () => shoal.close() };
  } catch (error) {
    await shoal.close();
    throw error;
  }
}

/** Videos in states that a studio shows: no file yet, failed, private. */
async function fillStudio(shoal: OwnShoal, creator: Creator): Promise<void> {
  const brokenPath = join(shoal.folder, "broken.mp4");
  await writeFile(brokenPath, Buffer.alloc(20_000, 7));
  await creator.ask("POST", "/videos", { title: "Only an idea so far", visibility: "private" });
  await creator.publish(brokenPath, "A file that fell into the water", "unlisted").catch(() => {});
}

/** A browser in which the creator, or nobody, is logged in. */
export async function openContext(
  browser: Browser,
  site: Site,
  options: { isLoggedIn: boolean; theme: Theme; widthPx?: number },
): Promise<BrowserContext> {
  const width = options.widthPx ?? 1440;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: options.theme,
    reducedMotion: "reduce",
  });
  if (options.isLoggedIn) {
    await context.addCookies([{ name: "shoal_session", value: site.creator.token, url: site.shoal.url }]);
  }
  return context;
}

/** Every page of the house, as somebody sees it. */
export function listPages(site: Site): { name: string; path: string; isLoggedIn: boolean }[] {
  const guest = { isLoggedIn: false };
  const creator = { isLoggedIn: true };
  return [
    { name: "home-guest", path: "/", ...guest },
    { name: "home", path: "/", ...creator },
    { name: "home-category-empty", path: "/?category=gaming", ...creator },
    { name: "search", path: "/search?query=slow", ...guest },
    { name: "search-popular", path: "/search?sort=popular", ...guest },
    { name: "search-nothing", path: "/search?query=walrus&category=music", ...guest },
    { name: "channel", path: "/@maya", ...guest },
    { name: "channel-own", path: "/@maya", ...creator },
    { name: "channel-unknown", path: "/@nobody-here", ...guest },
    { name: "watch", path: `/watch/${site.videoId}`, ...guest },
    { name: "watch-unknown", path: "/watch/aaaaaaaaaaaaaaa", ...guest },
    { name: "upload", path: "/upload", ...creator },
    { name: "studio", path: "/studio", ...creator },
    { name: "edit", path: `/studio/${site.videoId}`, ...creator },
    { name: "settings", path: "/settings", ...creator },
    { name: "login", path: "/login", ...guest },
    { name: "register", path: "/register", ...guest },
    { name: "forgot-password", path: "/forgot-password", ...guest },
    { name: "reset-password", path: "/reset-password#abc", ...guest },
    { name: "verify", path: "/verify", ...guest },
    { name: "first-run", path: "/first-run#abc", ...guest },
    { name: "not-found", path: "/nowhere/at/all", ...guest },
  ];
}

/** Waits until nothing on the page is still on its way. */
export async function untilSettled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("main h1") !== null &&
      document.querySelector("[aria-busy=true], .header-waiting") === null &&
      [...document.images].every((image) => image.complete || image.loading === "lazy"),
  );
  await page.evaluate(() => document.fonts.ready.then(() => {}));
  const player = page.getByTestId("player");
  if ((await player.count()) > 0) await expect(player).not.toHaveAttribute("data-phase", "starting");
}
