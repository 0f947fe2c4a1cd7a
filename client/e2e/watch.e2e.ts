import { join } from "node:path";
import { type BrowserContext, expect, type Page, test } from "@playwright/test";
import { installProbe, readStat, readVideo } from "./player-probe.ts";
import { type Creator, makeClip, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";

const clipSeconds = 24;

let shoal: OwnShoal;
let creator: Creator;
/** The video that the first test uploads and every other one watches. */
let videoId = "";

test.describe.configure({ mode: "serial" });

test.beforeAll(async () => {
  test.setTimeout(120_000);
  shoal = await startOwnShoal();
  await makeClip(join(shoal.folder, "herring-run.mp4"), { durationSeconds: clipSeconds, heightPx: 720 });
});

test.afterAll(() => shoal?.close());

async function openContext(context: BrowserContext): Promise<Page> {
  await installProbe(context);
  return context.newPage();
}

/** Waits until the picture moves. */
async function untilPlaying(page: Page): Promise<void> {
  const before = await readVideo(page);
  await expect.poll(async () => (await readVideo(page)).seconds).toBeGreaterThan(before.seconds + 0.3);
}

async function chooseQuality(page: Page, choose: "highest" | "lowest"): Promise<void> {
  await page.getByTestId("player-video").hover();
  await page.getByTestId("settings-button").click();
  await page.getByTestId("menu-quality").click();
  const rungs = page.locator('[data-testid^="quality-"]:not([data-testid="quality-auto"])');
  await (choose === "highest" ? rungs.first() : rungs.last()).click();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
}

test("registers, uploads, sees the states go by, plays, seeks and changes the rung", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await openContext(context);
  await page.goto(`${shoal.url}/register`);
  await page.getByLabel("Handle").fill("captain");
  await page.getByLabel("Mail address").fill("captain@example.org");
  await page.getByLabel("Password").fill("a shoal of herring");
  await page.getByRole("button", { name: "Make an account" }).click();
  await expect(page).toHaveURL(`${shoal.url}/`);

  await page.goto(`${shoal.url}/upload`);
  await page.getByLabel("Choose video files").setInputFiles(join(shoal.folder, "herring-run.mp4"));
  const badge = page.locator(".upload-card .badge");
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        seen.add((await badge.textContent()) ?? "");
        return [...seen];
      },
      { timeout: 120_000, intervals: [50] },
    )
    .toContain("Ready");
  expect([...seen].some((state) => ["In line to encode", "Encoding"].includes(state))).toBe(true);

  await page.getByRole("link", { name: "Watch it" }).click();
  await expect(page).toHaveURL(/\/watch\/[a-z0-9]{15}$/);
  videoId = page.url().split("/").at(-1) ?? "";
  await untilPlaying(page);
  const first = await readVideo(page);
  expect(first.durationSeconds).toBeCloseTo(clipSeconds, 0);
  await expect.poll(async () => (await readVideo(page)).paintedFrames).toBeGreaterThan(first.paintedFrames);

  await page.keyboard.press("5");
  await expect.poll(async () => (await readVideo(page)).seconds).toBeGreaterThan(clipSeconds / 2);
  await untilPlaying(page);

  await page.keyboard.press("0");
  await chooseQuality(page, "lowest");
  await expect.poll(async () => (await readVideo(page)).heightPx).toBe(144);
  await page.keyboard.press("0");
  await chooseQuality(page, "highest");
  await expect.poll(async () => (await readVideo(page)).heightPx).toBe(720);

  await page.keyboard.press("k");
  await expect.poll(async () => (await readVideo(page)).isPaused).toBe(true);
  const probe = await page.evaluate(() => window.shoalProbe);
  expect(probe.violations).toEqual([]);
  // nobody was asked yet
  expect(probe.peerConfigs).toEqual([]);
  await context.close();
});

test("hands segments from the first viewer to the second, and both see it", async ({ browser }) => {
  creator = await registerCreator(shoal.url, "mate");
  const [first, second] = await Promise.all([browser.newContext(), browser.newContext()]);
  const one = await openContext(first);
  const other = await openContext(second);

  for (const page of [one, other]) {
    await page.goto(`${shoal.url}/watch/${videoId}`);
    await untilPlaying(page);
    await page.getByTestId("consent-yes").click();
    await expect(page.getByTestId("consent")).toHaveCount(0);
    await page.goto("about:blank");
  }
  await one.goto(`${shoal.url}/watch/${videoId}`);
  await untilPlaying(one);
  await one.keyboard.press("i");
  await expect.poll(() => readStat(one, "buffer"), { timeout: 30_000 }).toBeGreaterThan(5);
  await one.keyboard.press("k");

  await other.goto(`${shoal.url}/watch/${videoId}`);
  await untilPlaying(other);
  await other.keyboard.press("i");
  await expect.poll(() => readStat(other, "bytes-from-peers"), { timeout: 30_000 }).toBeGreaterThan(100_000);
  await expect.poll(() => readStat(one, "bytes-to-peers")).toBeGreaterThan(100_000);
  expect(await readStat(other, "peers")).toBe(1);
  await expect(one.getByTestId("stats-mode")).toContainText("peers");
  await expect(other.getByTestId("sharing-hint")).toContainText("1 viewer is sharing");

  for (const page of [one, other]) {
    const probe = await page.evaluate(() => window.shoalProbe);
    expect(new Set(probe.peerConfigs)).toEqual(new Set(["[]"]));
    const trackers = probe.socketUrls.filter((url) => !url.includes("/socket"));
    expect(trackers.every((url) => url.startsWith(shoal.url.replace("http", "ws")))).toBe(true);
    expect(probe.violations).toEqual([]);
  }
  await Promise.all([first.close(), second.close()]);
});

