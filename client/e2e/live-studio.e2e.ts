import { type Browser, type BrowserContext, chromium, expect, type Page, test } from "@playwright/test";
import { z } from "zod";
import config from "../../playwright.config.ts";
import { type Creator, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";
import { openUdpRelay, type UdpRelay } from "./udp-relay.ts";

let shoal: OwnShoal;
let creator: Creator;
/** A browser of its own: the screen that it shares is the first one that there is. */
let browser: Browser;
/** All WebRTC media goes through it. */
let relay: UdpRelay;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  const relayAddress = "127.0.0.77";
  relay = await openUdpRelay(relayAddress);
  shoal = await startOwnShoal({
    SHOAL_RATE_LIMITS: "off",
    SHOAL_SFU_WORKERS: "1",
    SHOAL_RTC_LISTEN_ADDRESS: "127.0.0.1",
    SHOAL_RTC_ANNOUNCED_ADDRESSES: relayAddress,
    SHOAL_RTC_PORT: String(relay.port),
  });
  creator = await registerCreator(shoal.url, "maya");
  browser = await chromium.launch(config.use?.launchOptions ?? {});
});

test.afterAll(async () => {
  await browser?.close();
  await shoal?.close();
  await relay?.close();
});

/** The streamer's page, and what it asked of the WHIP door. */
async function openStudio(path: string): Promise<{ page: Page; asked: string[]; context: BrowserContext }> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    permissions: ["camera", "microphone", "clipboard-read", "clipboard-write"],
  });
  await context.addCookies([{ name: "shoal_session", value: creator.token, url: shoal.url }]);
  const page = await context.newPage();
  const asked: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/whip/")) asked.push(request.method());
  });
  await page.goto(shoal.url + path);
  return { page, asked, context };
}

async function makeStream(title: string): Promise<string> {
  const created = await creator.ask("POST", "/streams", { title });
  return z.object({ id: z.string() }).parse(created).id;
}

