import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runTool } from "../../media/ffmpeg-runner.ts";
import { testConfig } from "../../media/testing/clips.ts";
import type { BroadcastOnDisk } from "./broadcast-on-disk.ts";

const limits = { wallMs: 60_000, fileBytes: 512 * 1024 ** 2 };
const signal = new AbortController().signal;

/** Decodes every frame of a recording as a player would; `warnings` is all that FFmpeg had to say. */
export async function decodeRecording(
  recording: BroadcastOnDisk,
  tempDir: string,
  masterName = "master-1.m3u8",
): Promise<{ warnings: string; seconds: number }> {
  const dir = await mkdtemp(join(tempDir, "decode-"));
  for (const path of recording.paths.filter((name) => /\.(m3u8|m4s|mp4)$/.test(name))) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), await recording.bytes(path));
  }
  let seconds = 0;
  const { stderr } = await runTool(
    {
      tool: "ffmpeg",
      args: [
        ...["-loglevel", "warning", "-xerror", "-i", masterName, "-map", "0"],
        // pictures of a busy camera are closer to each other than its frame rate says: their own times are looked at
        ...["-fps_mode", "passthrough", "-enc_time_base:v", "1/90000", "-f", "null", "-"],
      ],
      cwd: dir,
      limits,
      signal,
      onProgress: ({ outSeconds = 0 }) => {
        seconds = Math.max(seconds, outSeconds);
      },
    },
    testConfig,
  );
  // that is what it says of a second EXT-X-MAP (RFC 8216 §4.3.2.5); key frames carry what a decoder needs
  const warnings = stderr.split("\n").filter((line) => !line.includes("Found duplicated MOOV Atom"));
  return { warnings: warnings.join("\n").trim(), seconds };
}
