import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../../../cli/setup/chromium.step.mjs";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
];

/** A real browser with a camera and a microphone that are none. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = (await findChromium(join(import.meta.dirname, "../../..")))?.path ?? "";
  return chromium.launch({ executablePath, args: flags });
}

/** A page that may use the camera: of an address of this machine. */
export async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${url}/healthz`);
  return page;
}

export interface PublishWishes {
  readonly codec: "H264" | "VP8";
  readonly hasSound: boolean;
  readonly layerCount: 1 | 3;
}

/** In the page: takes camera and microphone, and offers them as a WHIP client does. */
export async function makePublishOffer({ codec, hasSound, layerCount }: PublishWishes): Promise<string> {
  const stream = await navigator.mediaDevices.getUserMedia({
    // a smaller picture has fewer layers in Chromium
    video: { width: 960, height: 540, frameRate: 15 },
    audio: hasSound,
  });
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  Object.assign(window, { connection });
  for (const track of stream.getTracks()) {
    const layers = [
      { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 80_000 },
      { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 200_000 },
      { rid: "h", maxBitrate: 600_000 },
    ];
    const transceiver = connection.addTransceiver(track, {
      direction: "sendonly",
      streams: [stream],
      ...(track.kind === "video" && layerCount === 3 && { sendEncodings: layers }),
    });
    if (track.kind !== "video") continue;
    const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
    const wanted = codecs.filter(
      ({ mimeType, sdpFmtpLine = "" }) =>
        mimeType === "video/rtx" ||
        (mimeType === `video/${codec}` &&
          (codec !== "H264" || /packetization-mode=1.*42e01f/.test(sdpFmtpLine))),
    );
    transceiver.setCodecPreferences(wanted);
  }
  await connection.setLocalDescription();
  return connection.localDescription?.sdp ?? "";
}

/** In the page: takes the answer to the page's offer. */
export async function takeAnswer(sdp: string): Promise<void> {
  await Reflect.get(window, "connection").setRemoteDescription({ type: "answer", sdp });
}

/**
 * In the page: answers our offer, or for `null` makes one as a WHEP client does, for a number as one with this payload type
 * for Opus; what comes is played.
 */
export async function makeViewDescription(sdpOffer: string | number | null): Promise<string> {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  document.body.append(video);
  Object.assign(window, { connection });
  video.requestVideoFrameCallback(() => Object.assign(window, { firstHeight: video.videoHeight }));
  const stream = new MediaStream();
  connection.addEventListener("track", ({ track }) => {
    stream.addTrack(track);
    video.srcObject = stream;
  });
  if (typeof sdpOffer === "string") {
    await connection.setRemoteDescription({ type: "offer", sdp: sdpOffer });
    await connection.setLocalDescription();
  } else {
    connection.addTransceiver("video", { direction: "recvonly" });
    connection.addTransceiver("audio", { direction: "recvonly" });
    const { sdp = "" } = await connection.createOffer();
    const renumbered = sdp.replaceAll(/\b111\b/g, String(sdpOffer ?? 111));
    await connection.setLocalDescription({ type: "offer", sdp: renumbered });
  }
  return connection.localDescription?.sdp ?? "";
}

/** In the page: begins another ICE session; answers the fragment for a PATCH (RFC 8840). */
export async function makeRestartFragment(): Promise<string> {
  const connection: RTCPeerConnection = Reflect.get(window, "connection");
  connection.restartIce();
  const { sdp = "" } = await connection.createOffer();
  await connection.setLocalDescription({ type: "offer", sdp });
  const [ufrag] = sdp.match(/^a=ice-ufrag:.*$/m) ?? [];
  const [pwd] = sdp.match(/^a=ice-pwd:.*$/m) ?? [];
  const [mid] = sdp.match(/^a=mid:.*$/m) ?? [];
  return [ufrag, pwd, "m=audio 9 RTP/AVP 0", mid, ""].join("\r\n");
}

/** In the page: puts the server's new credentials into the answer it has already. */
export async function takeRestartFragment(fragment: string): Promise<void> {
  const connection: RTCPeerConnection = Reflect.get(window, "connection");
  let sdp = connection.currentRemoteDescription?.sdp ?? "";
  for (const name of ["ice-ufrag", "ice-pwd"]) {
    const [line = ""] = fragment.match(new RegExp(`^a=${name}:.*$`, "m")) ?? [];
    sdp = sdp.replace(new RegExp(`^a=${name}:.*$`, "gm"), line.trim());
  }
  await connection.setRemoteDescription({ type: "answer", sdp });
}

/** In the page: stops sending all layers but so many, or sends them again. */
export async function sendLayers(count: number): Promise<void> {
  const connection: RTCPeerConnection = Reflect.get(window, "connection");
  const sender = connection.getSenders().find(({ track }) => track?.kind === "video");
  const parameters = sender?.getParameters();
  if (!sender || !parameters) return;
  for (const [layer, encoding] of parameters.encodings.entries()) encoding.active = layer < count;
  await sender.setParameters(parameters);
}

/** What a page was asked for and did, in numbers; of all layers. */
export interface Encoded {
  readonly keyFrameRequests: number;
  readonly keyFrames: number;
  readonly framesEncoded: number;
}

/** In the page: what the picture's sender has done so far. */
export async function measureEncoded(): Promise<Encoded> {
  const connection: RTCPeerConnection = Reflect.get(window, "connection");
  const outbound = [...(await connection.getStats()).values()].filter(
    ({ type, kind }) => type === "outbound-rtp" && kind === "video",
  );
  return {
    keyFrameRequests: outbound.reduce((sum, { pliCount = 0 }) => sum + pliCount, 0),
    keyFrames: outbound.reduce((sum, { keyFramesEncoded = 0 }) => sum + keyFramesEncoded, 0),
    framesEncoded: outbound.reduce((sum, one) => sum + (one.framesEncoded ?? 0), 0),
  };
}

/** What a page is sent, in numbers. */
export interface Watched {
  readonly framesDecoded: number;
  readonly frameHeight: number;
  /** Of the first frame that was painted. */
  readonly firstHeight: number;
  readonly audioPackets: number;
  readonly videoPackets: number;
  /** Of the transport, which hears at once that the other side has closed; a connection takes seconds to notice. */
  readonly dtlsState: string;
  readonly currentTime: number;
}

/** In the page: what has come so far, of all streams. */
export async function measureWatched(): Promise<Watched> {
  const connection: RTCPeerConnection = Reflect.get(window, "connection");
  const inbound = [...(await connection.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
  const videos = inbound.filter(({ kind }) => kind === "video");
  const newest = videos.sort(
    (a, b) => (b.lastPacketReceivedTimestamp ?? 0) - (a.lastPacketReceivedTimestamp ?? 0),
  )[0];
  return {
    framesDecoded: videos.reduce((sum, { framesDecoded = 0 }) => sum + framesDecoded, 0),
    frameHeight: newest?.frameHeight ?? 0,
    firstHeight: Reflect.get(window, "firstHeight") ?? 0,
    audioPackets: inbound.reduce(
      (sum, { kind, packetsReceived }) => sum + (kind === "audio" ? packetsReceived : 0),
      0,
    ),
    videoPackets: videos.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0),
    dtlsState: connection.getReceivers()[0]?.transport?.state ?? "new",
    currentTime: document.querySelector("video")?.currentTime ?? 0,
  };
}
