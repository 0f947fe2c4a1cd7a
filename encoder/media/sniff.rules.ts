import { ShoalError } from "#common/errors.ts";

/** The containers that are accepted, each with the FFmpeg demuxer that is forced for it. */
export const containers = {
  mov: { demuxer: "mov", label: "MP4 or QuickTime" },
  matroska: { demuxer: "matroska", label: "Matroska or WebM" },
  avi: { demuxer: "avi", label: "AVI" },
  mpegts: { demuxer: "mpegts", label: "MPEG transport stream" },
  mpegps: { demuxer: "mpeg", label: "MPEG program stream" },
  flv: { demuxer: "flv", label: "Flash video" },
  ogg: { demuxer: "ogg", label: "Ogg" },
  wav: { demuxer: "wav", label: "WAVE" },
  mp3: { demuxer: "mp3", label: "MP3" },
  adts: { demuxer: "aac", label: "AAC" },
  flac: { demuxer: "flac", label: "FLAC" },
  asf: { demuxer: "asf", label: "Windows Media" },
  mxf: { demuxer: "mxf", label: "MXF" },
  caf: { demuxer: "caf", label: "Core Audio" },
  aiff: { demuxer: "aiff", label: "AIFF" },
  dv: { demuxer: "dv", label: "DV" },
} as const;

/** One of {@link containers}. */
export type Container = keyof typeof containers;

/** How many bytes of the beginning {@link sniffContainer} wants to see. */
export const sniffBytes = 64 * 1024;

/**
 * Which container a file is, by its first bytes and nothing else: names and endings lie, and FFmpeg's own guessing
 * would let a file choose demuxers that open other files or addresses (playlists, concat scripts).
 * Throws `encode.empty`, `encode.no_streams` or `encode.not_media`.
 */
export function sniffContainer(head: Buffer): Container {
  if (head.length === 0) throw new ShoalError("encode.empty", "This file is empty.");
  const found = byMagic(head) ?? byFrames(head);
  if (found) return found;
  throw refusalFor(head);
}

function byMagic(head: Buffer): Container | undefined {
  const at = (offset: number, length: number) => head.toString("latin1", offset, offset + length);
  const isHex = (hex: string) => head.toString("hex", 0, hex.length / 2) === hex;
  const movBoxes = ["ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp"];
  if (head.length >= 8 && movBoxes.includes(at(4, 4))) return "mov";
  if (isHex("1a45dfa3")) return "matroska";
  if (at(0, 4) === "RIFF" && at(8, 4) === "AVI ") return "avi";
  if (["RIFF", "RF64"].includes(at(0, 4)) && at(8, 4) === "WAVE") return "wav";
  if (isHex("000001ba")) return "mpegps";
  if (at(0, 3) === "FLV") return "flv";
  if (at(0, 4) === "OggS") return "ogg";
  if (at(0, 4) === "fLaC") return "flac";
  if (isHex("3026b2758e66cf11")) return "asf";
  if (isHex("060e2b34020501010d0102")) return "mxf";
  if (at(0, 4) === "caff") return "caf";
  if (at(0, 4) === "FORM" && ["AIFF", "AIFC"].includes(at(8, 4))) return "aiff";
  if (isHex("1f0700")) return "dv";
  if (at(0, 3) === "ID3") return behindId3(head);
  return undefined;
}

/** ID3v2 §3.1: the size has four bytes of seven bits and leaves out the header of ten. */
function behindId3(head: Buffer): Container {
  const sizeBytes = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
  const behind = head.subarray(10 + sizeBytes);
  if (behind.toString("latin1", 0, 4) === "fLaC") return "flac";
  return byFrames(behind) === "adts" ? "adts" : "mp3";
}

