import { findBox, Mp4FormatError, makeBox, parseBoxes, uint32 } from "./mp4-boxes.ts";

/** What the head of a track's file says. */
export interface Mp4Track {
  readonly timescaleHz: number;
  /** RFC 6381 §3.3. */
  readonly codec: string;
}

/** Reads the body of a `moov` box with one track. */
export function parseMoov(moov: Buffer): Mp4Track {
  const mdhd = findBox(moov, ["trak", "mdia", "mdhd"]);
  const stsd = findBox(moov, ["trak", "mdia", "minf", "stbl", "stsd"]);
  if (!mdhd || mdhd.length < 24 || !stsd || stsd.length < 8)
    throw new Mp4FormatError("a track has no description");
  // version 1 has times of 64 bits before the timescale
  const timescaleHz = mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12);
  const [entry] = parseBoxes(stsd.subarray(8));
  if (!entry || timescaleHz === 0) throw new Mp4FormatError("a track has no description");
  return { timescaleHz, codec: toCodec(entry.type, entry.body) };
}

/** The initialisation segment: what FFmpeg wrote, under CMAF's name and without notes of its own. */
export function makeInitSegment(moov: Buffer): Buffer {
  const kept = parseBoxes(moov).filter((box) => box.type !== "udta");
  return Buffer.concat([
    makeBox("ftyp", Buffer.from("iso6"), uint32(0), Buffer.from("iso6cmfcmp41")),
    makeBox("moov", ...kept.map((box) => makeBox(box.type, box.body))),
  ]);
}

/** Length of what stands before the child boxes: VisualSampleEntry and AudioSampleEntry, ISO 14496-12 §12. */
const visualEntryBytes = 78;
const audioEntryBytes = 28;

function toCodec(type: string, entry: Buffer): string {
  if (type === "avc1") {
    const avcC = findBox(entry.subarray(visualEntryBytes), ["avcC"]);
    // ISO 14496-15 §5.3.3.1: profile, constraints and level are bytes 1 to 3
    if (avcC && avcC.length >= 4) return `avc1.${avcC.toString("hex", 1, 4)}`;
  }
  if (type === "mp4a") {
    const esds = findBox(entry.subarray(audioEntryBytes), ["esds"]);
    if (esds) return `mp4a.40.${toAudioObjectType(esds)}`;
  }
  throw new Mp4FormatError(`a track of unknown kind ${JSON.stringify(type)}`);
}

/** ISO 14496-1 §7.2.6: descriptors nest as tag, length of 7-bit bytes, content; 5 is DecoderSpecificInfo. */
function toAudioObjectType(esds: Buffer): number {
  let offset = 4;
  for (let depth = 0; depth < 8 && offset < esds.length; depth += 1) {
    const tag = esds[offset];
    offset += 1;
    while (((esds[offset] ?? 0) & 0x80) !== 0) offset += 1;
    offset += 1;
    // ES_ID and flags; object type, stream type, buffer size and two bitrates
    if (tag === 3) offset += 3;
    else if (tag === 4) offset += 13;
    else if (tag === 5) return (esds[offset] ?? 0) >> 3;
  }
  throw new Mp4FormatError("an audio track without decoder description");
}
