import { inputArgs, type SourceFile } from "./input-args.ts";
import type { MediaConfig } from "./media.config.ts";

type Limits = Pick<MediaConfig, "maxPicturePixels">;

/** ffprobe: container and streams as JSON. */
export function describeArgs(source: SourceFile, config: Limits): string[] {
  return ["-show_format", "-show_streams", "-of", "json", ...inputArgs(source, config)];
}

/** ffprobe: one line for each of the first packets of a stream. */
export function firstPacketsArgs(source: SourceFile, streamIndex: number, config: Limits): string[] {
  return [
    ...["-select_streams", String(streamIndex), "-read_intervals", "%+#3"],
    ...["-show_entries", "packet=size", "-of", "csv=p=0"],
    ...inputArgs(source, config),
  ];
}

/** ffmpeg: reads all packets and decodes none; its progress ends with the time of the last. */
export function measureArgs(source: SourceFile, streamIndexes: readonly number[], config: Limits): string[] {
  return [
    ...inputArgs(source, config),
    ...streamIndexes.flatMap((index) => ["-map", `0:${index}`]),
    ...["-c", "copy", "-f", "null", "-"],
  ];
}

/** ffmpeg: judges whether frames are interlaced; writes one line a frame into `outputName` of the folder it runs in. */
export function scanArgs(
  source: SourceFile,
  options: { streamIndex: number; fromSeconds: number; outputName: string },
  config: Limits,
): string[] {
  const print = `metadata=mode=print:key=lavfi.idet.multiple.current_frame:file=${options.outputName}`;
  return [
    ...["-ss", options.fromSeconds.toFixed(3), "-noautorotate"],
    ...inputArgs(source, config),
    ...["-map", `0:${options.streamIndex}`, "-frames:v", "120", "-vf", `idet,${print}`, "-f", "null", "-"],
  ];
}
