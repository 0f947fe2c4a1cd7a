import type { ToolPipe } from "../media/ffmpeg-runner.ts";

/** A running FFmpeg that takes FLV and sends RTP. */
export type IngestProcess = Pick<ToolPipe, "stdin" | "ended" | "close">;

/** Starts FFmpeg with these argv tokens; it may send over the network. */
export type StartIngestProcess = (args: readonly string[]) => IngestProcess;
