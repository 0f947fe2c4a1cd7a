/** What FFmpeg's `-progress` says now and then. */
export interface FfmpegProgress {
  /** How far the outputs are, in seconds of media; `undefined` while nothing was written. */
  readonly outSeconds: number | undefined;
  readonly frame: number;
  readonly totalBytes: number;
}

/**
 * Reads the `key=value` lines of `-progress pipe:`; each block ends with the key `progress`.
 * Returns a function that takes text as it comes and calls `onBlock` once a block.
 */
export function createProgressReader(onBlock: (progress: FfmpegProgress) => void): (text: string) => void {
  const maxLineLength = 1000;
  let pending = "";
  let block = new Map<string, string>();
  const take = (line: string) => {
    const at = line.indexOf("=");
    if (at < 0) return;
    const key = line.slice(0, at);
    block.set(key, line.slice(at + 1).trim());
    if (key !== "progress") return;
    onBlock(toProgress(block));
    block = new Map();
  };
  return (text) => {
    const lines = (pending + text).split("\n");
    pending = (lines.pop() ?? "").slice(-maxLineLength);
    for (const line of lines) take(line);
  };
}

function toProgress(block: ReadonlyMap<string, string>): FfmpegProgress {
  const microseconds = Number.parseInt(block.get("out_time_us") ?? "", 10);
  return {
    outSeconds: Number.isFinite(microseconds) ? Math.max(0, microseconds / 1e6) : undefined,
    frame: Number.parseInt(block.get("frame") ?? "", 10) || 0,
    totalBytes: Number.parseInt(block.get("total_size") ?? "", 10) || 0,
  };
}
