import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import { runTool } from "../ffmpeg-runner.ts";
import { testConfig } from "./clips.ts";
import type { MemoryPublisher } from "./memory-publisher.ts";

const limits = { wallMs: 60_000, fileBytes: 256 * 1024 ** 2 };
const never = new AbortController().signal;

/** A media playlist as a player reads it. */
export interface ReadPlaylist {
  readonly targetSeconds: number;
  readonly segments: ReadonlyArray<{ name: string; seconds: number; sha256: string }>;
}

/** Reads a media playlist; throws when a segment lacks its hash or its length. */
export function readPlaylist(publisher: MemoryPublisher, folder: string): ReadPlaylist {
  const text = publisher.files.get(`${folder}/index.m3u8`)?.toString() ?? "";
  const segments: Array<{ name: string; seconds: number; sha256: string }> = [];
  let sha256: string | undefined;
  let seconds: number | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith(segmentHashTag)) sha256 = line.slice(segmentHashTag.length);
    else if (line.startsWith("#EXTINF:")) seconds = Number.parseFloat(line.slice(8));
    else if (line !== "" && !line.startsWith("#")) {
      if (!sha256 || !seconds) throw new Error(`a segment without hash or length in ${folder}: ${line}`);
      segments.push({ name: line, seconds, sha256 });
      sha256 = undefined;
      seconds = undefined;
    }
  }
  return { targetSeconds: Number(/#EXT-X-TARGETDURATION:(\d+)/.exec(text)?.[1]), segments };
}

/** Names of segments whose bytes do not have the SHA-256 that the playlist says. */
export function wrongHashes(publisher: MemoryPublisher, folder: string): string[] {
  return readPlaylist(publisher, folder)
    .segments.filter(({ name, sha256 }) => {
      const bytes = publisher.files.get(`${folder}/${name}`) ?? Buffer.alloc(0);
      return createHash("sha256").update(bytes).digest("hex") !== sha256;
    })
    .map(({ name }) => name);
}

const inspectedSchema = z.object({
  streams: z
    .array(
      z.object({
        codec_name: z.string(),
        width: z.int().optional(),
        height: z.int().optional(),
        pix_fmt: z.string().optional(),
        sample_aspect_ratio: z.string().optional(),
        color_space: z.string().optional(),
        color_transfer: z.string().optional(),
        r_frame_rate: z.string(),
        channels: z.int().optional(),
        sample_rate: z.string().optional(),
        start_time: z.coerce.number(),
        duration: z.coerce.number(),
        side_data_list: z.array(z.unknown()).optional(),
      }),
    )
    .length(1),
});

/** Initialisation segment and segments in a row, as a file, and what ffprobe says of it. */
export async function inspect(publisher: MemoryPublisher, folder: string, dir: string) {
  const path = await joinSegments(publisher, folder, dir);
  const args = ["-show_streams", "-of", "json", path];
  const { stdout } = await runTool({ tool: "ffprobe", args, cwd: dir, limits, signal: never }, testConfig);
  const [stream] = inspectedSchema.parse(JSON.parse(stdout)).streams;
  if (!stream) throw new Error("no stream");
  return { path, ...stream };
}

/** Grey pictures of 16 × 16, one a frame, of a published rung. */
export async function decodeGrey(publisher: MemoryPublisher, folder: string, dir: string): Promise<Buffer[]> {
  const raw = await decodeRaw(publisher, folder, dir, [
    "-vf",
    "scale=16:16:flags=area",
    "-pix_fmt",
    "gray",
    "-f",
    "rawvideo",
  ]);
  return Array.from({ length: Math.floor(raw.length / 256) }, (_, at) =>
    raw.subarray(at * 256, at * 256 + 256),
  );
}

/** First picture of a rung: RGB in the middle of each quarter, from the top left, row by row. */
export async function decodeQuarters(
  publisher: MemoryPublisher,
  folder: string,
  dir: string,
): Promise<number[][]> {
  const raw = await decodeRaw(publisher, folder, dir, [
    "-vf",
    "scale=8:8:flags=area",
    "-pix_fmt",
    "rgb24",
    "-frames:v",
    "1",
    "-f",
    "rawvideo",
  ]);
  const middles = [2 * 8 + 2, 2 * 8 + 6, 6 * 8 + 2, 6 * 8 + 6];
  return middles.map((at) => [...raw.subarray(at * 3, at * 3 + 3)]);
}

/** Samples of a published audio track: one channel, 48 kHz, −1 to 1. */
export async function decodeAudio(
  publisher: MemoryPublisher,
  folder: string,
  dir: string,
): Promise<Float32Array> {
  const raw = await decodeRaw(publisher, folder, dir, ["-ac", "1", "-ar", "48000", "-f", "f32le"]);
  return Float32Array.from({ length: Math.floor(raw.length / 4) }, (_, at) => raw.readFloatLE(at * 4));
}

async function decodeRaw(publisher: MemoryPublisher, folder: string, dir: string, output: readonly string[]) {
  const path = await joinSegments(publisher, folder, dir);
  const args = ["-i", path, ...output, "decoded.raw"];
  await runTool({ tool: "ffmpeg", args, cwd: dir, limits, signal: never }, testConfig);
  return await readFile(join(dir, "decoded.raw"));
}

async function joinSegments(publisher: MemoryPublisher, folder: string, dir: string): Promise<string> {
  const names = ["init.mp4", ...readPlaylist(publisher, folder).segments.map(({ name }) => name)];
  const parts = names.map((name) => publisher.files.get(`${folder}/${name}`) ?? Buffer.alloc(0));
  const path = join(dir, `${folder}-joined.mp4`);
  await writeFile(path, Buffer.concat(parts));
  return path;
}
