import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { clockLook, readGreyClock } from "./clock-picture.ts";

/** What is in a recording: the painted times of all its frames, and what the decoder had to say. */
export interface RecordedClock {
  readonly shownMs: readonly number[];
  readonly complaints: string;
}

/** Decodes all of it, picture and sound. When a frame is due does not matter here (`-vsync drop`), what it shows does. */
export async function readRecordedClock(playlistUrl: string): Promise<RecordedClock> {
  const { widthPx, heightPx } = clockLook;
  const look = `scale=${widthPx}:${heightPx}:flags=area,format=gray`;
  const { stdout, stderr } = await promisify(execFile)(
    "ffmpeg",
    [
      ...["-v", "error", "-nostdin", "-i", playlistUrl],
      ...["-map", "0:v:0", "-vf", look, "-vsync", "drop", "-f", "rawvideo", "pipe:1"],
      ...["-map", "0:a:0", "-f", "null", "-"],
    ],
    { encoding: "buffer", maxBuffer: 2 ** 28, timeout: 60_000 },
  );
  const sizeBytes = widthPx * heightPx;
  const nowMs = Date.now();
  const shownMs = Array.from({ length: Math.floor(stdout.length / sizeBytes) }, (_, frame) =>
    readGreyClock(stdout.subarray(frame * sizeBytes, (frame + 1) * sizeBytes), nowMs),
  );
  return { shownMs, complaints: stderr.toString().trim() };
}
