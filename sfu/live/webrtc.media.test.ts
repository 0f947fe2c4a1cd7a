import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { sdpPatchedSchema } from "#common/live/sfu-control.ts";
import { makeRestartFragment, measureEncoded, openBrowser, takeRestartFragment } from "./testing/browser.ts";
import { publish, watched, watchWithOffer, watchWithoutOffer } from "./testing/live-pages.ts";
import { type OwnSfu, openOwnSfu } from "./testing/own-sfu.ts";

const slow = { timeout: 20_000 };

let browser: Browser;
let sfu: OwnSfu;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  sfu = await openOwnSfu();
});
afterEach(() => sfu?.close());

const publisher = async () => (await sfu.room())?.publisher;
const activeLayers = async () => (await publisher())?.layers.filter(({ isActive }) => isActive).length;

test("publishes three layers of H.264, and plays them to a page and to a foreign player", async () => {
  await publish(browser, sfu);
  const both = await Promise.all([watchWithoutOffer(browser, sfu), watchWithOffer(browser, sfu)]);
  expect(both.map(({ kind }) => kind)).toEqual(["offer", "answer"]);
  for (const { page } of both) {
    await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(10);
    await expect.poll(async () => (await watched(page)).audioPackets, slow).toBeGreaterThan(10);
  }
  await expect.poll(activeLayers, slow).toBe(3);
  expect(await sfu.room()).toMatchObject({
    viewerCount: 2,
    publisher: {
      via: "webrtc",
      state: "live",
      videoCodec: "h264",
      audioCodec: "opus",
      layers: [{ rid: "l" }, { rid: "m" }, { rid: "h" }],
    },
  });
  const metrics = await (await fetch(`${sfu.url}/metrics`)).text();
  for (const line of ["rooms 1", "publishers 1", "viewers 2", "consumers 4"]) {
    expect(metrics).toContain(`shoal_sfu_${line}\n`);
  }
  expect(metrics).toMatch(/shoal_sfu_sent_bps [1-9]/);
});

test("gives each page the layer that fills its picture, and a hidden one sound alone", async () => {
  await publish(browser, sfu);
  const { page, path } = await watchWithoutOffer(browser, sfu);
  await expect.poll(activeLayers, slow).toBe(3);
  // no height is known yet: as good as can be
  await expect.poll(async () => (await watched(page)).frameHeight, slow).toBe(540);
  for (const [heightPx, frameHeight] of [
    // Chromium makes heights even
    [150, 134],
    // what is assumed of layers that nobody has looked at would give the smallest
    [200, 270],
    [1000, 540],
  ]) {
    await sfu.ask("PUT", `${path}/display`, { heightPx, isVisible: true });
    await expect.poll(async () => (await watched(page)).frameHeight, slow).toBe(frameHeight);
  }
  await sfu.ask("PUT", `${path}/display`, { heightPx: 1000, isVisible: false });
  const hidden = await watched(page);
  await expect.poll(async () => (await watched(page)).audioPackets).toBeGreaterThan(hidden.audioPackets + 50);
  expect((await watched(page)).videoPackets - hidden.videoPackets).toBeLessThan(20);
  await sfu.ask("PUT", `${path}/display`, { heightPx: 1000, isVisible: true });
  await expect
    .poll(async () => (await watched(page)).framesDecoded)
    .toBeGreaterThan(hidden.framesDecoded + 10);
});

test("begins with the layer that it is to be", async () => {
  const { page: camera } = await publish(browser, sfu);
  await expect.poll(activeLayers, slow).toBe(3);
  // mediasoup trusts a layer that is 2 s old
  const { framesEncoded } = await camera.evaluate(measureEncoded);
  await expect
    .poll(async () => (await camera.evaluate(measureEncoded)).framesEncoded, slow)
    .toBeGreaterThan(framesEncoded + 3 * 2.5 * 15);
  const { page } = await watchWithoutOffer(browser, sfu);
  await expect.poll(async () => (await watched(page)).firstHeight, slow).toBe(540);
});

test("reaches who can have nothing but TCP", async () => {
  await publish(browser, sfu);
  const withoutUdp = (sdp: string) => sdp.replaceAll(/a=candidate:\S+ 1 udp .*\r\n/g, "");
  const { page } = await watchWithOffer(browser, sfu, { toHeard: withoutUdp });
  await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(5);
});

test("plays to a player with payload types of its own", async () => {
  await publish(browser, sfu);
  const { page, sdp } = await watchWithOffer(browser, sfu, { opusPayloadType: 119 });
  expect(sdp).toContain("a=rtpmap:119 opus/48000/2");
  await expect.poll(async () => (await watched(page)).audioPackets, slow).toBeGreaterThan(10);
  await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(5);
});

test("restarts ICE for a publisher and a viewer, under new entity tags", async () => {
  const sender = await publish(browser, sfu);
  const viewer = await watchWithOffer(browser, sfu);
  await expect.poll(async () => (await watched(viewer.page)).framesDecoded, slow).toBeGreaterThan(5);
  const patch = (path: string, sdp: string, ifMatch: string | null) =>
    sfu.ask("PATCH", path, { kind: "fragment", sdp, ifMatch }, sdpPatchedSchema);
  const trickle = "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
  for (const { path, page, etag } of [sender, viewer]) {
    await expect(patch(path, trickle, '"another"')).rejects.toMatchObject({ code: "stream.wrong_etag" });
    expect(await patch(path, trickle, etag)).toEqual({ sdp: null, etag });
    await expect(patch(path, "rubbish", null)).rejects.toMatchObject({ code: "stream.bad_sdp" });

    const restarted = await patch(path, await page.evaluate(makeRestartFragment), "*");
    expect(restarted.etag).not.toBe(etag);
    await expect(patch(path, trickle, etag)).rejects.toMatchObject({ code: "stream.wrong_etag" });
    await page.evaluate(takeRestartFragment, restarted.sdp ?? "");
    const { framesDecoded } = await watched(viewer.page);
    await expect
      .poll(async () => (await watched(viewer.page)).framesDecoded, slow)
      .toBeGreaterThan(framesDecoded + 20);
  }
  expect(await publisher()).toMatchObject({ sessionId: sender.sessionId, state: "live" });
});
