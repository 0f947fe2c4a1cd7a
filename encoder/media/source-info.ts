import type { Rational } from "./frame-rate.rules.ts";
import type { SourceFile } from "./input-args.ts";

/** How bright the brightest may be: `pq` and `hlg` must be tone-mapped. */
export type DynamicRange = "sdr" | "pq" | "hlg";

/** The matrix that makes YUV of RGB; `rgb` sources have none yet. */
export type ColourMatrix = "bt709" | "smpte170m" | "bt2020" | "rgb";

/** The one video stream of a source that is shown. */
export interface VideoInfo {
  /** Stream index in the file. */
  readonly index: number;
  readonly codec: string;
  /** Size after rotation and with square pixels. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** The constant rate that it is brought to. */
  readonly frameRate: Rational;
  readonly isInterlaced: boolean;
  readonly dynamicRange: DynamicRange;
  readonly matrix: ColourMatrix;
  readonly isFullRange: boolean;
}

/** One audio track of a source. */
export interface AudioInfo {
  readonly index: number;
  readonly channelCount: number;
  /** BCP 47; `und` when nobody says. */
  readonly language: string;
  /** What the track is called, or empty. */
  readonly title: string;
  readonly isDefault: boolean;
}

/** One text subtitle of a source. */
export interface SubtitleInfo {
  readonly index: number;
  readonly language: string;
  readonly title: string;
}

/** All that is known of a source before it is decoded. */
export interface SourceInfo extends SourceFile {
  readonly sizeBytes: number;
  readonly durationSeconds: number;
  /** True when the container says it, so that missing media can be noticed. */
  readonly isDurationDeclared: boolean;
  readonly video: VideoInfo | undefined;
  readonly audio: readonly AudioInfo[];
  readonly subtitles: readonly SubtitleInfo[];
  /** Stream index of a picture that goes with the audio. */
  readonly coverIndex: number | undefined;
}
