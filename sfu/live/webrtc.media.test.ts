import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { sdpPatchedSchema, tapSchema } from "#common/live/sfu-control.ts";
import { makeRestartFragment, openBrowser, sendLayers, takeRestartFragment } from "./testing/browser.ts";
import { publish, room, watched, watchWithOffer, watchWithoutOffer } from "./testing/live-pages.ts";
import { type OwnSfu, openOwnSfu } from "./testing/own-sfu.ts";
import { receiveRtp } from "./testing/rtp.ts";

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
    [300, 270],
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

test("restarts ICE for a publisher and a viewer, under new entity tags", async () => {
  const sender = await publish(browser, sfu);
  const viewer = await watchWithoutOffer(browser, sfu);
  await expect.poll(async () => (await watched(viewer.page)).framesDecoded, slow).toBeGreaterThan(5);
  const patch = (path: string, sdp: string, ifMatch: string | null) =>
    sfu.ask("PATCH", path, { kind: "fragment", sdp, ifMatch }, sdpPatchedSchema);
  const trickle = "a=ice-ufrag:abcd\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n";
  await expect(patch(sender.path, trickle, '"another"')).rejects.toMatchObject({ code: "stream.wrong_etag" });
  expect(await patch(sender.path, trickle, sender.etag)).toEqual({ sdp: null, etag: sender.etag });
  await expect(patch(sender.path, "rubbish", null)).rejects.toMatchObject({ code: "stream.bad_sdp" });

  const fragment = await sender.page.evaluate(makeRestartFragment);
  const restarted = await patch(sender.path, fragment, "*");
  expect(restarted.etag).not.toBe(sender.etag);
  await expect(patch(sender.path, trickle, sender.etag)).rejects.toMatchObject({ code: "stream.wrong_etag" });
  await sender.page.evaluate(takeRestartFragment, restarted.sdp ?? "");
  const { framesDecoded } = await watched(viewer.page);
  await expect
    .poll(async () => (await watched(viewer.page)).framesDecoded, slow)
    .toBeGreaterThan(framesDecoded + 20);
  expect(await publisher()).toMatchObject({ sessionId: sender.sessionId, state: "live" });
});

describe("a publisher who comes again", () => {
  test("is seen by who watches already, without another word", async () => {
    const first = await publish(browser, sfu);
    const [flexible, fixed] = [await watchWithoutOffer(browser, sfu), await watchWithOffer(browser, sfu)];
    for (const { page } of [flexible, fixed]) {
      await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(5);
    }
    await expect(publish(browser, sfu)).rejects.toMatchObject({ code: "stream.already_live" });
    await first.page.context().close();
    await expect.poll(async () => (await publisher())?.state ?? "gone", slow).not.toBe("live");
    const before = await watched(flexible.page);
    await publish(browser, sfu);
    await expect
      .poll(async () => (await watched(flexible.page)).framesDecoded, slow)
      .toBeGreaterThan(before.framesDecoded + 20);
    await expect
      .poll(async () => (await watched(flexible.page)).currentTime)
      .toBeGreaterThan(before.currentTime + 1);
    // it was told the first one's streams by name, and has to ask again
    await expect(sfu.ask("DELETE", fixed.path)).rejects.toMatchObject({ code: "stream.session_not_found" });
    expect((await sfu.room())?.viewerCount).toBe(1);
  });

  test("with another codec is asked for again", async () => {
    const first = await publish(browser, sfu, { layerCount: 1 });
    const viewer = await watchWithoutOffer(browser, sfu);
    await expect.poll(async () => (await watched(viewer.page)).framesDecoded, slow).toBeGreaterThan(5);
    await sfu.ask("DELETE", first.path);
    await publish(browser, sfu, { layerCount: 1, codec: "VP8" });
    await expect(sfu.ask("DELETE", viewer.path)).rejects.toMatchObject({ code: "stream.session_not_found" });
    await expect.poll(async () => (await watched(viewer.page)).connectionState, slow).not.toBe("connected");
    const again = await watchWithoutOffer(browser, sfu);
    await expect.poll(async () => (await watched(again.page)).framesDecoded, slow).toBeGreaterThan(5);
    expect((await publisher())?.videoCodec).toBe("vp8");
  });
});

test("taps get their own layer or nothing", async () => {
  const { page } = await publish(browser, sfu);
  await expect.poll(activeLayers, slow).toBe(3);
  const taps = await Promise.all(
    [0, 1, 2].map(async (layer) => {
      const receiver = await receiveRtp();
      onTestFinished(() => receiver.close());
      const body = { kind: "video", layer, host: "127.0.0.1", port: receiver.port };
      const { ssrc } = await sfu.ask("POST", `${room}/taps`, body, tapSchema);
      return { count: () => receiver.counts.get(ssrc) ?? 0, streamCount: () => receiver.counts.size };
    }),
  );
  for (const { count } of taps) await expect.poll(count, slow).toBeGreaterThan(20);
  await page.evaluate(sendLayers, 2);
  await expect.poll(activeLayers, slow).toBe(2);
  const before = taps.map(({ count }) => count());
  await expect.poll(() => taps[1]?.count(), slow).toBeGreaterThan((before[1] ?? 0) + 20);
  expect(taps[2]?.count()).toBe(before[2]);
  expect(taps.map(({ streamCount }) => streamCount())).toEqual([1, 1, 1]);
  // it comes back by itself
  await page.evaluate(sendLayers, 3);
  await expect.poll(() => taps[2]?.count(), slow).toBeGreaterThan((before[2] ?? 0) + 20);
});

test("everybody of a worker that died asks again, and is back", async () => {
  const sender = await publish(browser, sfu);
  const viewer = await watchWithoutOffer(browser, sfu);
  await expect.poll(async () => (await watched(viewer.page)).framesDecoded, slow).toBeGreaterThan(5);
  const { version } = await sfu.state();
  process.kill(sfu.workers.pids()[0] ?? 0, "SIGKILL");
  expect(await sfu.ask("GET", `/state?after=${version}`)).toMatchObject({ rooms: [] });
  for (const { path } of [sender, viewer]) {
    await expect(
      sfu.ask("PATCH", path, { kind: "fragment", sdp: "m=audio 9 RTP/AVP 0\r\n", ifMatch: null }),
    ).rejects.toMatchObject({ code: "stream.session_not_found" });
  }
  await expect.poll(() => sfu.workers.pids().length).toBe(1);
  await publish(browser, sfu);
  const again = await watchWithoutOffer(browser, sfu);
  await expect.poll(async () => (await watched(again.page)).framesDecoded, slow).toBeGreaterThan(5);
});
