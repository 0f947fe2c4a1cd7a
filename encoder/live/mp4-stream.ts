import { findBox, Mp4FormatError, parseMoof } from "../media/mp4-boxes.ts";
import { makeInitSegment, parseMoov } from "../media/mp4-init.ts";
import type { MediaFrame, MediaHead } from "./rtp/media-frame.ts";

const maxBoxBytes = 64 * 1024 ** 2;
const boxHeaderBytes = 8;

/**
 * Reads a fragmented MP4 of one track as FFmpeg writes it into a pipe, piece by piece; gives its frames as soon as their
 * fragment is whole. Throws {@link Mp4FormatError}.
 */
export function createMp4StreamReader(): (chunk: Buffer, nowMs: number) => MediaFrame[] {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let neededBytes = boxHeaderBytes;
  let head: MediaHead | undefined;
  let moof: Buffer | undefined;

  function takeBox(box: Buffer, nowMs: number): MediaFrame[] {
    const type = box.toString("latin1", 4, 8);
    const body = box.subarray(boxHeaderBytes);
    if (type === "moov") head = toHead(body);
    if (type === "moof") moof = box;
    if (type !== "mdat" || !moof || !head) return [];
    const { baseDecodeTicks, samples } = parseMoof(moof.subarray(boxHeaderBytes));
    const mediaOffset = moof.length + boxHeaderBytes;
    moof = undefined;
    let ticks = baseDecodeTicks;
    return samples.map((sample): MediaFrame => {
      const start = sample.dataOffset - mediaOffset;
      const frame = {
        ticks: ticks + sample.compositionOffsetTicks,
        isKey: sample.isSync,
        data: [body.subarray(start, start + sample.sizeBytes)],
        sizeBytes: sample.sizeBytes,
        arrivedMs: nowMs,
        isAfterLoss: false,
        head: sample.isSync ? head : undefined,
      };
      ticks += sample.durationTicks;
      return frame;
    });
  }

  return (chunk, nowMs) => {
    const frames: MediaFrame[] = [];
    pending.push(chunk);
    pendingBytes += chunk.length;
    while (pendingBytes >= neededBytes) {
      const bytes = Buffer.concat(pending);
      const size = bytes.readUInt32BE(0);
      if (size < boxHeaderBytes || size > maxBoxBytes) throw new Mp4FormatError("a box has a wrong size");
      if (bytes.length >= size) {
        frames.push(...takeBox(bytes.subarray(0, size), nowMs));
        pending = [bytes.subarray(size)];
        pendingBytes = bytes.length - size;
        neededBytes = boxHeaderBytes;
      } else {
        pending = [bytes];
        neededBytes = size;
      }
    }
    return frames;
  };
}

function toHead(moov: Buffer): MediaHead {
  const { timescaleHz, codec } = parseMoov(moov);
  const entry = findBox(moov, ["trak", "mdia", "minf", "stbl", "stsd"])?.subarray(8);
  if (!entry || entry.length < 36) throw new Mp4FormatError("a track has no description");
  const isVideo = codec.startsWith("avc1");
  return {
    kind: isVideo ? "video" : "audio",
    initSegment: makeInitSegment(moov),
    timescaleHz,
    codec,
    // ISO 14496-12 §12.1.3 and §12.2.3: behind the box's header and eight bytes of every sample entry
    widthPx: isVideo ? entry.readUInt16BE(8 + 24) : 0,
    heightPx: isVideo ? entry.readUInt16BE(8 + 26) : 0,
    channelCount: isVideo ? 0 : entry.readUInt16BE(8 + 16),
  };
}
