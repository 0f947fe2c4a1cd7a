import { ShoalError } from "#common/errors.ts";
import { chooseFrameRate, parseRational, toNumber } from "./frame-rate.rules.ts";
import { toLanguageTag, toTrackTitle } from "./language.rules.ts";
import type { ProbeOutput, ProbeStream } from "./probe-output.ts";
import type { AudioInfo, ColourMatrix, DynamicRange, SubtitleInfo, VideoInfo } from "./source-info.ts";

const maxAudioTracks = 8;
const maxSubtitles = 32;
const textSubtitleCodecs = ["subrip", "ass", "ssa", "mov_text", "webvtt", "text", "srt"];
/** Wider or narrower pixels than this are a mistake of the file. */
const maxPixelAspect = 4;

/** The streams of a source that something is made of. */
export interface ChosenStreams {
  readonly video: ProbeStream | undefined;
  readonly audio: readonly AudioInfo[];
  readonly subtitles: readonly SubtitleInfo[];
  readonly coverIndex: number | undefined;
}

/** Throws `encode.no_streams` when there is nothing to see or hear, `encode.too_big_picture` when a picture is. */
export function chooseStreams(output: ProbeOutput, maxPicturePixels: number): ChosenStreams {
  const pictures = output.streams.filter((stream) => stream.codec_type === "video");
  for (const { width, height } of pictures) {
    if (width * height <= maxPicturePixels) continue;
    throw tooBigPicture(width, height);
  }
  const isCover = (stream: ProbeStream) => stream.disposition.attached_pic === 1;
  const videos = pictures.filter((stream) => !isCover(stream) && stream.width > 0 && stream.height > 0);
  const video = videos.find((stream) => stream.disposition.default === 1) ?? videos[0];
  const audio = output.streams
    .filter((stream) => stream.codec_type === "audio" && stream.channels > 0)
    .slice(0, maxAudioTracks)
    .map(toAudioInfo);
  if (!video && audio.length === 0) {
    throw new ShoalError("encode.no_streams", "There is nothing to see or hear in this file.");
  }
  const subtitles = output.streams
    .filter((stream) => stream.codec_type === "subtitle" && textSubtitleCodecs.includes(stream.codec_name))
    .slice(0, maxSubtitles)
    .map(toSubtitleInfo);
  return { video, audio, subtitles, coverIndex: pictures.find(isCover)?.index };
}

/** A picture that nobody has the memory for. */
export function tooBigPicture(widthPx: number | string, heightPx: number | string): ShoalError {
  return new ShoalError(
    "encode.too_big_picture",
    `The picture is ${widthPx} × ${heightPx} pixels: that is more than this server takes.`,
  );
}

/** What the container says that the streams which are used last; `undefined` when it says nothing believable. */
export function declaredDurationSeconds(output: ProbeOutput, chosen: ChosenStreams): number | undefined {
  const used = new Set([chosen.video?.index, ...chosen.audio.map(({ index }) => index)]);
  const fileStart = output.format.start_time ?? 0;
  const ends = output.streams
    .filter((stream) => used.has(stream.index))
    .map(
      ({ duration, start_time = fileStart }) => duration && duration + Math.max(0, start_time - fileStart),
    );
  const known = Math.max(0, ...ends.map((end) => end ?? 0));
  // a stream without a duration may be the longest of all
  const seconds = ends.every(Boolean) ? known : Math.max(known, output.format.duration ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/** The size after rotation and with square pixels, the rate it is brought to, and what its colours mean. */
export function toVideoInfo(stream: ProbeStream, isInterlaced: boolean): VideoInfo {
  const pixelAspect = toPixelAspect(stream.sample_aspect_ratio);
  const wide = { widthPx: Math.max(1, Math.round(stream.width * pixelAspect)), heightPx: stream.height };
  const size = isTurned(stream) ? { widthPx: wide.heightPx, heightPx: wide.widthPx } : wide;
  const rates = { base: parseRational(stream.r_frame_rate), average: parseRational(stream.avg_frame_rate) };
  // ffprobe counts fields of some interlaced streams as frames
  const base = isInterlaced && rates.average ? rates.average : rates.base;
  const matrix = toMatrix(stream);
  return {
    index: stream.index,
    codec: stream.codec_name,
    ...size,
    frameRate: chooseFrameRate({ ...rates, base }),
    isInterlaced,
    dynamicRange: toDynamicRange(stream.color_transfer),
    matrix,
    isFullRange: stream.color_range === "pc" || stream.pix_fmt.startsWith("yuvj") || matrix === "rgb",
  };
}

/** Interlaced as the container says; `unknown` where only the pictures can tell. */
export function declaredScan(stream: ProbeStream): "progressive" | "interlaced" | "unknown" {
  if (stream.field_order === "progressive") return "progressive";
  if (["tt", "bb", "tb", "bt"].includes(stream.field_order ?? "")) return "interlaced";
  const mayBeInterlaced = ["mpeg2video", "mpeg4", "h264", "dvvideo", "prores", "vc1", "rawvideo", "ffv1"];
  return mayBeInterlaced.includes(stream.codec_name) ? "unknown" : "progressive";
}

function isTurned(stream: ProbeStream): boolean {
  const bySideData = stream.side_data_list.find(({ rotation }) => rotation !== undefined)?.rotation;
  const degrees = bySideData ?? Number.parseFloat(stream.tags.rotate ?? "0");
  return Math.round(Math.abs(degrees) / 90) % 2 === 1;
}

function toPixelAspect(text: string | undefined): number {
  const aspect = parseRational(text);
  if (!aspect) return 1;
  const value = toNumber(aspect);
  return value > maxPixelAspect || value < 1 / maxPixelAspect ? 1 : value;
}

function toDynamicRange(transfer: string | undefined): DynamicRange {
  if (transfer === "smpte2084") return "pq";
  return transfer === "arib-std-b67" ? "hlg" : "sdr";
}

function toMatrix(stream: ProbeStream): ColourMatrix {
  if (/^(gbr|rgb|bgr|argb|abgr|pal8|0rgb|0bgr)/.test(stream.pix_fmt)) return "rgb";
  const { color_space: declared = "unknown" } = stream;
  if (declared === "bt709") return "bt709";
  if (["smpte170m", "bt470bg", "fcc"].includes(declared)) return "smpte170m";
  if (declared.startsWith("bt2020")) return "bt2020";
  // nobody says: players take BT.601 for standard definition and BT.709 above
  return stream.height >= 720 || stream.width >= 1280 ? "bt709" : "smpte170m";
}

function toAudioInfo(stream: ProbeStream): AudioInfo {
  return {
    index: stream.index,
    channelCount: stream.channels,
    language: toLanguageTag(stream.tags.language),
    title: toTrackTitle(stream.tags.title ?? stream.tags.name),
    isDefault: stream.disposition.default === 1,
  };
}

function toSubtitleInfo(stream: ProbeStream): SubtitleInfo {
  return {
    index: stream.index,
    language: toLanguageTag(stream.tags.language),
    title: toTrackTitle(stream.tags.title ?? stream.tags.name),
  };
}
