import type { Cut, CutPart } from "../live/cut/cut.ts";
import { findBox, parseBoxes } from "../media/mp4-boxes.ts";
import type { RestreamSample } from "./restream-sample.ts";

/** Length of what stands before the child boxes of VisualSampleEntry and AudioSampleEntry, ISO 14496-12 §12. */
const entryBytes = { video: 78, audio: 28 } as const;

/**
 * The samples of a segment's best picture and of its sound, in the order of decoding. `zeroMs` is the wall time of the
 * segment's time 0. Empty where the picture is one that RTMP cannot carry.
 */
export function toSamples(cut: Cut, zeroMs: number): RestreamSample[] {
  const best = Math.max(-1, ...cut.pictures.keys());
  const picture = cut.pictures.get(best);
  const samples = [picture, cut.sound].flatMap((part) => (part ? toPartSamples(part, zeroMs) : []));
  return samples.sort((left, right) => left.decodeSeconds - right.decodeSeconds);
}

function toPartSamples({ head, startTicks, samples }: CutPart, zeroMs: number): RestreamSample[] {
  const decoderConfig = toDecoderConfig(head.kind, head.initSegment);
  if (!decoderConfig) return [];
  let ticks = startTicks;
  return samples.map(({ frame, durationTicks }) => {
    const decodeSeconds = zeroMs / 1000 + ticks / head.timescaleHz;
    ticks += durationTicks;
    const data = Buffer.concat(frame.data);
    return {
      kind: head.kind,
      decodeSeconds,
      compositionSeconds: 0,
      isSync: frame.isKey,
      data,
      decoderConfig,
    };
  });
}

const known = new WeakMap<Buffer, Buffer>();

function toDecoderConfig(kind: "audio" | "video", initSegment: Buffer): Buffer | undefined {
  const found = known.get(initSegment) ?? findDecoderConfig(kind, initSegment);
  if (found) known.set(initSegment, found);
  return found;
}

function findDecoderConfig(kind: "audio" | "video", initSegment: Buffer): Buffer | undefined {
  const stsd = findBox(initSegment, ["moov", "trak", "mdia", "minf", "stbl", "stsd"]);
  const [entry] = stsd ? parseBoxes(stsd.subarray(8)) : [];
  if (!entry) return undefined;
  const children = entry.body.subarray(entryBytes[kind]);
  if (kind === "video") return findBox(children, ["avcC"]);
  const esds = findBox(children, ["esds"]);
  return esds && findAudioConfig(esds);
}

/** ISO 14496-1 §7.2.6: descriptors nest as tag, length of 7-bit bytes, content; 5 is DecoderSpecificInfo. */
function findAudioConfig(esds: Buffer): Buffer | undefined {
  let offset = 4;
  for (let depth = 0; depth < 8 && offset < esds.length; depth += 1) {
    const tag = esds[offset];
    offset += 1;
    let length = 0;
    for (let more = true; more && offset < esds.length; offset += 1) {
      const byte = esds[offset] ?? 0;
      length = (length << 7) | (byte & 0x7f);
      more = (byte & 0x80) !== 0;
    }
    // ES_ID and flags; object type, stream type, buffer size and two bitrates
    if (tag === 3) offset += 3;
    else if (tag === 4) offset += 13;
    else if (tag === 5) return esds.subarray(offset, offset + length);
  }
  return undefined;
}
