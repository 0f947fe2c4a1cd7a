import { makeSegment } from "../../media/mp4-segment.ts";
import type { FeedFormat } from "../live-args.ts";
import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import { isIvfCodec, makeIvfFrameHeader, makeIvfHeader } from "./ivf.ts";

/** Puts frames into a container that FFmpeg reads from a pipe. */
export interface PictureFeed {
  readonly format: FeedFormat;
  /** What stands in front of the first frame, which is a key frame. */
  begin(head: MediaHead): Buffer;
  /** A frame whose presentation time is `ticks` of 90 kHz; never negative. */
  add(frame: MediaFrame, ticks: number): Buffer;
}

/** A feed for this codec; `undefined` for one that is not known. */
export function createPictureFeed(codec: string): PictureFeed | undefined {
  if (codec === "h264") return createMp4Feed();
  if (!isIvfCodec(codec)) return undefined;
  return {
    format: "ivf",
    begin: ({ widthPx, heightPx }) => makeIvfHeader({ codec, widthPx, heightPx }),
    add: ({ sizeBytes, data }, ticks) => Buffer.concat([makeIvfFrameHeader(sizeBytes, ticks), ...data]),
  };
}

/** Frames that are shown later than they are decoded may come so much before their time. */
const reorderTicks = 45_000;

/** H.264 with B-frames comes in the order of decoding: its decode times are made up, evenly before the times it is shown at. */
function createMp4Feed(): PictureFeed {
  let sequenceNumber = 0;
  let lastTicks = -1;
  return {
    format: "mov",
    begin: (head) => head.initSegment,
    add(frame, ticks) {
      const decodeTicks = Math.max(lastTicks + 1, ticks - reorderTicks);
      lastTicks = decodeTicks;
      sequenceNumber += 1;
      const sample = {
        durationTicks: 1,
        sizeBytes: frame.sizeBytes,
        isSync: frame.isKey,
        compositionOffsetTicks: ticks - decodeTicks,
        dataOffset: 0,
      };
      return makeSegment({
        sequenceNumber,
        baseDecodeTicks: decodeTicks,
        samples: [sample],
        data: frame.data,
      });
    },
  };
}
