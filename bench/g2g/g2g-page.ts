import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { PublishTicket } from "#common/live/stream.ts";
import { orderCodecs, toEncodings, toStartBitrateBps } from "../../client/live/publish/encodings.rules.ts";
import { PublishLink } from "../../client/live/publish/publish-link.ts";
import { withStartBitrate, withStereo } from "../../client/live/sdp-parameters.ts";
import { openWhepSession } from "../../client/live/whep-client.ts";
import { createWhipClient } from "../../client/live/whip-client.ts";
import { barCount, barHeightShare, readBars, toBars } from "./clock-bars.ts";

/*
 * What both pages of the benchmark do; bundled for the browser. The page that sends and the page that receives are the same
 * two kinds of page on either way: only what lies between them differs.
 */

const facts = { widthPx: 1280, heightPx: 720, frameRate: 30 };
const nowMs = () => performance.timeOrigin + performance.now();
let peer: RTCPeerConnection | undefined;
let readStats = async () => peer?.getStats();

/** Paints a picture that moves, with the time in it, and hands each over as a frame of its own. */
function paint(): MediaStreamTrack {
  const canvas = document.createElement("canvas");
  canvas.width = facts.widthPx;
  canvas.height = facts.heightPx;
  document.body.append(canvas);
  const context = canvas.getContext("2d", { alpha: false });
  const [track] = canvas.captureStream(0).getVideoTracks();
  if (!context || !(track instanceof CanvasCaptureMediaStreamTrack)) throw new Error("no canvas");
  const periodMs = 1000 / facts.frameRate;
  const startedAtMs = performance.now();
  let frameNumber = 0;
  const paintLater = () => {
    frameNumber += 1;
    // somewhere within half a period: else painter and screen would keep in step, in each round another one
    const atMs = startedAtMs + (frameNumber + Math.random() / 2) * periodMs;
    setTimeout(paintNow, Math.max(0, atMs - performance.now()));
  };
  const paintNow = () => {
    paintFrame(context, frameNumber);
    track.requestFrame();
    paintLater();
  };
  paintLater();
  return track;
}

function paintFrame(context: CanvasRenderingContext2D, frameNumber: number): void {
  const { widthPx, heightPx } = facts;
  const [barWidth, barHeight] = [widthPx / barCount, heightPx * barHeightShare];
  context.fillStyle = "#345";
  context.fillRect(0, barHeight, widthPx, heightPx);
  for (let at = 0; at < 24; at++) {
    context.fillStyle = `hsl(${(at * 15 + frameNumber) % 360} 60% 50%)`;
    context.fillRect((frameNumber * (at + 3) + at * 97) % widthPx, barHeight + at * 26, 120, 24);
  }
  for (const [at, isWhite] of toBars(nowMs()).entries()) {
    context.fillStyle = isWhite ? "#fff" : "#000";
    context.fillRect(at * barWidth, 0, barWidth, barHeight);
  }
}

/** Something to hear, so that the receiver keeps picture and sound together as it always does. */
function play(): MediaStreamTrack {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  gain.gain.value = 0.05;
  const out = audio.createMediaStreamDestination();
  tone.connect(gain).connect(out);
  tone.start();
  const [track] = out.stream.getAudioTracks();
  if (!track) throw new Error("no sound");
  return track;
}

function show(stream: MediaStream): HTMLVideoElement {
  const video = document.createElement("video");
  video.srcObject = stream;
  video.muted = true;
  video.width = facts.widthPx;
  video.height = facts.heightPx;
  document.body.append(video);
  void video.play();
  return video;
}

/** Reads the bars of a frame. */
function createReader(): (frame: VideoFrame) => number[] {
  const canvas = new OffscreenCanvas(barCount * 4, 1);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  if (!context) throw new Error("no canvas");
  return (frame) => {
    const { displayWidth, displayHeight } = frame;
    // the middle of the bars, which scaling and encoding leave alone
    const [y, height] = [displayHeight * barHeightShare * 0.25, displayHeight * barHeightShare * 0.5];
    context.drawImage(frame, 0, y, displayWidth, height, 0, 0, canvas.width, 1);
    const { data } = context.getImageData(0, 0, canvas.width, 1);
    return Array.from({ length: barCount }, (_, at) => {
      const [left = 0, right = 0] = [data[(at * 4 + 1) * 4 + 1], data[(at * 4 + 2) * 4 + 1]];
      return (left + right) / 2;
    });
  };
}

