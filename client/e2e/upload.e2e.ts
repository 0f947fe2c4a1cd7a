import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BrowserContext, expect, type Locator, type Page, test } from "@playwright/test";
import { z } from "zod";
import { type Creator, makeClip, type OwnShoal, registerCreator, startOwnShoal } from "./startup-shoal.ts";

const bytesPerSecond = 400_000;

let shoal: OwnShoal;
let creator: Creator;
let clipPath = "";
let clipSha256 = "";

test.beforeAll(async () => {
  test.setTimeout(120_000);
  shoal = await startOwnShoal({ SHOAL_RATE_LIMITS: "off" });
  creator = await registerCreator(shoal.url, "maya");
  clipPath = join(shoal.folder, "a-reef_at-noon.mp4");
  await makeClip(clipPath, { durationSeconds: 8, heightPx: 360 });
  clipSha256 = createHash("sha256")
    .update(await readFile(clipPath))
    .digest("hex");
});

test.afterAll(() => shoal?.close());

/** The upload page on a slow line, so that there is something to interrupt. */
async function openUploadPage(context: BrowserContext): Promise<Page> {
  await context.addCookies([{ name: "shoal_session", value: creator.token, url: shoal.url }]);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 10,
    downloadThroughput: -1,
    uploadThroughput: bytesPerSecond,
  });
  await page.goto(`${shoal.url}/upload`);
  return page;
}

const pick = (page: Page, ...paths: string[]) => page.getByLabel("Choose video files").setInputFiles(paths);
const cardOf = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });
const expectState = (card: Locator, state: string | RegExp) =>
  expect(card.locator(".badge").first()).toHaveText(state, { timeout: 90_000 });

async function untilPartlySent(card: Locator): Promise<void> {
  const bar = card.getByRole("progressbar");
  await expect.poll(async () => Number(await bar.getAttribute("aria-valuenow"))).toBeGreaterThan(15);
}

/** Offsets from which bytes were sent, in order (tus 1.0.0, `Upload-Offset`). */
function recordOffsets(page: Page): number[] {
  const offsets: number[] = [];
  page.on("request", (request) => {
    if (request.method() === "PATCH") offsets.push(Number(request.headers()["upload-offset"]));
  });
  return offsets;
}

const ownVideoSchema = z.object({
  originalSha256: z.string(),
  description: z.string(),
  visibility: z.string(),
});

async function readVideo(card: Locator) {
  const href = await card.getByRole("link", { name: "Watch it" }).getAttribute("href");
  return ownVideoSchema.parse(await creator.ask("GET", `/videos/${href?.split("/").at(-1)}/studio`));
}

test("an upload continues after a reload when the same file is picked", async ({ context }) => {
  const page = await openUploadPage(context);
  const offsets = recordOffsets(page);
  await pick(page, clipPath);
  const card = cardOf(page, "A reef at noon");
  await expectState(card, "Uploading");
  await card.getByLabel("Description").fill("Noon, from 0:03 on.");
  await expect(card.getByText("Saved")).toBeVisible();
  await untilPartlySent(card);

  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expectState(card, "Unfinished");
  await expect(card.getByText("Pick the file again to continue.")).toBeVisible();
  await pick(page, clipPath);
  await expectState(card, "Ready");

  expect(offsets[0]).toBe(0);
  expect(offsets.at(-1)).toBeGreaterThan(0);
  const video = await readVideo(card);
  expect(video.originalSha256).toBe(clipSha256);
  expect(video.description).toBe("Noon, from 0:03 on.");
});

test("an upload outlives a lost network, a pause, and a look at other pages", async ({ context }) => {
  const page = await openUploadPage(context);
  const offsets = recordOffsets(page);
  const path = join(shoal.folder, "second.mp4");
  await writeFile(path, await readFile(clipPath));
  await pick(page, path);
  const card = cardOf(page, "Second");
  await untilPartlySent(card);

  await context.setOffline(true);
  await expectState(card, "Reconnecting");
  await context.setOffline(false);
  await expectState(card, "Uploading");

  await card.getByRole("button", { name: /^Pause/ }).click();
  await expectState(card, "Paused");
  await page.getByRole("link", { name: "Studio", exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Studio");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Upload" }).click();
  await expectState(card, "Paused");
  await card.getByRole("button", { name: /^Resume/ }).click();
  await expectState(card, "Ready");

  expect(offsets.length).toBeGreaterThan(2);
  expect((await readVideo(card)).originalSha256).toBe(clipSha256);
});

test("three files travel at once, the others wait; one of them can be taken back", async ({ context }) => {
  const page = await openUploadPage(context);
  const paths = await Promise.all(
    ["one", "two", "three", "four", "five"].map(async (name) => {
      const path = join(shoal.folder, `${name}.mp4`);
      await writeFile(path, await readFile(clipPath));
      return path;
    }),
  );
  await pick(page, ...paths);
  await expectState(cardOf(page, "four.mp4"), "Waiting");
  await expectState(cardOf(page, "five.mp4"), "Waiting");
  await cardOf(page, "five.mp4")
    .getByRole("button", { name: /^Cancel/ })
    .click();
  await expectState(cardOf(page, "five.mp4"), "Cancelled");

  await untilPartlySent(cardOf(page, "one.mp4"));
  await cardOf(page, "one.mp4")
    .getByRole("button", { name: /^Cancel/ })
    .click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the upload" }).click();
  await expectState(cardOf(page, "one.mp4"), "Cancelled");
  for (const name of ["two.mp4", "three.mp4", "four.mp4"]) await expectState(cardOf(page, name), "Ready");
});

test("a file that cannot be a video is refused before the first byte, or says why afterwards", async ({
  context,
}) => {
  const page = await openUploadPage(context);
  const offsets = recordOffsets(page);
  const emptyPath = join(shoal.folder, "empty.mp4");
  await writeFile(emptyPath, "");
  await pick(page, emptyPath);
  await expectState(cardOf(page, "empty.mp4"), "Failed");
  await expect(page.getByText("There is nothing in this file.")).toBeVisible();
  expect(offsets).toEqual([]);

  const noisePath = join(shoal.folder, "noise.mp4");
  await writeFile(noisePath, Buffer.alloc(30_000, 7));
  await pick(page, noisePath);
  await expectState(cardOf(page, "noise.mp4"), "Failed");
  await expect(cardOf(page, "noise.mp4").getByRole("alert")).toBeVisible();
});
