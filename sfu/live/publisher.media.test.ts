import { spawn } from "node:child_process";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { plainPublisherSchema, tapSchema } from "#common/live/sfu-control.ts";
import { measureEncoded, openBrowser, sendLayers } from "./testing/browser.ts";
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

describe("key frames", () => {
  test("are asked for twice a second at most, whoever wants one", async () => {
    const { page } = await publish(browser, sfu, { layerCount: 1 });
    const receiver = await receiveRtp();
    onTestFinished(() => receiver.close());
    const body = { kind: "video", layer: 0, host: "127.0.0.1", port: receiver.port };
    const { tapId, ssrc } = await sfu.ask("POST", `${room}/taps`, body, tapSchema);
    await expect.poll(() => receiver.counts.get(ssrc) ?? 0, slow).toBeGreaterThan(5);
    const before = await page.evaluate(measureEncoded);
    const beganAtMs = performance.now();
    for (let count = 0; count < 50; count++) await sfu.ask("POST", `${room}/taps/${tapId}/key-frame`);
    await expect
      .poll(async () => (await page.evaluate(measureEncoded)).keyFrameRequests, slow)
      .toBeGreaterThan(before.keyFrameRequests + 1);
    const asked = (await page.evaluate(measureEncoded)).keyFrameRequests - before.keyFrameRequests;
    expect(asked).toBeLessThanOrEqual((performance.now() - beganAtMs) / 500 + 2);
  });

  test("come every 2 s while there is a tap of the picture, and only then", async () => {
    const { page } = await publish(browser, sfu, { layerCount: 1 });
    const receiver = await receiveRtp();
    onTestFinished(() => receiver.close());
    const body = { kind: "video", layer: 0, host: "127.0.0.1", port: receiver.port };
    const { tapId, ssrc } = await sfu.ask("POST", `${room}/taps`, body, tapSchema);
    await expect.poll(() => receiver.counts.get(ssrc) ?? 0, slow).toBeGreaterThan(5);
    const first = await page.evaluate(measureEncoded);
    const beganAtMs = performance.now();
    await expect
      .poll(async () => (await page.evaluate(measureEncoded)).keyFrames, slow)
      .toBeGreaterThanOrEqual(first.keyFrames + 3);
    expect(performance.now() - beganAtMs).toBeGreaterThan(3500);
    await sfu.ask("DELETE", `${room}/taps/${tapId}`);
    const last = await page.evaluate(measureEncoded);
    await expect
      .poll(async () => (await page.evaluate(measureEncoded)).framesEncoded, slow)
      .toBeGreaterThan(last.framesEncoded + 45);
    expect((await page.evaluate(measureEncoded)).keyFrames).toBeLessThanOrEqual(last.keyFrames + 1);
  });
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
    await expect.poll(async () => (await watched(viewer.page)).dtlsState).toBe("closed");
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

test("what FFmpeg sends as plain RTP is played by both kinds of viewers", async () => {
  const tracks = [
    { kind: "video", codec: "h264", payloadType: 96, ssrc: 1111 },
    { kind: "audio", codec: "opus", payloadType: 97, ssrc: 2222 },
  ];
  const path = `${room}/plain-publisher`;
  const { host, ports, rtcpPorts } = await sfu.ask("POST", path, { tracks }, plainPublisherSchema);
  const toUrl = (at: number) => `rtp://${host}:${ports[at]}?rtcpport=${rtcpPorts[at]}&pkt_size=1200`;
  const ffmpeg = spawn(
    "ffmpeg",
    [
      ...["-v", "error", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25"],
      ...["-re", "-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000"],
      ...[
        "-map",
        "0:v",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-profile:v",
        "high",
        "-pix_fmt",
        "yuv420p",
      ],
      ...["-bf", "0", "-g", "25", "-payload_type", "96", "-ssrc", "1111", "-f", "rtp", toUrl(0)],
      ...["-map", "1:a", "-c:a", "libopus", "-payload_type", "97", "-ssrc", "2222", "-f", "rtp", toUrl(1)],
    ],
    { stdio: "ignore" },
  );
  onTestFinished(() => void ffmpeg.kill("SIGKILL"));
  await expect.poll(async () => (await publisher())?.state, slow).toBe("live");
  for (const { page } of [await watchWithoutOffer(browser, sfu), await watchWithOffer(browser, sfu)]) {
    await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(20);
    await expect.poll(async () => (await watched(page)).audioPackets, slow).toBeGreaterThan(20);
    expect((await watched(page)).frameHeight).toBe(360);
  }
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
