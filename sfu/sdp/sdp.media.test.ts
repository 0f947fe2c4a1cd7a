import { createWorker } from "mediasoup";
import type { Consumer, Producer, Router, WebRtcTransport, Worker } from "mediasoup/types";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { toNumberingKey } from "./codecs.ts";
import {
  readPublishOffer,
  toProducerParameters,
  toRouterCodecs,
  writePublishAnswer,
} from "./publish-offer.ts";
import {
  answerOffer,
  countPlayed,
  offerCamera,
  offerToWatch,
  openCameraBrowser,
  openCameraPage,
  type PublishWish,
  takeAnswer,
} from "./testing/camera-pages.ts";
import {
  type ConsumerFacts,
  readViewAnswer,
  readViewOffer,
  toNumbering,
  toViewerCapabilities,
  writeViewAnswer,
  writeViewOffer,
} from "./view.ts";

let worker: Worker;
let browser: Browser;
let router: Router;
const pages: Page[] = [];
beforeAll(async () => {
  worker = await createWorker({ logLevel: "warn", disableLiburing: true });
  browser = await openCameraBrowser();
});
afterAll(async () => {
  await browser?.close();
  worker?.close();
});
afterEach(async () => {
  router?.close();
  await Promise.all(pages.splice(0).map((page) => page.close()));
});

const openPage = async () => {
  const page = await openCameraPage(browser);
  pages.push(page);
  return page;
};
const openTransport = (of: Router) =>
  of.createWebRtcTransport({ listenInfos: [{ protocol: "udp", ip: "127.0.0.1" }] });

/** A page publishes its camera by our answer. */
async function publish(wish: PublishWish): Promise<Producer[]> {
  const page = await openPage();
  const offer = readPublishOffer(await offerCamera(page, wish));
  router = await worker.createRouter({ mediaCodecs: toRouterCodecs(offer) });
  const transport = await openTransport(router);
  await transport.connect({ dtlsParameters: offer.dtlsParameters });
  const producers: Producer[] = [];
  for (const track of offer.tracks) {
    const kind = track.codec?.kind;
    if (kind) producers.push(await transport.produce({ kind, rtpParameters: toProducerParameters(track) }));
  }
  await takeAnswer(page, writePublishAnswer(offer, transport));
  return producers;
}

/** Everything of a room for a viewer: the capabilities decide of what is sent. */
async function consume(
  transport: WebRtcTransport,
  producers: Producer[],
  rtpCapabilities: Router["rtpCapabilities"],
  midOf: (kind: string) => string,
): Promise<{ consumers: Consumer[]; facts: ConsumerFacts[] }> {
  const consumers = await Promise.all(
    producers.map(({ id, kind }) =>
      transport.consume({ producerId: id, rtpCapabilities, mid: midOf(kind), paused: true }),
    ),
  );
  const facts = consumers.map(({ kind, rtpParameters }) => ({ mid: midOf(kind), kind, rtpParameters }));
  return { consumers, facts };
}

async function watchByOurOffer(producers: Producer[]): Promise<{ page: Page; consumers: Consumer[] }> {
  const page = await openPage();
  const transport = await openTransport(router);
  const { consumers, facts } = await consume(transport, producers, router.rtpCapabilities, (kind) => kind);
  const answer = readViewAnswer(await answerOffer(page, writeViewOffer(transport, facts)));
  expect(answer.acceptedMids).toEqual(producers.map(({ kind }) => kind));
  await transport.connect({ dtlsParameters: answer.dtlsParameters });
  await Promise.all(consumers.map((consumer) => consumer.resume()));
  return { page, consumers };
}

