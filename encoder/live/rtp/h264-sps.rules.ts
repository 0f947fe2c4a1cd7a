import { type BitReader, createBitReader, readOrNothing } from "./bit-reader.ts";

/** What a sequence parameter set says of a picture (ITU-T H.264 §7.3.2.1). */
export interface H264Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly profile: number;
  readonly chromaFormat: number;
  readonly bitDepthLuma: number;
  readonly bitDepthChroma: number;
  readonly isInterlaced: boolean;
}

/** Profiles whose parameter sets say how colours are sampled. */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);
const maxCycleLength = 255;

/** Reads a parameter set, NAL header included; `undefined` when it is damaged. */
export function parseSps(nal: Buffer): H264Picture | undefined {
  return readOrNothing(() => readSps(nal));
}

/** Why browsers could not play these pictures, as the second half of a sentence; empty: they can. */
export function whyNotPlayable(picture: H264Picture): string {
  if (picture.chromaFormat !== 1) return "its colours are not sampled 4:2:0";
  if (picture.bitDepthLuma !== 8 || picture.bitDepthChroma !== 8) return "it has more than 8 bits a colour";
  if (picture.isInterlaced) return "it is interlaced";
  return "";
}

/** The RFC 6381 name of a stream with this parameter set. */
export function toAvcCodec(sps: Buffer): string {
  return `avc1.${sps.toString("hex", 1, 4)}`;
}

/** The first number of a parameter set's own: which set it is; `undefined` for one that cannot be (§7.4.2.1.1, §7.4.2.2). */
export function parameterSetId(nal: Buffer): number | undefined {
  const isSequence = ((nal[0] ?? 0) & 0x1f) === 7;
  const id = readOrNothing(() => readNal(nal, isSequence ? 4 : 1).unsigned());
  return id !== undefined && id <= (isSequence ? 31 : 255) ? id : undefined;
}

function readSps(nal: Buffer): H264Picture {
  const profile = nal.readUInt8(1);
  const reader = readNal(nal, 4);
  reader.unsigned();
  let chromaFormat = 1;
  let isSeparatePlanes = false;
  let [bitDepthLuma, bitDepthChroma] = [8, 8];
  if (highProfiles.has(profile)) {
    chromaFormat = reader.unsigned();
    if (chromaFormat === 3) isSeparatePlanes = reader.bit() === 1;
    bitDepthLuma = 8 + reader.unsigned();
    bitDepthChroma = 8 + reader.unsigned();
    reader.bit();
    if (reader.bit()) skipScalingLists(reader, chromaFormat === 3 ? 12 : 8);
  }
  reader.unsigned();
  const orderType = reader.unsigned();
  if (orderType === 0) reader.unsigned();
  else if (orderType === 1) {
    reader.bit();
    reader.signed();
    reader.signed();
    const cycleLength = reader.unsigned();
    if (cycleLength > maxCycleLength) throw new RangeError("a cycle is too long");
    for (let at = 0; at < cycleLength; at += 1) reader.signed();
  }
  reader.unsigned();
  reader.bit();
  const widthMb = reader.unsigned() + 1;
  const heightUnits = reader.unsigned() + 1;
  const isFramesOnly = reader.bit() === 1;
  if (!isFramesOnly) reader.bit();
  reader.bit();
  // §7.4.2.1.1: the window that is shown, in units that depend on the sampling of colours
  const crop = reader.bit() ? [0, 0, 0, 0].map(() => reader.unsigned()) : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const isSampled = !isSeparatePlanes && chromaFormat > 0;
  const unitX = isSampled && chromaFormat < 3 ? 2 : 1;
  const unitY = (isSampled && chromaFormat === 1 ? 2 : 1) * (isFramesOnly ? 1 : 2);
  const widthPx = widthMb * 16 - (left + right) * unitX;
  const heightPx = heightUnits * 16 * (isFramesOnly ? 1 : 2) - (top + bottom) * unitY;
  if (widthPx < 1 || heightPx < 1 || widthPx > 16_384 || heightPx > 16_384)
    throw new RangeError("a size beyond reason");
  return {
    widthPx,
    heightPx,
    profile,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    isInterlaced: !isFramesOnly,
  };
}

/** §7.3.2.1.1.1. */
function skipScalingLists(reader: BitReader, count: number): void {
  for (let list = 0; list < count; list += 1) {
    if (!reader.bit()) continue;
    let [last, next] = [8, 8];
    for (let at = 0; at < (list < 6 ? 16 : 64); at += 1) {
      if (next !== 0) next = (last + reader.signed() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

/** The bits of a NAL unit from a byte on, without the bytes that keep start codes out of it (§7.4.1). */
function readNal(nal: Buffer, fromByte: number): BitReader {
  const bytes = nal.filter((byte, at) => !(byte === 3 && at >= 3 && nal[at - 1] === 0 && nal[at - 2] === 0));
  return createBitReader(bytes.subarray(fromByte));
}