/** What a page of the benchmark can do. */
const page = {
  /** Publishes as the studio does. */
  async publishToShoal(ticket: PublishTicket): Promise<void> {
    const link = new PublishLink({
      iceServers: ticket.iceServers,
      show: { picture: paint(), facts, sound: play(), isRich: false },
      onState: () => undefined,
    });
    readStats = () => link.readStats();
    await link.connect(createWhipClient(), ticket, new AbortController().signal);
  },

  /** Watches as the page of a stream does. */
  async watchShoal({ whepUrl, whepToken, iceServers }: LivePlaybackGrant): Promise<void> {
    if (whepUrl === null) throw new Error("no WHEP");
    const source = { url: whepUrl, token: whepToken, iceServers };
    const session = await openWhepSession(
      source,
      { linkChanged: () => undefined },
      new AbortController().signal,
    );
    peer = session.peer;
    session.showAs({ heightPx: facts.heightPx, isVisible: true });
    show(session.stream);
  },

  /** The same picture and sound, codec, bitrate and size as the largest layer. */
  async offerDirectly(): Promise<string> {
    peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const streams = [new MediaStream()];
    peer.addTransceiver(play(), { direction: "sendonly", streams });
    const top = toEncodings(facts).at(-1);
    const video = peer.addTransceiver(paint(), {
      direction: "sendonly",
      streams,
      sendEncodings: [{ ...(top && { maxBitrate: top.maxBitrate }) }],
    });
    video.setCodecPreferences(orderCodecs(RTCRtpSender.getCapabilities("video")?.codecs ?? []));
    return gather(peer, await peer.createOffer());
  },

  async answerDirectly(sdp: string): Promise<string> {
    peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const stream = new MediaStream();
    peer.addEventListener("track", ({ track, receiver }) => {
      stream.addTrack(track);
      // as the page of a stream does
      receiver.jitterBufferTarget = 0;
    });
    await peer.setRemoteDescription({ type: "offer", sdp });
    show(stream);
    return gather(peer, await peer.createAnswer());
  },

  async acceptDirectly(sdp: string): Promise<void> {
    const startBps = toStartBitrateBps(toEncodings(facts));
    await peer?.setRemoteDescription({ type: "answer", sdp: withStartBitrate(withStereo(sdp), startBps) });
    const sender = peer?.getSenders().find(({ track }) => track?.kind === "video");
    const parameters = sender?.getParameters();
    await sender?.setParameters({
      ...(parameters ?? { encodings: [], transactionId: "", codecs: [], headerExtensions: [], rtcp: {} }),
      degradationPreference: "maintain-resolution",
    });
  },

  /** Glass to glass of `count` frames, in milliseconds, from when the picture has had its full size for a while. */
  async measure(options: { settleMs: number; count: number; timeoutMs: number }): Promise<number[]> {
    const video = document.querySelector("video");
    if (!video) throw new Error("nothing is shown");
    const read = createReader();
    const latencies: number[] = [];
    const startedAtMs = nowMs();
    let fullSinceMs = Number.POSITIVE_INFINITY;
    while (latencies.length < options.count) {
      const { shownAtMs, frame } = await nextFrame(video, options.timeoutMs);
      if (nowMs() - startedAtMs > options.timeoutMs) {
        throw new Error(`${latencies.length} frames were read; the picture is ${video.videoHeight} high`);
      }
      if (!frame) continue;
      const isFull = frame.displayHeight === facts.heightPx;
      fullSinceMs = isFull ? Math.min(fullSinceMs, nowMs()) : Number.POSITIVE_INFINITY;
      const isSettled = nowMs() - fullSinceMs >= options.settleMs;
      const paintedAtMs = isSettled ? readBars(read(frame), shownAtMs) : undefined;
      frame.close();
      if (paintedAtMs !== undefined) latencies.push(shownAtMs - paintedAtMs);
    }
    return latencies;
  },

  /** What goes out or comes in, for people. */
  async readPictures(): Promise<Record<string, unknown>[]> {
    const all = new Map<string, Record<string, unknown>>();
    (await readStats())?.forEach((row: Record<string, unknown>, id) => {
      all.set(id, row);
    });
    return [...all.values()]
      .filter(({ kind, type }) => kind === "video" && (type === "outbound-rtp" || type === "inbound-rtp"))
      .map((row) => ({ ...row, mimeType: all.get(String(row.codecId))?.mimeType }));
  },
};

/** See {@link page}. */
export type G2gPage = typeof page;

declare global {
  var g2g: G2gPage;
}
globalThis.g2g = page;

/** The next frame and when it was painted; without the frame when another one has come in its place meanwhile. */
function nextFrame(
  video: HTMLVideoElement,
  timeoutMs: number,
): Promise<{ shownAtMs: number; frame: VideoFrame | undefined }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no frame was painted")), timeoutMs);
    video.requestVideoFrameCallback((_, { presentationTime, mediaTime }) => {
      clearTimeout(timer);
      const frame = takeFrame(video, mediaTime);
      resolve({ shownAtMs: performance.timeOrigin + presentationTime, frame });
    });
  });
}

function takeFrame(video: HTMLVideoElement, mediaTime: number): VideoFrame | undefined {
  try {
    const frame = new VideoFrame(video);
    if (Math.abs(frame.timestamp / 1e6 - mediaTime) < 0.001) return frame;
    frame.close();
  } catch {
    // there was none to take
  }
  return undefined;
}

/** The description with all candidates in it. */
async function gather(connection: RTCPeerConnection, own: RTCSessionDescriptionInit): Promise<string> {
  await connection.setLocalDescription(own);
  if (connection.iceGatheringState !== "complete") {
    await new Promise<void>((resolve) => {
      connection.addEventListener("icegatheringstatechange", () => {
        if (connection.iceGatheringState === "complete") resolve();
      });
    });
  }
  return connection.localDescription?.sdp ?? "";
}
