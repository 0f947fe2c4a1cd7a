import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaptionTrack } from "#common/videos/video.ts";
import { cleanWebVtt } from "./captions.rules.ts";
import { runTool, ToolFailure, throwIfCancelled } from "./ffmpeg-runner.ts";
import { inputArgs } from "./input-args.ts";
import { toLanguageName } from "./language.rules.ts";
import type { MediaConfig } from "./media.config.ts";
import type { Publisher } from "./publisher.port.ts";
import type { SourceInfo, SubtitleInfo } from "./source-info.ts";

/** What {@link makeCaptions} needs. */
export interface CaptionsRequest {
  readonly source: SourceInfo;
  readonly workDir: string;
  readonly publish: Pick<Publisher, "put">;
  readonly signal: AbortSignal;
  readonly config: MediaConfig;
}

const maxCaptionBytes = 8 * 1024 ** 2;

/** Publishes each text subtitle of a source as `captions/<key>.vtt`; one that cannot be read is left out. */
export async function makeCaptions(request: CaptionsRequest): Promise<CaptionTrack[]> {
  const tracks: CaptionTrack[] = [];
  for (const [ordinal, subtitle] of request.source.subtitles.entries()) {
    const vtt = await extract(subtitle, ordinal, request);
    if (vtt === undefined) continue;
    const key = `${subtitle.language.toLowerCase()}-${ordinal + 1}`;
    await request.publish.put(`captions/${key}.vtt`, Buffer.from(vtt));
    tracks.push({ key, language: subtitle.language, label: uniqueLabel(subtitle, tracks) });
  }
  return tracks;
}

/** ffmpeg: one subtitle as WebVTT. */
export function captionArgs(
  source: SourceInfo,
  subtitle: { index: number; fileName: string },
  config: Pick<MediaConfig, "maxPicturePixels">,
): string[] {
  return [
    ...inputArgs(source, config),
    ...["-map", `0:${subtitle.index}`, "-c:s", "webvtt", "-f", "webvtt", subtitle.fileName],
  ];
}

async function extract(
  subtitle: SubtitleInfo,
  ordinal: number,
  request: CaptionsRequest,
): Promise<string | undefined> {
  const { source, workDir, signal, config } = request;
  const fileName = `captions-${ordinal}.vtt`;
  const args = captionArgs(source, { index: subtitle.index, fileName }, config);
  const limits = { wallMs: 120_000 + source.durationSeconds * 1000, fileBytes: maxCaptionBytes };
  try {
    await runTool({ tool: "ffmpeg", args, cwd: workDir, limits, signal }, config);
    return cleanWebVtt(await readFile(join(workDir, fileName), "utf8"));
  } catch (cause) {
    throwIfCancelled(signal);
    if (cause instanceof ToolFailure) return undefined;
    throw cause;
  }
}

function uniqueLabel(subtitle: SubtitleInfo, others: readonly CaptionTrack[]): string {
  const label = subtitle.title || toLanguageName(subtitle.language) || "Captions";
  const isTaken = others.some((other) => other.label === label);
  return isTaken ? `${label} ${others.length + 1}` : label;
}
