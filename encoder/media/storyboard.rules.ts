import type { PictureSize } from "./video-filters.ts";

/** How the small pictures of a video lie on their sheets. */
export interface StoryboardPlan {
  readonly tile: PictureSize;
  readonly columns: number;
  readonly rows: number;
  readonly tileCount: number;
  readonly sheetCount: number;
  /** Every n-th key frame becomes a tile. */
  readonly keyFrameStep: number;
  readonly intervalSeconds: number;
}

const sheetSide = 10;
const maxTiles = 600;
const longSidePx = 160;

/** One tile a GOP for short videos; fewer for long ones, so that there are never more than six sheets. */
export function planStoryboard(
  video: PictureSize & { durationSeconds: number; gopSeconds: number },
): StoryboardPlan {
  const keyFrames = Math.max(1, Math.ceil(video.durationSeconds / video.gopSeconds - 0.01));
  const keyFrameStep = Math.ceil(keyFrames / maxTiles);
  const tileCount = Math.ceil(keyFrames / keyFrameStep);
  const scale = longSidePx / Math.max(video.widthPx, video.heightPx);
  const toSide = (px: number) => Math.max(2, 2 * Math.round((px * scale) / 2));
  const columns = Math.min(sheetSide, tileCount);
  return {
    tile: { widthPx: toSide(video.widthPx), heightPx: toSide(video.heightPx) },
    columns,
    rows: Math.min(sheetSide, Math.ceil(tileCount / columns)),
    tileCount,
    sheetCount: Math.ceil(tileCount / sheetSide ** 2),
    keyFrameStep,
    intervalSeconds: keyFrameStep * video.gopSeconds,
  };
}

/** File name of a sheet, from 1. */
export function sheetName(number: number): string {
  return `sheet-${number}.jpg`;
}

/** WebVTT that says which part of which sheet shows which time (`#xywh`, Media Fragments §4.2.2). */
export function makeStoryboardVtt(plan: StoryboardPlan, durationSeconds: number): string {
  const { tile, columns, rows } = plan;
  const cues = Array.from({ length: plan.tileCount }, (_, at) => {
    const inSheet = at % (columns * rows);
    const xPx = (inSheet % columns) * tile.widthPx;
    const yPx = Math.floor(inSheet / columns) * tile.heightPx;
    const isLast = at === plan.tileCount - 1;
    const endSeconds = isLast
      ? Math.max(durationSeconds, at * plan.intervalSeconds + 0.1)
      : (at + 1) * plan.intervalSeconds;
    const place = `${sheetName(Math.floor(at / (columns * rows)) + 1)}#xywh=${xPx},${yPx},${tile.widthPx},${tile.heightPx}`;
    return `${toVttTime(at * plan.intervalSeconds)} --> ${toVttTime(endSeconds)}\n${place}\n`;
  });
  return `WEBVTT\n\n${cues.join("\n")}`;
}

/** `hh:mm:ss.mmm`. */
export function toVttTime(seconds: number): string {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  const pad = (value: number, length: number) => String(Math.floor(value)).padStart(length, "0");
  const hours = pad(milliseconds / 3_600_000, 2);
  const minutes = pad((milliseconds / 60_000) % 60, 2);
  return `${hours}:${minutes}:${pad((milliseconds / 1000) % 60, 2)}.${pad(milliseconds % 1000, 3)}`;
}
