import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "#common/node/config.ts";
import { runTool } from "../ffmpeg-runner.ts";
import { mediaConfig } from "../media.config.ts";

/** Settings of the tests: the fastest preset, all else as shipped. */
export const testConfig = { ...loadConfig(mediaConfig, {}), encodePreset: "ultrafast" as const };

/** A clip to be made: its name, and FFmpeg's arguments in front of it. */
export interface ClipRecipe {
  readonly name: string;
  readonly args: readonly string[];
}

/** Makes a clip in a folder; resolves with its path. */
export async function makeClip(dir: string, recipe: ClipRecipe): Promise<string> {
  const limits = { wallMs: 60_000, fileBytes: 256 * 1024 ** 2 };
  const signal = new AbortController().signal;
  await runTool(
    { tool: "ffmpeg", args: [...recipe.args, recipe.name], cwd: dir, limits, signal },
    { ...testConfig, encodeMemoryMib: 0 },
  );
  return join(dir, recipe.name);
}

/** Arguments of a moving picture. */
export function picture(options: { size?: string; fps?: string | number; seconds?: number } = {}): string[] {
  const { size = "426x240", fps = 25, seconds = 3 } = options;
  return ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${fps}:duration=${seconds}`];
}

/** Arguments of a tone in one or more channels. */
export function tone(
  options: { channels?: "mono" | "stereo" | "5.1"; hertz?: number; seconds?: number } = {},
): string[] {
  const { channels = "stereo", hertz = 440, seconds = 3 } = options;
  const source = `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`;
  return ["-f", "lavfi", "-i", `${source},aformat=channel_layouts=mono,pan=${channels}|${panOf(channels)}`];
}

/** Blue with a red top left quarter: shows which way is up. */
export function quarters(size: string, seconds = 2): string[] {
  const red = "drawbox=x=0:y=0:w=iw/2:h=ih/2:color=red:t=fill";
  return ["-f", "lavfi", "-i", `color=c=blue:size=${size}:rate=25:duration=${seconds},${red}`];
}

/** Black and silent, then white and loud from `atSeconds` on: shows whether sound and picture keep together. */
export function clap(atSeconds: number, seconds = 3): string[] {
  const flash = `color=c=black:size=320x180:rate=25:duration=${seconds},drawbox=color=white:t=fill:enable=gte(t\\,${atSeconds})`;
  const beep = `sine=frequency=1000:sample_rate=48000:duration=${seconds},volume=enable=lt(t\\,${atSeconds}):volume=0`;
  return ["-f", "lavfi", "-i", flash, "-f", "lavfi", "-i", beep];
}

/** Usual H.264. */
export const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] as const;
/** Usual AAC. */
export const aac = ["-c:a", "aac", "-b:a", "96k"] as const;

/** Writes a turn into the track header of an MP4 (ISO 14496-12 §8.3.2): clockwise, as a phone would. */
export async function turnMp4(path: string, degrees: 90 | 180 | 270): Promise<void> {
  const bytes = await readFile(path);
  const at = bytes.indexOf("tkhd");
  const one = 0x10000;
  const matrices = {
    90: [0, one, 0, -one, 0, 0],
    180: [-one, 0, 0, 0, -one, 0],
    270: [0, -one, 0, one, 0, 0],
  };
  const matrixAt = at + 4 + 40;
  matrices[degrees].forEach((value, n) => {
    bytes.writeInt32BE(value, matrixAt + n * 4);
  });
  await writeFile(path, bytes);
}

function panOf(channels: "mono" | "stereo" | "5.1"): string {
  const count = { mono: 1, stereo: 2, "5.1": 6 }[channels];
  return Array.from({ length: count }, (_, at) => `c${at}=c0`).join("|");
}
