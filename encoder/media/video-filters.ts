import { type Rational, toNumber } from "./frame-rate.rules.ts";
import type { VideoInfo } from "./source-info.ts";

/** Size of a picture. */
export interface PictureSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** What a picture's colours are called in a stream. */
export type OutputColours = "bt709" | "smpte170m";

/** Standard definition keeps its own matrix: turning it would cost quality and time, and every player reads the tag. */
export function toOutputColours(video: VideoInfo): OutputColours {
  return video.dynamicRange === "sdr" && video.matrix === "smpte170m" ? "smpte170m" : "bt709";
}

/**
 * Filters that make any picture an upright progressive 8-bit one with square pixels, of this size.
 * FFmpeg itself has turned it before they see it.
 */
export function normalizeFilters(video: VideoInfo, size: PictureSize): string[] {
  const deinterlace = video.isInterlaced ? ["bwdif=mode=send_frame:parity=auto:deint=all"] : [];
  // a progressive frame that says it is two fields would be scaled as such
  return [...deinterlace, ...toStandardRange(video, size), "setsar=1", "setfield=prog"];
}

/** One constant rate from time 0 on: late video is preceded by its first frame, so that it stays with its audio. */
export function rateFilter(rate: Rational): string {
  return `fps=fps=${rate.num}/${rate.den}:start_time=0`;
}

/** Takes every n-th frame of a constant rate. */
export function slowFilter(from: Rational, to: Rational): string[] {
  return toNumber(to) < toNumber(from) ? [`fps=fps=${to.num}/${to.den}:start_time=0`] : [];
}

/** Makes a normalised picture smaller: the same kernel as swscale's `bicubic`, by zimg at a third of the time. */
export function shrinkFilter(size: PictureSize): string {
  return `zscale=w=${size.widthPx}:h=${size.heightPx}:filter=bicubic:param_a=0:param_b=0.6,setsar=1`;
}

function toStandardRange(video: VideoInfo, { widthPx, heightPx }: PictureSize): string[] {
  const size = `w=${widthPx}:h=${heightPx}`;
  const range = video.isFullRange ? "full" : "limited";
  const wideGamut = `pin=bt2020:min=bt2020nc:rin=${range}`;
  if (video.dynamicRange !== "sdr") {
    const transfer = video.dynamicRange === "pq" ? "smpte2084" : "arib-std-b67";
    return [
      // linear light in floats, 100 cd/m² as reference white
      `zscale=${size}:tin=${transfer}:${wideGamut}:t=linear:npl=100`,
      "format=gbrpf32le",
      "zscale=p=bt709",
      "tonemap=tonemap=hable:desat=0",
      "zscale=t=bt709:m=bt709:p=bt709:r=limited",
      "format=yuv420p",
    ];
  }
  if (video.matrix === "bt2020") {
    return [`zscale=${size}:tin=bt709:${wideGamut}:t=bt709:m=bt709:p=bt709:r=limited`, "format=yuv420p"];
  }
  const fromRange = video.isFullRange ? ":in_range=full:out_range=limited" : "";
  const toMatrix = video.matrix === "rgb" ? ":out_color_matrix=bt709" : "";
  return [`scale=${widthPx}:${heightPx}:flags=bicubic${fromRange}${toMatrix}`, "format=yuv420p"];
}
