import { readdir, readFile } from "node:fs/promises";

/** Command lines of living processes that name this text; nothing where there is no /proc. */
export async function findProcesses(text: string): Promise<string[]> {
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")),
  );
  return lines
    .map((line) => line.replaceAll("\0", " "))
    .filter((line) => /ffmpeg|ffprobe/.test(line) && line.includes(text));
}
