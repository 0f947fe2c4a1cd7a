import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { posterWidthsPx } from "#common/node/storage/layout.ts";
import { runTool, ToolFailure, throwIfCancelled } from "./ffmpeg-runner.ts";
import type { MediaConfig } from "./media.config.ts";
import { coverArgs, posterFrameArgs } from "./poster-args.ts";
import type { Publisher } from "./publisher.port.ts";
import type { SourceInfo, VideoInfo } from "./source-info.ts";
import type { PictureSize } from "./video-filters.ts";

/** What {@link makePoster} needs. */
export interface PosterRequest {
  readonly source: SourceInfo;
  /** Folder for files in passing. */
  readonly workDir: string;
  readonly publish: Pick<Publisher, "put">;
  readonly signal: AbortSignal;
  readonly config: MediaConfig;
}

const largestWidthPx = Math.max(...posterWidthsPx);
/** Where a good frame is looked for, as parts of the video; the start only when nothing else can be had. */
const places = [0.1, 0.25, 0.5] as const;
const limits = { wallMs: 60_000, fileBytes: 256 * 1024 ** 2 };

/** Publishes the posters of a video, or of audio with a cover. False when there is no picture to show. */
export async function makePoster(request: PosterRequest): Promise<boolean> {
  const candidates = await makeCandidates(request);
  const best = await chooseBest(candidates);
  if (best === undefined) return false;
  await publishPosters(best, request);
  return true;
}

/** Publishes one picture in all widths and formats. `picture` is a path; it is never made larger. */
export async function publishPosters(
  picture: string,
  request: { publish: Pick<Publisher, "put">; signal: AbortSignal },
): Promise<void> {
  for (const widthPx of posterWidthsPx) {
    throwIfCancelled(request.signal);
    const resized = openPicture(picture).autoOrient().resize({ width: widthPx, withoutEnlargement: true });
    const flat = resized.flatten({ background: "#000" });
    const put = async (ending: string, bytes: Buffer) =>
      await request.publish.put(`poster-${widthPx}.${ending}`, bytes);
    await put("jpg", await flat.clone().jpeg({ quality: 80, mozjpeg: true }).toBuffer());
    await put("webp", await flat.clone().webp({ quality: 78 }).toBuffer());
    await put("avif", await flat.clone().avif({ quality: 55, effort: 2 }).toBuffer());
  }
}

/** Opens a picture with bounds on its size and on the time that it may take. */
export function openPicture(path: string): Sharp {
  const maxPixels = 100_000_000;
  return sharp(path, { limitInputPixels: maxPixels, failOn: "error", pages: 1 }).timeout({ seconds: 30 });
}

async function makeCandidates(request: PosterRequest): Promise<string[]> {
  const { source, config } = request;
  const { video, coverIndex } = source;
  if (video) {
    const withVideo = { ...source, video };
    const size = toPosterSize(video);
    const candidates: string[] = [];
    for (const [at, part] of places.entries()) {
      const fileName = `poster-${at}.png`;
      const frame = { fromSeconds: source.durationSeconds * part, size, fileName };
      candidates.push(...(await take(posterFrameArgs(withVideo, frame, config), fileName, request)));
    }
    if (candidates.length > 0) return candidates;
    const first = { fromSeconds: 0, size, fileName: "poster-first.png" };
    return await take(posterFrameArgs(withVideo, first, config), first.fileName, request);
  }
  if (coverIndex === undefined) return [];
  const cover = { index: coverIndex, fileName: "cover.png" };
  return await take(coverArgs(source, cover, config), cover.fileName, request);
}

/** The picture's path, or nothing when FFmpeg found none: a video can do without. */
async function take(args: readonly string[], fileName: string, request: PosterRequest): Promise<string[]> {
  const path = join(request.workDir, fileName);
  try {
    await runTool(
      { tool: "ffmpeg", args, cwd: request.workDir, limits, signal: request.signal },
      request.config,
    );
    await openPicture(path).metadata();
    return [path];
  } catch (cause) {
    throwIfCancelled(request.signal);
    if (cause instanceof ToolFailure || isMissing(cause)) return [];
    throw cause;
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && /missing|unsupported image/i.test(cause.message);
}

/** The one with most to see: entropy, with black and white frames last. */
async function chooseBest(paths: readonly string[]): Promise<string | undefined> {
  let best: { path: string; score: number } | undefined;
  for (const path of paths) {
    const { entropy, channels } = await openPicture(path).stats();
    const brightness = channels.reduce((sum, { mean }) => sum + mean, 0) / Math.max(1, channels.length);
    const score = brightness < 20 || brightness > 240 ? entropy / 10 : entropy;
    if (!best || score > best.score) best = { path, score };
  }
  return best?.path;
}

function toPosterSize(video: VideoInfo): PictureSize {
  const widthPx = Math.min(largestWidthPx, video.widthPx);
  return { widthPx, heightPx: Math.max(1, Math.round((widthPx * video.heightPx) / video.widthPx)) };
}
