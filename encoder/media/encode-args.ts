import { availableParallelism } from "node:os";
import { toNumber } from "./frame-rate.rules.ts";
import { inputArgs } from "./input-args.ts";
import type { Rung } from "./ladder.rules.ts";
import type { MediaConfig } from "./media.config.ts";
import type { AudioInfo, SourceInfo, VideoInfo } from "./source-info.ts";
import {
  normalizeFilters,
  type OutputColours,
  rateFilter,
  shrinkFilter,
  slowFilter,
  toOutputColours,
} from "./video-filters.ts";

/** One audio rendition to be made. */
export interface AudioOutput {
  readonly track: AudioInfo;
  readonly fileName: string;
}

/** One video rendition to be made. */
export interface VideoOutput {
  readonly rung: Rung;
  readonly fileName: string;
}

/** One run of FFmpeg: a single decode, any number of renditions. File names are relative to the folder it runs in. */
export interface EncodePass {
  readonly source: SourceInfo;
  /** From the largest to the smallest. */
  readonly video: readonly VideoOutput[];
  readonly audio: readonly AudioOutput[];
}

type Settings = Pick<
  MediaConfig,
  "maxPicturePixels" | "encodePreset" | "encodeThreads" | "maxDurationSeconds"
>;

/** Samples that FFmpeg's AAC encoder puts before the first one. */
const aacPrimingSamples = 1024;
const sampleRateHz = 48_000;

/** Bitrate of an audio rendition. */
export function toAudioBitrateBps(channelCount: number): number {
  return channelCount >= 2 ? 128_000 : 80_000;
}

/** FFmpeg: all renditions of a pass as fragmented MP4. */
export function passArgs(pass: EncodePass, config: Settings, coreCount = availableParallelism()): string[] {
  const { video } = pass.source;
  const threadCount = config.encodeThreads || coreCount;
  const colours = video && toOutputColours(video);
  return [
    ...["-threads", String(threadCount)],
    ...inputArgs(pass.source, config),
    ...(video && pass.video.length > 0 ? graphArgs(video, pass.video, threadCount) : []),
    ...(colours
      ? pass.video.flatMap((output, at) => {
          const threads = toEncoderThreads(output, pass.video, threadCount);
          return videoOutputArgs(output, { at, threads, colours }, config);
        })
      : []),
    ...pass.audio.flatMap((output) => audioOutputArgs(output, config)),
  ];
}

function graphArgs(video: VideoInfo, outputs: readonly VideoOutput[], threadCount: number): string[] {
  // handing slices to threads costs more than scaling them; tone-mapping and deinterlacing are worth it
  const isHeavy = video.isInterlaced || video.dynamicRange !== "sdr";
  const threads = isHeavy ? threadCount : 1;
  return ["-filter_complex_threads", String(threads), "-filter_complex", cascade(video, outputs)];
}

/** By its part of all pixels; two at least, so that a rung does not hold up the others. */
function toEncoderThreads(output: VideoOutput, all: readonly VideoOutput[], threadCount: number): number {
  const pixels = ({ rung }: VideoOutput) => rung.widthPx * rung.heightPx * toNumber(rung.frameRate);
  const part = pixels(output) / all.reduce((sum, other) => sum + pixels(other), 0);
  return Math.max(2, Math.ceil(1.5 * threadCount * part));
}

/** Decode once; each rung is made of the next larger one. */
function cascade(video: VideoInfo, outputs: readonly VideoOutput[]): string {
  const chains = outputs.map(({ rung }, at) => {
    const previous = outputs[at - 1]?.rung;
    const filters = previous
      ? [...slowFilter(previous.frameRate, rung.frameRate), shrinkFilter(rung)]
      : [rateFilter(rung.frameRate), ...normalizeFilters(video, rung)];
    const input = previous ? `[next${at}]` : `[0:${video.index}]`;
    const isLast = at === outputs.length - 1;
    const output = isLast ? `[rung${at}]` : `,split=2[rung${at}][next${at + 1}]`;
    return `${input}${filters.join(",")}${output}`;
  });
  return chains.join(";");
}

function videoOutputArgs(
  output: VideoOutput,
  place: { at: number; threads: number; colours: OutputColours },
  config: Settings,
): string[] {
  const { rung } = output;
  const { colours } = place;
  return [
    ...["-map", `[rung${place.at}]`],
    ...["-c:v", "libx264", "-preset", config.encodePreset, "-threads", String(place.threads)],
    ...["-profile:v", "high", "-level:v", rung.level, "-pix_fmt", "yuv420p"],
    ...[
      "-crf",
      String(rung.crf),
      "-maxrate",
      String(rung.maxBitrateBps),
      "-bufsize",
      String(rung.bufferBits),
    ],
    // closed GOPs of one length at a constant rate: key frames of all rungs meet
    ...["-g", String(rung.gopFrames), "-keyint_min", String(rung.gopFrames), "-sc_threshold", "0"],
    ...["-x264-params", ["open-gop=0", ...thriftParams(config.encodePreset)].join(":")],
    ...["-color_primaries", colours, "-color_trc", colours === "bt709" ? "bt709" : "smpte170m"],
    ...["-colorspace", colours, "-color_range", "tv"],
    ...["-fps_mode", "passthrough"],
    ...containerArgs(
      output.fileName,
      ["-movflags", "+frag_keyframe+delay_moov+default_base_moof+skip_trailer"],
      config,
    ),
  ];
}

/**
 * Measured on street, webcam and drawn clips: a tenth less time than plain `veryfast` at the same SSIM and bytes (within
 * half a percent). Slower presets are asked for because of what this leaves out.
 */
function thriftParams(preset: Settings["encodePreset"]): string[] {
  return preset === "veryfast" ? ["me=dia", "b-adapt=0"] : [];
}

function audioOutputArgs({ track, fileName }: AudioOutput, config: Settings): string[] {
  return [
    ...["-map", `0:${track.index}`, "-af", audioFilters(track).join(",")],
    ...["-c:a", "aac", "-profile:a", "aac_low", "-b:a", String(toAudioBitrateBps(track.channelCount))],
    ...["-frag_duration", "4000000"],
    ...containerArgs(fileName, ["-movflags", "+delay_moov+default_base_moof+skip_trailer"], config),
  ];
}

/** Titles, dates and places stay out of what viewers get. */
function containerArgs(fileName: string, movFlags: readonly string[], config: Settings): string[] {
  return [
    ...["-map_metadata", "-1", "-map_chapters", "-1", "-t", String(config.maxDurationSeconds)],
    ...movFlags,
    ...["-f", "mp4", fileName],
  ];
}

function audioFilters(track: AudioInfo): string[] {
  // gaps become silence, and so does the time before audio that begins late
  const resample = `aresample=${sampleRateHz}:async=1:first_pts=0`;
  // the encoder's own lead-in takes the place of the first samples, so that sample n is heard at its own time
  const forPriming = `atrim=start_sample=${aacPrimingSamples}`;
  const format = `aformat=sample_fmts=fltp:sample_rates=${sampleRateHz}:channel_layouts=`;
  if (track.channelCount === 1) return [resample, `${format}mono`, forPriming];
  if (track.channelCount === 2) return [resample, `${format}stereo`, forPriming];
  // speech sits in the centre: keep it as loud as it is, and let a limiter take the rare peaks
  const mix = "center_mix_level=0.7071:surround_mix_level=0.5:lfe_mix_level=0:rematrix_maxval=1.5";
  return [`${resample}:${mix}`, `${format}stereo`, "alimiter=limit=0.97:level=disabled", forPriming];
}
