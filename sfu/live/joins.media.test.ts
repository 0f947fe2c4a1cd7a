import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { sdpAnswerSchema, viewAnswerSchema } from "#common/live/sfu-control.ts";
import { makePublishOffer, makeViewDescription, openBrowser, openPage } from "./testing/browser.ts";
import { room } from "./testing/live-pages.ts";
import { type OwnSfu, openOwnSfu } from "./testing/own-sfu.ts";
import { receiveRtp } from "./testing/rtp.ts";

// descriptions of a real browser, sent again and again
let browser: Browser;
let publishOffer: string;
let viewOffer: string;
beforeAll(async () => {
  browser = await openBrowser();
  const sfu = await openOwnSfu();
  try {
    const page = await openPage(browser, sfu.url);
    publishOffer = await page.evaluate(makePublishOffer, {
      codec: "H264",
      hasSound: true,
      layerCount: 3,
    } as const);
    viewOffer = await page.evaluate(makeViewDescription, null);
  } finally {
    await sfu.close();
  }
});
afterAll(() => browser?.close());

let sfu: OwnSfu;
afterEach(() => sfu?.close());

const publish = () => sfu.ask("POST", `${room}/publisher`, { sdpOffer: publishOffer }, sdpAnswerSchema);
const view = (sdpOffer: string | null = null) =>
  sfu.ask("POST", `${room}/viewers`, { sdpOffer }, viewAnswerSchema);

test("leaves nothing open after 100 rounds of publisher, viewers and taps", async () => {
  sfu = await openOwnSfu({ SHOAL_SFU_WORKERS: "2" });
  const before = await sfu.countOpen();
  const receiver = await receiveRtp();
  for (let round = 0; round < 100; round++) {
    const { sessionId } = await publish();
    const viewers = await Promise.all([view(), view(), view(viewOffer), view(viewOffer)]);
    await Promise.all(
      [0, 1, 2, null].map((layer) =>
        sfu.ask("POST", `${room}/taps`, {
          kind: layer === null ? "audio" : "video",
          layer,
          host: "127.0.0.1",
          port: receiver.port,
        }),
      ),
    );
    await sfu.ask("DELETE", `${room}/viewers/${viewers[0]?.sessionId}`);
    if (round % 2 === 0) await sfu.ask("DELETE", `${room}/publisher/${sessionId}`);
    if (round % 3 === 0) await sfu.ask("DELETE", room);
  }
  await sfu.ask("DELETE", room);
  receiver.close();
  await expect.poll(() => sfu.countOpen()).toBe(before);
  expect(sfu.workers.list().map(({ load }) => load)).toEqual([0, 0]);
});

test("a flood of joins is refused beyond what is there, and who never answers makes room", async () => {
  sfu = await openOwnSfu({ SHOAL_SFU_MAX_VIEWERS: "8" });
  await publish();
  const joins = await Promise.allSettled(
    Array.from({ length: 100 }, (_, at) => view(at % 2 ? viewOffer : null)),
  );
  const refused = joins.filter(({ status }) => status === "rejected");
  expect(refused).toHaveLength(92);
  for (const join of refused) expect(join).toMatchObject({ reason: { code: "stream.full" } });
  expect(await sfu.state()).toMatchObject({ viewerCount: 8, maxViewerCount: 8 });
  expect(await (await fetch(`${sfu.url}/metrics`)).text()).toContain("shoal_sfu_joins_refused_total 92");
  await expect.poll(async () => (await sfu.state()).viewerCount, { timeout: 20_000 }).toBe(0);
});

test("a player with other payload types gets a router of its own, as long as it is there; 8 kinds at most", async () => {
  sfu = await openOwnSfu();
  await publish();
  const countRouters = async () => (await sfu.workers.list()[0]?.worker.dump())?.routerIds.length;
  const renumbered = (payloadType: number) => viewOffer.replaceAll(/\b111\b/g, String(payloadType));
  const others = [await view(renumbered(40)), await view(renumbered(40))];
  expect(others[0]?.sdp).toContain("a=rtpmap:40 opus/48000/2");
  expect(await countRouters()).toBe(2);
  for (const payloadType of [41, 42, 43, 44, 45, 46]) await view(renumbered(payloadType));
  await expect(view(renumbered(47))).rejects.toMatchObject({ code: "stream.full" });
  await view();
  expect(await countRouters()).toBe(8);
  for (const { sessionId } of others) await sfu.ask("DELETE", `${room}/viewers/${sessionId}`);
  await expect.poll(countRouters).toBe(7);
  await view(renumbered(47));
});

test("refuses what is no description, and carries on", async () => {
  sfu = await openOwnSfu();
  const cases = [
    ["rubbish", "stream.bad_sdp"],
    [publishOffer.slice(0, 400), "stream.bad_sdp"],
    [publishOffer.replaceAll(/a=fingerprint.*\r\n/g, ""), "stream.bad_sdp"],
    [publishOffer.replaceAll("H264", "H265").replaceAll("opus", "vorbis"), "stream.unsupported_media"],
    [publishOffer.replaceAll("sendonly", "recvonly"), "stream.unsupported_media"],
  ] as const;
  const before = await sfu.countOpen();
  for (const [sdpOffer, code] of cases) {
    await expect(sfu.ask("POST", `${room}/publisher`, { sdpOffer })).rejects.toMatchObject({ code });
  }
  await publish();
  for (const sdpOffer of ["rubbish", viewOffer.replaceAll(/a=ice-pwd.*\r\n/g, "")]) {
    await expect(view(sdpOffer)).rejects.toMatchObject({ code: "stream.bad_sdp" });
  }
  const { sessionId } = await view();
  const path = `${room}/viewers/${sessionId}`;
  await expect(sfu.ask("PATCH", path, { kind: "answer", sdp: "v=0", ifMatch: null })).rejects.toMatchObject({
    code: "stream.bad_sdp",
  });
  await sfu.ask("DELETE", room);
  await expect.poll(() => sfu.countOpen()).toBe(before);
});