test("closes everything when the viewer leaves, twenty times", async ({ browser }) => {
  const context = await browser.newContext();
  const page = await openContext(context);
  await page.addInitScript(() => {
    localStorage.setItem("shoal.player", JSON.stringify({ peerConsent: "given" }));
  });
  await page.goto(shoal.url);
  const card = page.locator(`a[href="/watch/${videoId}"]`).first();
  await card.waitFor();
  const countTimers = () => page.evaluate(() => window.shoalProbe.liveTimers.size);
  const timersAtHome = await countTimers();
  for (let visit = 0; visit < 20; visit += 1) {
    await card.click();
    await expect(page.getByTestId("player")).toHaveAttribute("data-phase", "started");
    await page.goBack();
    await card.waitFor();
  }
  const readLive = () =>
    page.evaluate(() => ({
      peers: window.shoalProbe.livePeers.size,
      trackers: [...window.shoalProbe.liveSockets].filter(
        (one) => "url" in one && /tracker/.test(String(one.url)),
      ).length,
    }));
  await expect.poll(readLive).toEqual({ peers: 0, trackers: 0 });
  await expect.poll(countTimers).toBe(timersAtHome);
  await context.close();
});

test("keeps the shortcuts, the captions of the menu and the stats where they belong", async ({ page }) => {
  await page.goto(`${shoal.url}/watch/${videoId}`);
  await untilPlaying(page);
  await page.keyboard.press("?");
  await expect(page.getByTestId("player-help")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("player-help")).toHaveCount(0);
  await page.keyboard.press("i");
  await expect(page.getByTestId("swarm-picture")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByTestId("stats")).toHaveCount(0);
  await page.keyboard.press("m");
  await expect
    .poll(() => page.getByTestId("player-video").evaluate((video) => "muted" in video && video.muted))
    .toBe(true);
  await page.keyboard.press("9");
  await page.keyboard.press("l");
  await expect(page.getByTestId("end-screen")).toBeVisible();
  await page.getByRole("button", { name: "Watch again" }).click();
  await untilPlaying(page);
});

test("refuses a stranger what became private, and every address that was given out", async ({
  browser,
  page,
}) => {
  const privateId = await creator.publish(join(shoal.folder, "herring-run.mp4"), "For one pair of eyes");
  const requested: string[] = [];
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/media/") && pathname.endsWith(".m4s")) requested.push(response.url());
  });
  await page.goto(`${shoal.url}/watch/${privateId}`);
  await untilPlaying(page);
  const [segmentUrl = ""] = requested;
  expect((await fetch(segmentUrl)).status).toBe(200);

  await creator.setVisibility(privateId, "private");
  expect((await fetch(segmentUrl)).status).toBeGreaterThanOrEqual(400);
  // who is in the middle of it hears what happened, with the next thing that is asked for
  await page.reload();
  await expect(page.getByText("This video is not here")).toBeVisible();
  const grant = await fetch(`${shoal.url}/api/videos/${privateId}/playback`, { method: "POST" });
  expect(grant.status).toBe(404);

  const owner = await browser.newContext();
  const ownersPage = await openContext(owner);
  await ownersPage.goto(`${shoal.url}/login`);
  await ownersPage.getByLabel("Mail address").fill("mate@example.org");
  await ownersPage.getByLabel("Password").fill("a shoal of herring");
  await ownersPage.getByRole("button", { name: "Log in" }).click();
  await expect(ownersPage).toHaveURL(`${shoal.url}/`);
  await ownersPage.goto(`${shoal.url}/watch/${privateId}`);
  await untilPlaying(ownersPage);
  const granted = await ownersPage.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map(({ name }) => name)
      .filter((name) => name.endsWith(".m4s")),
  );
  expect(granted.length).toBeGreaterThan(0);
  expect(granted.every((url) => url.includes("/media/~"))).toBe(true);
  await owner.close();
});
