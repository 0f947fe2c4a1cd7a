import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../../cli/setup/chromium.step.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];
const address = "https://camera.test/";

/** The system's Chromium with a fake camera and microphone; the caller closes it. */
export async function openCameraBrowser(): Promise<Browser> {
  const found = await findChromium(join(import.meta.dirname, "../../.."));
  return chromium.launch({ executablePath: found?.path ?? "", args: flags });
}

/** An empty page of a secure origin, where the camera may be asked for. */
export async function openCameraPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  await page.route(`${address}**`, (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await page.goto(address);
  return page;
}

/** What a page offers to publish. */
export interface PublishWish {
  /** E.g. `video/H264`; `null`: as the browser likes. */
  readonly codec: string | null;
  /** With these layers, each half as wide as the one after it. */
  readonly rids: readonly string[];
  readonly hasSound: boolean;
}

/** Offers the fake camera; the connection is kept in the page as `connection`. */
export function offerCamera(page: Page, wish: PublishWish): Promise<string> {
  return page.evaluate(async ({ codec, rids, hasSound }) => {
    const stream = await navigator.mediaDevices.getUserMedia({
      // browsers make three layers of nothing smaller
      video: { width: 960, height: 540, frameRate: 10 },
      audio: hasSound,
    });
    const connection = new RTCPeerConnection();
    Object.assign(window, { connection });
    for (const track of stream.getTracks()) {
      // without a mode browsers take layers of VP9 and AV1 for those of one stream
      const scalabilityMode = "L1T1";
      const sendEncodings = rids.map((rid, at) => ({
        ...(/VP9|AV1/.test(codec ?? "") && { scalabilityMode }),
        rid,
        scaleResolutionDownBy: 2 ** (rids.length - 1 - at),
      }));
      const added = connection.addTransceiver(track, {
        direction: "sendonly",
        ...(track.kind === "video" && rids.length > 0 && { sendEncodings }),
      });
      const codecs = RTCRtpSender.getCapabilities(track.kind)?.codecs ?? [];
      if (track.kind === "video" && codec) {
        added.setCodecPreferences(codecs.filter(({ mimeType }) => [codec, "video/rtx"].includes(mimeType)));
      }
    }
    await connection.setLocalDescription();
    return connection.localDescription?.sdp ?? "";
  }, wish);
}

/** Offers to watch, with the browser's own numbers. */
export function offerToWatch(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const connection = new RTCPeerConnection();
    Object.assign(window, { connection });
    connection.addTransceiver("video", { direction: "recvonly" });
    connection.addTransceiver("audio", { direction: "recvonly" });
    await connection.setLocalDescription();
    return connection.localDescription?.sdp ?? "";
  });
}

/** Answers an offer to watch. */
export function answerOffer(page: Page, offer: string): Promise<string> {
  return page.evaluate(async (sdp) => {
    const connection = new RTCPeerConnection();
    Object.assign(window, { connection });
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription();
    return connection.localDescription?.sdp ?? "";
  }, offer);
}

/** Gives the page's connection the answer to its offer. */
export async function takeAnswer(page: Page, answer: string): Promise<void> {
  await page.evaluate(
    (sdp) => Reflect.get(window, "connection").setRemoteDescription({ type: "answer", sdp }),
    answer,
  );
}

/** Frames decoded and packets of sound heard by the page's connection so far. */
export function countPlayed(page: Page): Promise<{ framesDecoded: number; soundPackets: number }> {
  return page.evaluate(async () => {
    const report: RTCStatsReport = await Reflect.get(window, "connection").getStats();
    let framesDecoded = 0;
    let soundPackets = 0;
    for (const stats of report.values()) {
      if (stats.type !== "inbound-rtp") continue;
      framesDecoded += stats.framesDecoded ?? 0;
      if (stats.kind === "audio") soundPackets += stats.packetsReceived;
    }
    return { framesDecoded, soundPackets };
  });
}
