import { existsSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./ffmpeg-runner.ts";
import { inputArgs } from "./input-args.ts";
import type { MediaConfig } from "./media.config.ts";
import type { RungFacts } from "./part-facts.ts";
import { openPicture } from "./poster.ts";
import type { Publisher } from "./publisher.port.ts";
import { makeStoryboardVtt, planStoryboard, type StoryboardPlan, sheetName } from "./storyboard.rules.ts";

/** What {@link makeStoryboard} needs. */
export interface StoryboardRequest {
  /** A small published rung; its key frames are what is shown. */
  readonly rung: RungFacts;
  readonly gopSeconds: number;
  /** Where FFmpeg left that rung in this attempt, if it did. */
  readonly rungFilePath: string;
  readonly workDir: string;
  readonly publish: Pick<Publisher, "put" | "read">;
  readonly signal: AbortSignal;
  readonly config: MediaConfig;
}

/** Publishes the sheets and, last, `storyboard/index.vtt`. */
export async function makeStoryboard(request: StoryboardRequest): Promise<void> {
  const { rung, workDir, publish } = request;
  const plan = planStoryboard({ ...rung, gopSeconds: request.gopSeconds });
  if (!existsSync(request.rungFilePath)) await fetchRung(request);
  await runTool(
    {
      tool: "ffmpeg",
      args: storyboardArgs(request.rungFilePath, plan, request.config),
      cwd: workDir,
      limits: { wallMs: 120_000 + rung.durationSeconds * 1000, stallMs: 60_000, fileBytes: 256 * 1024 ** 2 },
      signal: request.signal,
    },
    request.config,
  );
  for (let number = 1; number <= plan.sheetCount; number += 1) {
    const sheet = openPicture(join(workDir, `sheet-${number}.png`)).extract({
      left: 0,
      top: 0,
      width: plan.tile.widthPx * plan.columns,
      height: plan.tile.heightPx * rowsOfSheet(plan, number),
    });
    await publish.put(
      `storyboard/${sheetName(number)}`,
      await sheet.jpeg({ quality: 70, mozjpeg: true }).toBuffer(),
    );
  }
  await publish.put("storyboard/index.vtt", Buffer.from(makeStoryboardVtt(plan, rung.durationSeconds)));
}

/** ffmpeg: decodes key frames only and lays them out on sheets. */
export function storyboardArgs(
  path: string,
  plan: StoryboardPlan,
  config: Pick<MediaConfig, "maxPicturePixels">,
): string[] {
  const filters = [
    `select=not(mod(n\\,${plan.keyFrameStep}))`,
    `scale=${plan.tile.widthPx}:${plan.tile.heightPx}:flags=area`,
    `tile=${plan.columns}x${plan.rows}`,
  ];
  return [
    ...["-skip_frame", "nokey"],
    ...inputArgs({ path, container: "mov" }, config),
    ...["-vf", filters.join(","), "-fps_mode", "passthrough", "-f", "image2", "sheet-%d.png"],
  ];
}

function rowsOfSheet(plan: StoryboardPlan, number: number): number {
  const perSheet = plan.columns * plan.rows;
  const tilesHere = Math.min(perSheet, plan.tileCount - (number - 1) * perSheet);
  return Math.ceil(tilesHere / plan.columns);
}

/** An earlier attempt made the rung: take it back from where viewers get it. */
async function fetchRung({ rung, rungFilePath, publish }: StoryboardRequest): Promise<void> {
  const names = Array.from(
    { length: rung.segmentCount },
    (_, at) => `seg-${String(at + 1).padStart(5, "0")}.m4s`,
  );
  for (const name of ["init.mp4", ...names]) {
    const bytes = await publish.read(`${rung.name}/${name}`);
    if (!bytes) throw new Error(`a published segment is gone: ${rung.name}/${name}`);
    await appendFile(rungFilePath, bytes);
  }
}
