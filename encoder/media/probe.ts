import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ShoalError } from "#common/errors.ts";
import { assertWhole } from "./container-check.ts";
import { runTool, ToolFailure, type ToolRun } from "./ffmpeg-runner.ts";
import type { SourceFile } from "./input-args.ts";
import type { MediaConfig } from "./media.config.ts";
import {
  type ChosenStreams,
  chooseStreams,
  declaredDurationSeconds,
  declaredScan,
  tooBigPicture,
  toVideoInfo,
} from "./probe.rules.ts";
import { describeArgs, firstPacketsArgs, measureArgs, scanArgs } from "./probe-args.ts";
import { type ProbeStream, probeOutputSchema } from "./probe-output.ts";
import { sniffBytes, sniffContainer } from "./sniff.rules.ts";
import type { SourceInfo } from "./source-info.ts";

/** A probe that takes longer reads a file that was made to take long. */
const probeWallMs = 40_000;
const shortestSeconds = 0.1;

/** What {@link probe} needs. */
export interface ProbeRequest {
  readonly sourcePath: string;
  /** Existing folder for files in passing. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly config: MediaConfig;
}

/**
 * Looks at a file that nobody has vouched for. Nothing is decoded but a few frames.
 * Throws `encode.empty`, `.not_media`, `.no_streams`, `.truncated`, `.unreadable`, `.too_short`, `.too_long`, `.too_big_picture`.
 */
export async function probe(request: ProbeRequest): Promise<SourceInfo> {
  const { sourcePath, config } = request;
  const { size: sizeBytes } = await stat(sourcePath);
  const source: SourceFile = { path: sourcePath, container: sniffContainer(await readHead(sourcePath)) };
  await assertWhole(sourcePath, source.container);
  const output = await readDescription(source, request);
  const chosen = await withoutStills(source, chooseStreams(output, config.maxPicturePixels), request);
  const declaredSeconds = declaredDurationSeconds(output, chosen);
  const durationSeconds = declaredSeconds ?? (await measureSeconds(source, chosen, request));
  if (durationSeconds > config.maxDurationSeconds) {
    throw new ShoalError(
      "encode.too_long",
      `This file lasts ${toHours(durationSeconds)}, this server takes ${toHours(config.maxDurationSeconds)}.`,
    );
  }
  if (durationSeconds < shortestSeconds) throw tooShort();
  const isInterlaced = chosen.video ? await isStreamInterlaced(source, chosen.video, request) : false;
  return {
    ...source,
    sizeBytes,
    durationSeconds,
    isDurationDeclared: declaredSeconds !== undefined,
    video: chosen.video && toVideoInfo(chosen.video, isInterlaced),
    audio: chosen.audio,
    subtitles: chosen.subtitles,
    coverIndex: chosen.coverIndex,
  };
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(sniffBytes);
    const { bytesRead } = await file.read(head, 0, sniffBytes, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readDescription(source: SourceFile, request: ProbeRequest) {
  const { stdout, stderr } = await look("ffprobe", describeArgs(source, request.config), request);
  const tooBig = /Picture size (\d+)x(\d+) (?:exceeds|is invalid)/.exec(stderr);
  if (tooBig) throw tooBigPicture(tooBig[1] ?? "", tooBig[2] ?? "");
  const output = probeOutputSchema.safeParse(JSON.parse(stdout));
  if (!output.success) throw unreadable(output.error);
  return output.data;
}

/** A picture that stands still for the length of the audio is its cover; one frame alone is no video. */
async function withoutStills(
  source: SourceFile,
  chosen: ChosenStreams,
  request: ProbeRequest,
): Promise<ChosenStreams> {
  if (!chosen.video) return chosen;
  const { index } = chosen.video;
  const { stdout } = await look("ffprobe", firstPacketsArgs(source, index, request.config), request);
  const packetCount = stdout.split("\n").filter((line) => line.trim() !== "").length;
  if (packetCount > 1) return chosen;
  if (chosen.audio.length === 0) throw packetCount === 0 ? unreadable() : tooShort();
  return { ...chosen, video: undefined, coverIndex: chosen.coverIndex ?? index };
}

async function measureSeconds(
  source: SourceFile,
  chosen: ChosenStreams,
  request: ProbeRequest,
): Promise<number> {
  const indexes = [chosen.video?.index, ...chosen.audio.map(({ index }) => index)];
  let seconds = 0;
  const args = measureArgs(
    source,
    indexes.filter((index) => index !== undefined),
    request.config,
  );
  await look("ffmpeg", args, request, (progress) => {
    seconds = Math.max(seconds, progress.outSeconds ?? 0);
  });
  return seconds;
}

async function isStreamInterlaced(
  source: SourceFile,
  stream: ProbeStream,
  request: ProbeRequest,
): Promise<boolean> {
  const declared = declaredScan(stream);
  if (declared !== "unknown") return declared === "interlaced";
  const outputName = "scan.txt";
  const fromSeconds = (stream.duration ?? 0) / 4;
  const args = scanArgs(source, { streamIndex: stream.index, fromSeconds, outputName }, request.config);
  await look("ffmpeg", args, request);
  const lines = await readFile(join(request.workDir, outputName), "utf8").catch(() => "");
  const count = (kind: string) => lines.split(`current_frame=${kind}`).length - 1;
  return count("tff") + count("bff") > count("progressive");
}

async function look(
  tool: ToolRun["tool"],
  args: readonly string[],
  request: ProbeRequest,
  onProgress?: ToolRun["onProgress"],
) {
  const limits = { wallMs: probeWallMs, fileBytes: 16 * 1024 ** 2 };
  const run = { tool, args, cwd: request.workDir, limits, signal: request.signal };
  try {
    return await runTool(onProgress ? { ...run, onProgress } : run, request.config);
  } catch (cause) {
    if (cause instanceof ToolFailure) throw unreadable(cause);
    throw cause;
  }
}

function unreadable(cause?: unknown): ShoalError {
  return new ShoalError(
    "encode.unreadable",
    "This file is damaged: no video or audio could be read from it.",
    {
      cause,
    },
  );
}

function tooShort(): ShoalError {
  return new ShoalError("encode.too_short", "This is a single picture: a video has at least two frames.");
}

function toHours(seconds: number): string {
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`;
}
