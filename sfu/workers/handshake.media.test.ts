import { join } from "node:path";
import { createWorker } from "mediasoup";
import type { WebRtcTransport } from "mediasoup/types";
import { chromium } from "playwright-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { findChromium } from "../../cli/setup/chromium.step.mjs";

const flags = ["--no-sandbox", "--disable-gpu", "--disable-features=WebRtcHideLocalIpsWithMdns"];

/** What the page offers: a picture by VP8 and a data channel. */
interface Offer {
  readonly sdp: string;
  readonly fingerprint: string;
  readonly payloadType: number;
  readonly ssrc: number;
}

/** The answer of an ICE-lite server that takes everything the page offers. */
function toAnswer({ sdp, payloadType }: Offer, transport: WebRtcTransport): string {
  const [candidate] = transport.iceCandidates;
  const fingerprint = transport.dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256");
  if (!candidate || !fingerprint) throw new Error("the transport has no address or no certificate");
  const { foundation, priority, ip, port } = candidate;
  const toSection = (section: string) => [
    ...(section.startsWith("m=video")
      ? [
          `m=video 7 UDP/TLS/RTP/SAVPF ${payloadType}`,
          `a=rtpmap:${payloadType} VP8/90000`,
          "a=recvonly",
          "a=rtcp-mux",
        ]
      : ["m=application 7 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"]),
    "c=IN IP4 127.0.0.1",
    `a=mid:${find(section, /a=mid:(\S+)/)}`,
    `a=ice-ufrag:${transport.iceParameters.usernameFragment}`,
    `a=ice-pwd:${transport.iceParameters.password}`,
    `a=fingerprint:sha-256 ${fingerprint.value}`,
    "a=setup:active",
    `a=candidate:${foundation} 1 udp ${priority} ${ip} ${port} typ host`,
  ];
  const sections = sdp.split(/^(?=m=)/m).slice(1);
  const mids = sections.map((section) => find(section, /a=mid:(\S+)/)).join(" ");
  const head = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", `a=group:BUNDLE ${mids}`];
  // RFC 8866 §5: "each record ends with CRLF"
  return [...head, ...sections.flatMap(toSection), ""].join("\r\n");
}

function find(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`${pattern} is not in the description`);
  return found;
}

/** In the page: offers a moving picture and a data channel. */
async function makeOffer(): Promise<string> {
  const connection = new RTCPeerConnection();
  Object.assign(window, { connection });
  connection.createDataChannel("data", { negotiated: true, id: 0 });
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d");
  setInterval(() => pen?.fillRect(Math.random() * 300, Math.random() * 150, 20, 20), 40);
  for (const track of canvas.captureStream(25).getTracks()) {
    connection.addTransceiver(track, { direction: "sendonly" });
  }
  await connection.setLocalDescription();
  return connection.localDescription?.sdp ?? "";
}

test("a browser's DTLS, SRTP and SCTP reach a worker of the set-up's recipe", async () => {
  const worker = await createWorker({ logLevel: "warn", disableLiburing: true });
  onTestFinished(() => worker.close());
  const router = await worker.createRouter({
    mediaCodecs: [{ kind: "video", mimeType: "video/VP8", clockRate: 90_000 }],
  });
  const transport = await router.createWebRtcTransport({
    listenInfos: [{ protocol: "udp", ip: "127.0.0.1" }],
    enableSctp: true,
  });
  const executablePath = (await findChromium(join(import.meta.dirname, "../..")))?.path ?? "";
  const browser = await chromium.launch({ executablePath, args: flags });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();

  const sdp = await page.evaluate(makeOffer);
  const offer: Offer = {
    sdp,
    fingerprint: find(sdp, /a=fingerprint:sha-256 (\S+)/),
    payloadType: Number(find(sdp, /a=rtpmap:(\d+) VP8\/90000/)),
    ssrc: Number(find(sdp, /a=ssrc:(\d+) cname/)),
  };
  await transport.connect({
    dtlsParameters: { role: "server", fingerprints: [{ algorithm: "sha-256", value: offer.fingerprint }] },
  });
  const producer = await transport.produce({
    kind: "video",
    rtpParameters: {
      codecs: [{ mimeType: "video/VP8", clockRate: 90_000, payloadType: offer.payloadType }],
      encodings: [{ ssrc: offer.ssrc }],
    },
  });
  await page.evaluate(
    (answer) => Reflect.get(window, "connection").setRemoteDescription({ type: "answer", sdp: answer }),
    toAnswer(offer, transport),
  );
  await vi.waitUntil(async () => ((await producer.getStats())[0]?.packetCount ?? 0) > 10, {
    timeout: 15_000,
  });
  await vi.waitUntil(() => transport.sctpState === "connected", { timeout: 15_000 });
  expect([transport.iceState, transport.dtlsState, worker.died]).toEqual(["completed", "connected", false]);
});
