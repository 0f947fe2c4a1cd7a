import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { openBrowser, type PublishWishes } from "../../sfu/live/testing/browser.ts";
import { publishFromChromium } from "./testing/chromium-source.ts";
import { openHlsPage } from "./testing/hls-page.ts";
import { type LiveHouse, openLiveHouse } from "./testing/live-house.ts";
import { expectOneRecording } from "./testing/recording.ts";

let browser: Browser;
let house: LiveHouse;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  house = await openLiveHouse();
});
afterEach(() => house?.close());

async function publish(wishes: Partial<PublishWishes> = {}) {
  const source = await publishFromChromium(browser, house.sfu, wishes);
  onTestFinished(() => source.leave());
  return source;
}

/** Layers of one frame rate show the same frames; their segments begin together. */
const togetherSeconds = 0.05;

test("three layers are three rungs on one time: a player switches between them without a hole", async () => {
  const order = house.order();
  await publish();
  await house.untilStatus(({ liveName, durationSeconds }) => liveName !== "" && durationSeconds >= 4);
  const prefix = `media/${order.broadcastId}/${order.revision}/`;
  const player = await openHlsPage(browser, { storage: house.storage, prefix, masterName: "live.m3u8" });
  onTestFinished(() => player.close());
  await expect.poll(async () => (await player.look()).levelsPx.length).toBe(3);
  const [small = 0, middle = 0, large = 0] = [...(await player.look()).levelsPx].sort((a, b) => a - b);
  for (const heightPx of [large, small, middle, large]) {
    await player.switchTo(heightPx);
    await expect.poll(async () => (await player.look()).shownPx, { timeout: 20_000 }).toBe(heightPx);
  }
  const seen = await player.look();
  expect(seen.errors).toEqual([]);
  expect(seen.longestHoleSeconds).toBeLessThan(togetherSeconds);
  await player.close();
  const { picture } = await expectOneRecording(house, order, `${large}p`);
  const recording = await house.read(order);
  const others = await Promise.all([small, middle].map((px) => recording.track(`${px}p`, "index.m3u8")));
  for (const [at, { startSeconds, seconds, number }] of picture.segments.entries()) {
    if (at > 0 && at < picture.segments.length - 1) expect(Math.abs(seconds - 2)).toBeLessThan(0.25);
    for (const { segments } of others) {
      expect(segments[at]?.number).toBe(number);
      expect(Math.abs((segments[at]?.startSeconds ?? 0) - startSeconds)).toBeLessThan(togetherSeconds);
    }
  }
});

test("a layer that stops borrows of the next lower one until it is back", async () => {
  const order = house.order();
  const source = await publish();
  await house.untilStatus(
    ({ renditions, durationSeconds }) => renditions.length === 3 && durationSeconds >= 4,
  );
  await source.sendLayers(2);
  const { durationSeconds: stoppedAt = 0 } = house.status() ?? {};
  await house.untilStatus(({ durationSeconds }) => durationSeconds >= stoppedAt + 8);
  await source.sendLayers(3);
  await house.untilStatus(({ durationSeconds }) => durationSeconds >= stoppedAt + 16);
  const { renditions } = house.status() ?? {};
  const [large, middle] = renditions?.map(({ name }) => name) ?? [];
  const { picture } = await expectOneRecording(house, order, large);
  const folders = picture.segments.map(({ path }) => path.split("/")[0]);
  expect(folders[0]).toBe(large);
  expect(folders).toContain(middle);
  expect(folders.slice(-3)).toContain(large);
  // whose head, whose segment
  for (const { path, headPath } of picture.segments) expect(headPath.split("/")[0]).toBe(path.split("/")[0]);
});

test("VP8 is encoded into a ladder, and the owner hears why", async () => {
  const order = house.order();
  await publish({ codec: "VP8", layerCount: 1 });
  const live = await house.untilStatus(({ durationSeconds }) => durationSeconds >= 6, 60_000);
  expect(live.ingest).toMatchObject({ videoCodec: "vp8", video: "transcoded" });
  expect(live.ingest.reason).toContain("VP8");
  expect(live.renditions.length).toBeGreaterThan(1);
  expect(live.renditions.length).toBeLessThanOrEqual(3);
  const { picture } = await expectOneRecording(house, order, live.renditions[0]?.name);
  expect(picture.segments.length).toBeGreaterThan(2);
});
