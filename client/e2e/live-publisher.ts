import type { Browser, BrowserContext, Page } from "@playwright/test";
import { z } from "zod";
import type { Creator } from "./startup-shoal.ts";

/** A streamer in a page of its own: the browser's fake camera and microphone, sent by WHIP. */
export interface LivePublisher {
  readonly page: Page;
  /** Goes away without a word, as a lost network or a crashed browser does. */
  vanish(): Promise<void>;
  /** Ends the session as a WHIP client does. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** What is sent. */
export interface PublishWishes {
  readonly widthPx?: number;
  readonly heightPx?: number;
  readonly codec?: "H264" | "VP8";
  readonly layerCount?: 1 | 3;
  /** A clock painted into the picture instead of the camera: what it shows is read from the picture again. */
  readonly isClock?: boolean;
}

const createdSchema = z.object({ id: z.string(), streamKey: z.string(), whipUrl: z.string() });
/** A stream that somebody may publish into. */
export type CreatedStream = z.infer<typeof createdSchema>;

/** Makes a stream over REST. */
export async function createStream(creator: Creator, input: Record<string, unknown>): Promise<CreatedStream> {
  return createdSchema.parse(await creator.ask("POST", "/streams", input));
}

/** Publishes into a stream from a new browser context; resolves when the connection stands. */
export async function publish(
  browser: Browser,
  url: string,
  stream: CreatedStream,
  wishes: PublishWishes = {},
): Promise<LivePublisher> {
  const context: BrowserContext = await browser.newContext();
  // tsx names functions by a helper that no page has
  await context.addInitScript({ content: "globalThis.__name ??= (value) => value" });
  const page = await context.newPage();
  // of the same origin and its policy, and without anything of its own
  await page.goto(`${url}/manifest.webmanifest`);
  const whipUrl = new URL(new URL(stream.whipUrl).pathname, url).href;
  const send = { whipUrl, key: stream.streamKey, ...wishes };
  const sessionUrl = await page.evaluate(sendByWhip, send);
  return {
    page,
    vanish: () => page.goto("about:blank").then(() => {}),
    stop: async () => {
      await page.evaluate(
        async ({ address, key }) => {
          await fetch(address, { method: "DELETE", headers: { authorization: `Bearer ${key}` } });
          Reflect.get(window, "publishing")?.close();
        },
        { address: sessionUrl, key: stream.streamKey },
      );
    },
    close: () => context.close(),
  };
}

/** In the page: camera and microphone, or a clock, offered by WHIP (RFC 9725); answers the session's address. */
async function sendByWhip(send: {
  whipUrl: string;
  key: string;
  widthPx?: number;
  heightPx?: number;
  codec?: "H264" | "VP8";
  layerCount?: 1 | 3;
  isClock?: boolean;
}): Promise<string> {
  const { widthPx = 1280, heightPx = 720, codec = "H264", layerCount = 3 } = send;
  const media = await navigator.mediaDevices.getUserMedia({
    video: { width: widthPx, height: heightPx, frameRate: 25 },
    audio: true,
  });
  let picture = media.getVideoTracks()[0];
  if (send.isClock) {
    const canvas = document.createElement("canvas");
    canvas.width = widthPx;
    canvas.height = heightPx;
    const context = canvas.getContext("2d");
    // 32 bits of the time in black and white blocks: nothing that a codec does makes them unreadable
    const paint = () => {
      if (!context) return;
      context.fillStyle = "#446688";
      context.fillRect(0, 0, widthPx, heightPx);
      const bits = (Date.now() % 2 ** 32).toString(2).padStart(32, "0");
      for (const [place, bit] of [...bits].entries()) {
        context.fillStyle = bit === "1" ? "#fff" : "#000";
        context.fillRect(
          ((place % 8) * widthPx) / 8,
          (Math.floor(place / 8) * heightPx) / 4,
          widthPx / 8,
          heightPx / 4,
        );
      }
    };
    setInterval(paint, 40);
    paint();
    picture = canvas.captureStream(25).getVideoTracks()[0];
  }
  if (!picture) throw new Error("there is no picture to send");
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  Object.assign(window, { publishing: connection });
  const layers = [
    { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 200_000 },
    { rid: "m", scaleResolutionDownBy: 2, maxBitrate: 600_000 },
    { rid: "h", maxBitrate: 1_800_000 },
  ];
  const transceiver = connection.addTransceiver(picture, {
    direction: "sendonly",
    streams: [media],
    sendEncodings: layerCount === 3 ? layers : [{ maxBitrate: 1_800_000 }],
  });
  const codecs = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  const wanted = codecs.filter(
    ({ mimeType, sdpFmtpLine = "" }) =>
      mimeType === "video/rtx" ||
      (mimeType === `video/${codec}` &&
        (codec !== "H264" || /packetization-mode=1.*42e01f/.test(sdpFmtpLine))),
  );
  transceiver.setCodecPreferences(wanted);
  for (const track of media.getAudioTracks()) {
    connection.addTransceiver(track, { direction: "sendonly", streams: [media] });
  }
  await connection.setLocalDescription();
  const response = await fetch(send.whipUrl, {
    method: "POST",
    headers: { "content-type": "application/sdp", authorization: `Bearer ${send.key}` },
    body: connection.localDescription?.sdp ?? "",
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`WHIP: ${response.status} ${answer}`);
  await connection.setRemoteDescription({ type: "answer", sdp: answer });
  await new Promise<void>((resolve, reject) => {
    const check = () => {
      if (connection.connectionState === "connected") resolve();
      else if (connection.connectionState === "failed") reject(new Error("the connection failed"));
    };
    connection.addEventListener("connectionstatechange", check);
    check();
  });
  return new URL(response.headers.get("location") ?? "", send.whipUrl).href;
}