async function openViewer(streamId: string): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${shoal.url}/live/${streamId}`);
  return { page, close: () => context.close() };
}

/** Pictures that the viewer's page has painted so far. */
function countPictures(viewer: Page): Promise<number> {
  return viewer.evaluate(() => {
    const video = document.querySelector("[data-testid=player-video]");
    return video instanceof HTMLVideoElement ? video.getVideoPlaybackQuality().totalVideoFrames : 0;
  });
}

/** The picture moves on from here: that many more pictures are painted. */
async function expectPainting(viewer: Page, more = 15): Promise<void> {
  const before = await countPictures(viewer);
  await expect.poll(() => countPictures(viewer), { timeout: 15_000 }).toBeGreaterThan(before + more);
}

const stageOf = (page: Page) => page.locator(".stage");
const expectLife = (page: Page, life: string, timeout = 20_000) =>
  expect(stageOf(page)).toHaveAttribute("data-life", life, { timeout });
const chooseSource = (page: Page, name: string) => page.locator(".source", { hasText: name }).first().click();

async function goLive(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Camera/ }).click();
  await expect(page.getByTestId("stage-picture")).toBeVisible();
  await page.getByTestId("go-live").click();
  await expectLife(page, "on_air");
}

async function end(page: Page): Promise<void> {
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
}

test("from the first stream to its recording", async () => {
  const { page, asked, context } = await openStudio("/studio/live");
  await page.getByRole("button", { name: "Make a stream" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Tide pools at low water");
  await page.getByRole("dialog").getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tide pools at low water");
  const streamId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  // the key is here now, and never again
  await expect(page.getByLabel("Stream key")).toHaveValue(/^\S{20,}$/);
  await page.reload();
  await expect(page.getByText("What do you want to show?")).toBeVisible();
  await expect(page.getByLabel("Stream key")).toHaveCount(0);

  await page.getByRole("button", { name: /^Camera/ }).click();
  await expect(page.getByTestId("stage-picture")).toBeVisible();
  await expect(page.getByText("Preview", { exact: true })).toBeVisible();
  // nothing has gone anywhere before the click, and the click takes one request
  expect(asked).toEqual([]);
  await page.getByTestId("go-live").click();
  await expectLife(page, "on_air");
  expect(asked).toEqual(["POST"]);
  await expect(page.getByTestId("stream-state")).toHaveText("On air");

  const viewer = await openViewer(streamId);
  await expectPainting(viewer.page);
  await expect(page.getByTestId("air-viewers")).toHaveText("1");
  await expect(page.getByTestId("air-bitrate")).toHaveText(/bit\/s$/);
  await expect(page.getByTestId("air-layers").getByRole("listitem")).toHaveCount(3);
  await expect(page.getByTestId("air-layers")).toContainText("1280×720");
  await expect(page.getByTestId("air-quality")).toContainText("connection.");

  await page.getByLabel("Title").fill("Tide pools, and a crab");
  await expect(page.getByText("Saved", { exact: true })).toBeVisible();
  await expect(viewer.page.getByRole("heading", { level: 1 })).toHaveText("Tide pools, and a crab");

  await end(page);
  await expect(page.getByTestId("end-card")).toContainText("Off air, and recorded.", { timeout: 60_000 });
  await page.getByRole("link", { name: "Watch the recording" }).click();
  await expect(page).toHaveURL(/\/watch\//);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Tide pools, and a crab");
  await viewer.close();
  await context.close();
});

test("everything that is shown can be changed on air, in one session", async () => {
  const streamId = await makeStream("Many faces");
  const { page, asked, context } = await openStudio(`/studio/live/${streamId}`);
  await goLive(page);
  const viewer = await openViewer(streamId);
  await expectPainting(viewer.page);

  await test.step("the screen, with the camera in a corner, the sound alone", async () => {
    for (const source of ["Screen with camera", "Sound only", "Screen", "Camera"]) {
      await chooseSource(page, source);
      await expectPainting(viewer.page, source === "Sound only" ? 8 : 15);
    }
  });
  await test.step("another microphone, mute, a hidden picture, another quality", async () => {
    await page.getByRole("button", { name: /^Microphone/ }).click();
    await page.getByRole("option", { name: "Fake Audio Input 2" }).click();
    await page.getByRole("button", { name: "Mute the microphone" }).click();
    await expect(page.getByRole("button", { name: "Mute the microphone" })).toHaveAttribute(
      "aria-pressed",
      "true",
    );
    await page.getByRole("button", { name: "Hide the picture" }).click();
    await expectPainting(viewer.page, 8);
    await page.getByRole("button", { name: "Hide the picture" }).click();
    await page.getByRole("button", { name: /^Quality/ }).click();
    await page.getByRole("option", { name: "480p" }).click();
    await expect(page.getByTestId("air-layers").getByRole("listitem")).toHaveCount(2);
    await expectPainting(viewer.page);
  });
  await test.step("a window that nobody sees", async () => {
    await chooseSource(page, "Screen with camera");
    const debug = await context.newCDPSession(page);
    await debug.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    const { windowId } = await debug.send("Browser.getWindowForTarget");
    await debug.send("Browser.setWindowBounds", { windowId, bounds: { windowState: "minimized" } });
    await expectPainting(viewer.page, 40);
    await debug.send("Browser.setWindowBounds", { windowId, bounds: { windowState: "normal" } });
  });
  expect(asked).toEqual(["POST"]);
  await expectLife(page, "on_air");

  await test.step("other pages, and back", async () => {
    await page.getByRole("link", { name: "Home", exact: true }).click();
    await expectPainting(viewer.page);
    await page.getByRole("link", { name: "On air" }).click();
    await expectLife(page, "on_air");
    await expect(page.getByTestId("stage-picture")).toBeVisible();
  });
  await end(page);
  await expect(page.getByTestId("end-card")).toBeVisible();
  await viewer.close();
  await context.close();
});

test("20 seconds without a network, and a reload: the same broadcast goes on", async () => {
  const streamId = await makeStream("Through the tunnel");
  const { page, context } = await openStudio(`/studio/live/${streamId}`);
  await goLive(page);
  const flowsOfStreamer = relay.listFlows();
  const viewer = await openViewer(streamId);
  await expectPainting(viewer.page);
  const readBroadcast = async () =>
    z
      .object({ broadcastId: z.string().nullable(), state: z.string() })
      .parse(await creator.ask("GET", `/streams/${streamId}/studio`));
  const { broadcastId } = await readBroadcast();

  const debug = await context.newCDPSession(page);
  await debug.send("Network.enable");
  const setOffline = (offline: boolean) =>
    debug.send("Network.emulateNetworkConditions", {
      ...{ offline, latency: 0 },
      ...{ downloadThroughput: -1, uploadThroughput: -1 },
    });
  const cut = async () => {
    relay.cutAllBut(relay.listFlows().filter((flow) => !flowsOfStreamer.includes(flow)));
    await setOffline(true);
  };
  const mend = async () => {
    relay.mend();
    await setOffline(false);
  };
  const cutAtMs = Date.now();
  await cut();
  await expect(page.getByText("Connection lost. Reconnecting…")).toBeVisible();
  await expect.poll(async () => (await readBroadcast()).state, { timeout: 20_000 }).toBe("reconnecting");
  await page.waitForFunction((untilMs) => Date.now() > untilMs, cutAtMs + 20_000);
  await mend();
  await expectLife(page, "on_air", 20_000);
  await expectPainting(viewer.page);
  expect((await readBroadcast()).broadcastId).toBe(broadcastId);

  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await page.getByRole("button", { name: "Go on" }).click();
  await expectLife(page, "on_air", 20_000);
  await expectPainting(viewer.page);
  expect((await readBroadcast()).broadcastId).toBe(broadcastId);
  await end(page);
  await expect(page.getByTestId("end-card")).toContainText("Off air, and recorded.", { timeout: 60_000 });
  await viewer.close();
  await context.close();
});
