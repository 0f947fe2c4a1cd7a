import { inputArgs, type SourceFile } from "./input-args.ts";
import type { MediaConfig } from "./media.config.ts";
import type { SourceInfo, VideoInfo } from "./source-info.ts";
import { normalizeFilters, type PictureSize } from "./video-filters.ts";

type Limits = Pick<MediaConfig, "maxPicturePixels">;

/** Frames that are compared around each place. */
const comparedFrames = 12;

/** ffmpeg: the most typical of the frames from a time on, as PNG. */
export function posterFrameArgs(
  source: SourceInfo & { readonly video: VideoInfo },
  frame: { fromSeconds: number; size: PictureSize; fileName: string },
  config: Limits,
): string[] {
  const filters = [...normalizeFilters(source.video, frame.size), `thumbnail=n=${comparedFrames}`];
  return [
    ...["-ss", frame.fromSeconds.toFixed(3)],
    ...inputArgs(source, config),
    ...["-map", `0:${source.video.index}`, "-vf", filters.join(",")],
    ...["-frames:v", "1", "-f", "image2", "-update", "1", frame.fileName],
  ];
}

/** ffmpeg: a picture that goes with the audio, as PNG. */
export function coverArgs(
  source: SourceFile,
  cover: { index: number; fileName: string },
  config: Limits,
): string[] {
  return [
    ...inputArgs(source, config),
    ...["-map", `0:${cover.index}`, "-frames:v", "1", "-f", "image2", "-update", "1", cover.fileName],
  ];
}
