import { isIP } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { plainPublisherSchema, tapSchema } from "#common/live/sfu-control.ts";
import { listOwnAddresses } from "../workers/announced-addresses.ts";
import { openBrowser } from "./testing/browser.ts";
import { publish, room, watched, watchWithOffer, watchWithoutOffer } from "./testing/live-pages.ts";
import { type OwnSfu, openOwnSfu } from "./testing/own-sfu.ts";
import { type RtpSender, receiveRtp, sendRtp } from "./testing/rtp.ts";

const slow = { timeout: 20_000 };
/** An address that is not loopback, as between machines; where a machine has none, loopback has to do. */
const networkHost = listOwnAddresses().find((address) => isIP(address) === 4) ?? "127.0.0.1";

let browser: Browser;
let origin: OwnSfu;
let edge: OwnSfu;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  origin = await openOwnSfu({ SHOAL_SFU_NODE_ID: "origin" });
  edge = await openOwnSfu({ SHOAL_SFU_NODE_ID: "edge" }, origin.dataDir);
});
afterEach(async () => {
  await edge?.close();
  await origin?.close();
});

const follow = (node = edge, url = origin.url) => node.ask("PUT", `${room}/origin`, { url });

async function publishPlain(node = origin): Promise<RtpSender> {
  const track = { kind: "video", codec: "h264", payloadType: 96, ssrc: 1111 };
  const { host, ports } = await node.ask(
    "POST",
    `${room}/plain-publisher`,
    { tracks: [track] },
    plainPublisherSchema,
  );
  const sender = sendRtp({ host, port: ports[0] ?? 0, payloadType: 96, ssrc: 1111 });
  onTestFinished(() => sender.close());
  return sender;
}

async function tap(node = edge) {
  const receiver = await receiveRtp();
  onTestFinished(() => receiver.close());
  const body = { kind: "video", layer: null, host: "127.0.0.1", port: receiver.port };
  const { ssrc } = await node.ask("POST", `${room}/taps`, body, tapSchema);
  return () => receiver.counts.get(ssrc) ?? 0;
}

test("a viewer on another node sees what is published here, also when the publisher comes again", async () => {
  const first = await publish(browser, origin);
  await follow();
  await follow();
  const both = await Promise.all([watchWithoutOffer(browser, edge), watchWithOffer(browser, edge)]);
  for (const { page } of both) {
    await expect.poll(async () => (await watched(page)).framesDecoded, slow).toBeGreaterThan(10);
    await expect.poll(async () => (await watched(page)).audioPackets, slow).toBeGreaterThan(10);
  }
  await expect.poll(async () => (await watched(both[0].page)).frameHeight, slow).toBe(540);
  expect(await edge.state()).toMatchObject({
    nodeId: "edge",
    viewerCount: 2,
    rooms: [{ publisher: null, originUrl: origin.url, viewerCount: 2 }],
  });
  expect(await origin.room()).toMatchObject({ originUrl: null, viewerCount: 0 });

  const [ours] = both;
  await origin.ask("DELETE", first.path);
  const { framesDecoded } = await watched(ours.page);
  await publish(browser, origin);
  await expect
    .poll(async () => (await watched(ours.page)).framesDecoded, slow)
    .toBeGreaterThan(framesDecoded + 20);
});

test("refuses to be its own origin, the edge of an edge, and an edge of what is published here", async () => {
  await expect(follow(origin)).rejects.toMatchObject({ code: "request.invalid" });
  await publishPlain();
  await expect.poll(async () => (await origin.room())?.publisher?.state).toBe("live");
  await expect(follow(origin, edge.url)).rejects.toMatchObject({ code: "stream.already_live" });
  await follow();
  const pipe = { host: "127.0.0.1", port: 9, srtpKey: null };
  await expect(edge.ask("POST", `${room}/pipes`, pipe)).rejects.toMatchObject({ code: "stream.not_live" });
});

test("an edge that was told before anybody published begins when somebody does", async () => {
  await follow();
  await expect(tap()).rejects.toMatchObject({ code: "stream.not_live" });
  await publishPlain();
  await expect
    .poll(() =>
      tap().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
});

test("an edge finds its way after its worker has died, and leaves nothing open when it ends", async () => {
  const [beforeOrigin, beforeEdge] = [await origin.countOpen(), await edge.countOpen()];
  await publishPlain();
  await follow();
  const count = await tap();
  await expect.poll(count).toBeGreaterThan(10);
  const [victim = 0] = edge.workers.pids();
  process.kill(victim, "SIGKILL");
  await expect.poll(() => edge.workers.pids().filter((pid) => pid !== victim).length).toBe(1);
  await follow();
  const again = await tap();
  await expect.poll(again).toBeGreaterThan(10);
  await edge.ask("DELETE", room);
  await expect.poll(() => edge.countOpen()).toBe(beforeEdge);
  await origin.ask("DELETE", room);
  await expect.poll(() => origin.countOpen()).toBe(beforeOrigin);
});

test("between machines the pipe is encrypted", async () => {
  const onNetwork = { SHOAL_SFU_URL: `http://${networkHost}:0` };
  const [far, near] = [
    await openOwnSfu(onNetwork, origin.dataDir),
    await openOwnSfu(onNetwork, origin.dataDir),
  ];
  onTestFinished(async () => {
    await near.close();
    await far.close();
  });
  await publishPlain(far);
  await follow(near, far.url);
  const count = await tap(near);
  await expect.poll(count).toBeGreaterThan(10);
});
