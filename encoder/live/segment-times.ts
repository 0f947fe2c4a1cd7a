import { findBox, Mp4FormatError, parseBoxes, parseMoof } from "../media/mp4-boxes.ts";
import { parseMoov } from "../media/mp4-init.ts";

/** Bytes of a `tfdt` box of version 1 up to its time: header, version and flags. */
const tfdtTimeOffset = 12;

/** A file out of an initialisation segment and any segments of ours, at times that follow each other from 0 on. */
export function joinSegments(
  head: Buffer,
  segments: readonly Buffer[],
): { bytes: Buffer; durationSeconds: number; widthPx: number; heightPx: number } {
  const moov = parseBoxes(head).find(({ type }) => type === "moov")?.body;
  const tkhd = moov && findBox(moov, ["trak", "tkhd"]);
  if (!moov || !tkhd) throw new Mp4FormatError("an initialisation segment has no track");
  let ticks = 0;
  const moved = segments.map((segment) => {
    const bytes = Buffer.from(segment);
    const at = bytes.indexOf("tfdt") - 4;
    const moof = parseBoxes(bytes).find(({ type }) => type === "moof")?.body;
    if (at < 0 || !moof) throw new Mp4FormatError("a segment has no time");
    bytes.writeBigUInt64BE(BigInt(ticks), at + tfdtTimeOffset);
    ticks += parseMoof(moof).samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
    return bytes;
  });
  return {
    bytes: Buffer.concat([head, ...moved]),
    durationSeconds: ticks / parseMoov(moov).timescaleHz,
    // ISO 14496-12 §8.3.2: width and height are the last two, in 1/65536
    widthPx: tkhd.readUInt32BE(tkhd.length - 8) / 65_536,
    heightPx: tkhd.readUInt32BE(tkhd.length - 4) / 65_536,
  };
}