/** Streams without a header: known by a sync word that comes again where it should. */
function byFrames(head: Buffer): Container | undefined {
  const hasSyncEvery = (start: number, step: number) =>
    head.length > start + 2 * step && [0, 1, 2].every((n) => head[start + n * step] === 0x47);
  if (hasSyncEvery(0, 188) || hasSyncEvery(4, 192) || hasSyncEvery(0, 204)) return "mpegts";
  if (hasAdtsFrames(head)) return "adts";
  if (hasMp3Frames(head)) return "mp3";
  return undefined;
}

/** ISO 14496-3 §1.A.2.2: sync word of 12 bits, layer 0, frame length of 13 bits from bit 30. */
function hasAdtsFrames(head: Buffer): boolean {
  const isFrame = (at: number) => head[at] === 0xff && ((head[at + 1] ?? 0) & 0xf6) === 0xf0;
  if (!isFrame(0)) return false;
  const length = (((head[3] ?? 0) & 3) << 11) | ((head[4] ?? 0) << 3) | ((head[5] ?? 0) >> 5);
  return length >= 7 && isFrame(length);
}

/** ISO 11172-3 §2.4.1.3: only the length of layer III frames is reckoned here. */
function hasMp3Frames(head: Buffer): boolean {
  const first = mp3FrameBytes(head, 0);
  return first !== undefined && mp3FrameBytes(head, first) !== undefined;
}

const mpeg1BitratesKbps = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const mpeg2BitratesKbps = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const mpeg1SampleRatesHz = [44_100, 48_000, 32_000];

function mp3FrameBytes(head: Buffer, at: number): number | undefined {
  if (head.length < at + 4 || head[at] !== 0xff) return undefined;
  const second = head[at + 1] ?? 0;
  const third = head[at + 2] ?? 0;
  const isLayer3 = (second & 0xe6) === 0xe2;
  const version = (second >> 3) & 3;
  if (!isLayer3 || version === 1) return undefined;
  const isMpeg1 = version === 3;
  const bitrateKbps = (isMpeg1 ? mpeg1BitratesKbps : mpeg2BitratesKbps)[third >> 4];
  const baseRateHz = mpeg1SampleRatesHz[(third >> 2) & 3];
  if (!bitrateKbps || !baseRateHz) return undefined;
  const sampleRateHz = baseRateHz / (isMpeg1 ? 1 : version === 2 ? 2 : 4);
  const padding = (third >> 1) & 1;
  return Math.floor(((isMpeg1 ? 144_000 : 72_000) * bitrateKbps) / sampleRateHz) + padding;
}

/** What to tell a person who sent something else. */
function refusalFor(head: Buffer): ShoalError {
  const text = head
    .toString("utf8", 0, 512)
    .replace(/^\uFEFF/, "")
    .trimStart();
  const isHex = (...hexes: string[]) => hexes.some((hex) => head.toString("hex", 0, hex.length / 2) === hex);
  const refuse = (what: string) =>
    new ShoalError("encode.not_media", `This is ${what}, not a video or audio file.`);
  if (/^(WEBVTT|\[Script Info\]|\d+\r?\n\d\d:\d\d:\d\d[,.]\d{3} --> )/.test(text)) {
    return new ShoalError(
      "encode.no_streams",
      "This file holds subtitles only: there is nothing to see or hear.",
    );
  }
  if (/^(#EXTM3U|ffconcat|\[playlist\]|v=0\r?\n|<\?xml[^>]*>\s*<MPD|<MPD)/i.test(text))
    return refuse("a playlist");
  if (isHex("504b0304", "504b0506", "377abcaf271c", "52617221", "1f8b")) return refuse("an archive");
  if (isHex("7f454c46", "4d5a", "cafebabe", "cffaedfe") || text.startsWith("#!")) return refuse("a program");
  if (
    isHex("89504e47", "ffd8ff", "47494638", "424d", "49492a00", "4d4d002a") ||
    /^(<\?xml|<svg|RIFF....WEBP)/s.test(text)
  ) {
    return refuse("a picture or a drawing");
  }
  return refuse("a kind of file that Shoal does not know");
}