async function watchByOwnOffer(producers: Producer[]): Promise<{ page: Page; isSameRouter: boolean }> {
  const page = await openPage();
  const offer = readViewOffer(await offerToWatch(page));
  const numbering = toNumbering(offer, router.rtpCapabilities.codecs ?? []);
  if (!numbering) throw new Error("the browser cannot play what it sends");
  const isSameRouter = numbering.key === toNumberingKey(router.rtpCapabilities.codecs ?? []);
  const second = isSameRouter ? router : await worker.createRouter({ mediaCodecs: numbering.codecs });
  if (second !== router) {
    expect(toNumberingKey(second.rtpCapabilities.codecs ?? [])).toBe(numbering.key);
    for (const { id } of producers) await router.pipeToRouter({ producerId: id, router: second });
  }
  const transport = await openTransport(second);
  const capabilities = toViewerCapabilities(offer, second.rtpCapabilities);
  const midOf = (wanted: string) => offer.tracks.find(({ kind }) => kind === wanted)?.mid ?? "";
  const { consumers, facts } = await consume(transport, producers, capabilities, midOf);
  await transport.connect({ dtlsParameters: offer.dtlsParameters });
  await takeAnswer(page, writeViewAnswer(offer, transport, facts));
  await Promise.all(consumers.map((consumer) => consumer.resume()));
  return { page, isSameRouter };
}

async function untilPlays(page: Page, { hasSound = true } = {}): Promise<void> {
  await expect
    .poll(
      async () => {
        const { framesDecoded, soundPackets } = await countPlayed(page);
        return framesDecoded > 10 && (!hasSound || soundPackets > 20);
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(true);
}

/** The layers of which media has arrived. */
async function listArrived(picture: Producer | undefined): Promise<string[]> {
  const stats = (await picture?.getStats()) ?? [];
  return stats.flatMap(({ byteCount, rid }) => (byteCount > 0 && rid ? [rid] : [])).sort();
}

describe.each([
  { codec: "video/H264", type: "simulcast", taken: ["h", "l", "m"] },
  { codec: "video/VP8", type: "simulcast", taken: ["h", "l", "m"] },
  // mediasoup has no simulcast of these: the largest layer is asked for alone
  { codec: "video/VP9", type: "simple", taken: ["h"] },
  { codec: "video/AV1", type: "simple", taken: ["h"] },
])("a camera in three layers of $codec", ({ codec, type, taken }) => {
  test("is taken, and played by our offer and by the viewer's own", async () => {
    const producers = await publish({ codec, rids: ["l", "m", "h"], hasSound: true });
    const picture = producers.find(({ kind }) => kind === "video");
    expect([picture?.type, picture?.rtpParameters.codecs[0]?.mimeType]).toEqual([type, codec]);
    const { page, consumers } = await watchByOurOffer(producers);
    await untilPlays(page);
    const { page: second } = await watchByOwnOffer(producers);
    await untilPlays(second);
    await expect.poll(() => listArrived(picture), { timeout: 20_000, interval: 100 }).toEqual(taken);
    const sent = consumers.find(({ kind }) => kind === "video");
    // our numbers carry retransmissions and the congestion control of mediasoup
    expect(sent?.rtpParameters.codecs.map(({ mimeType }) => mimeType)).toEqual([codec, "video/rtx"]);
    expect(sent?.rtpParameters.headerExtensions?.map(({ id }) => id)).toContain(5);
  });
});

test("a camera as the browser likes to send it comes as H.264, without layers", async () => {
  const producers = await publish({ codec: null, rids: [], hasSound: true });
  const picture = producers.find(({ kind }) => kind === "video");
  expect([picture?.type, picture?.rtpParameters.codecs[0]?.mimeType]).toEqual(["simple", "video/H264"]);
  const { page, isSameRouter } = await watchByOwnOffer(producers);
  await untilPlays(page);
  expect(isSameRouter).toBe(true);
});

test("a picture without sound is played by who wants both", async () => {
  const producers = await publish({ codec: "video/VP8", rids: ["l", "h"], hasSound: false });
  const { page } = await watchByOwnOffer(producers);
  await untilPlays(page, { hasSound: false });
});
