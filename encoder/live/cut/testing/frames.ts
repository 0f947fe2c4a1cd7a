import type { MediaFrame, MediaHead } from "../../rtp/media-frame.ts";

/** A head of a picture of this height. */
export function makeHead(heightPx: number): MediaHead {
  return {
    kind: "video",
    initSegment: Buffer.from(`head of ${heightPx}`),
    timescaleHz: 90_000,
    codec: "avc1.42c01e",
    widthPx: (heightPx * 16) / 9,
    heightPx,
    channelCount: 0,
  };
}

/** A head of sound. */
export const soundHead: MediaHead = {
  kind: "audio",
  initSegment: Buffer.from("head of sound"),
  timescaleHz: 48_000,
  codec: "mp4a.40.2",
  widthPx: 0,
  heightPx: 0,
  channelCount: 2,
};

/** A camera's layer: 30 frames a second, a key frame every 2 s, on a clock of its own. */
export function makePicture(options: {
  readonly head: MediaHead;
  readonly seconds: number;
  readonly fromSeconds?: number;
  /** What its clock says at second 0. */
  readonly zeroTicks?: number;
  /** How late its frames arrive. */
  readonly delayMs?: number;
  readonly gopFrames?: number;
  /** Frames that never come; the one after them says so. */
  readonly lost?: (frame: number) => boolean;
}): MediaFrame[] {
  const {
    head,
    seconds,
    fromSeconds = 0,
    zeroTicks = 0,
    delayMs = 0,
    gopFrames = 60,
    lost = () => false,
  } = options;
  const frames: MediaFrame[] = [];
  let isAfterLoss = false;
  for (
    let frame = Math.round(fromSeconds * 30);
    frame < Math.round((fromSeconds + seconds) * 30);
    frame += 1
  ) {
    if (lost(frame)) {
      isAfterLoss = true;
      continue;
    }
    const isKey = frame % gopFrames === 0;
    const data = [Buffer.from([frame & 0xff])];
    const arrivedMs = 1000 + (frame * 1000) / 30 + delayMs;
    const own = { ticks: zeroTicks + frame * 3000, isKey, data, sizeBytes: 1, arrivedMs, isAfterLoss };
    frames.push({ ...own, head: isKey ? head : undefined });
    isAfterLoss = false;
  }
  return frames;
}

/** Blocks of AAC without gaps. */
export function makeSound(options: { seconds: number; fromBlock?: number }): MediaFrame[] {
  const { seconds, fromBlock = 0 } = options;
  return Array.from({ length: Math.ceil((seconds * 48_000) / 1024) }, (_, at): MediaFrame => {
    const ticks = (fromBlock + at) * 1024;
    const data = [Buffer.from([0])];
    return {
      ticks,
      isKey: true,
      data,
      sizeBytes: 1,
      arrivedMs: ticks / 48,
      isAfterLoss: false,
      head: soundHead,
    };
  });
}
