import { findChromium } from "../setup/chromium.step.mjs";
import { findFfmpeg } from "../setup/ffmpeg.step.mjs";
import { cachedWorker, isWorker } from "../setup/mediasoup-worker.step.mjs";
import { findProgram, run } from "../setup/shell.mjs";
import { findPocketBase } from "../supervisor/pocketbase.ts";
import type { Finding } from "./finding.ts";

/** What FFmpeg must bring, by the list of FFmpeg's that names it. */
const ffmpegParts: ReadonlyArray<{ list: string; name: string; state: Finding["state"]; meaning: string }> = [
  { list: "encoders", name: "libx264", state: "missing", meaning: "no video can be encoded" },
  { list: "encoders", name: "aac", state: "missing", meaning: "no sound can be encoded" },
  { list: "filters", name: "scale", state: "missing", meaning: "no lower rungs can be made" },
  { list: "filters", name: "zscale", state: "poor", meaning: "HDR videos will look washed out" },
  { list: "filters", name: "tonemap", state: "poor", meaning: "HDR videos will look washed out" },
];

/** FFmpeg, its version and what it was built with. */
export async function examineFfmpeg(): Promise<Finding[]> {
  const { version, isUsable } = await findFfmpeg();
  const program = findProgram(process.env.SHOAL_FFMPEG_PATH || "ffmpeg");
  if (!isUsable || !program) {
    const meaning = "Uploads cannot be encoded: install FFmpeg 5 or newer, with ffprobe.";
    return [{ name: "FFmpeg", state: "missing", found: version || "not found", meaning }];
  }
  const lists = new Map<string, string>();
  for (const list of ["encoders", "filters"]) lists.set(list, await readList(program, list));
  const absent = ffmpegParts.filter(
    ({ list, name }) => !new RegExp(`^\\s*\\S+\\s+${name}\\s`, "m").test(lists.get(list) ?? ""),
  );
  return [
    { name: "FFmpeg", state: "fine", found: version },
    ...absent.map(({ name, state, meaning }) => ({
      name: `FFmpeg's ${name}`,
      state,
      found: "not built in",
      meaning: `Without it ${meaning}: install a complete FFmpeg.`,
    })),
  ];
}

async function readList(program: string, list: string): Promise<string> {
  const lines: string[] = [];
  await run(program, ["-hide_banner", `-${list}`], { timeoutMs: 15_000, onLine: (line) => lines.push(line) });
  return lines.join("\n");
}

/** The WebRTC worker of this checkout. */
export async function examineWorker(root: string): Promise<Finding> {
  const { version, path } = cachedWorker(root);
  const chosen = process.env.MEDIASOUP_WORKER_BIN || path;
  return (await isWorker(chosen))
    ? { name: "WebRTC worker", state: "fine", found: `mediasoup ${version} in ${chosen}` }
    : {
        name: "WebRTC worker",
        state: "poor",
        found: `none that runs in ${chosen}`,
        meaning: "The next start downloads or builds it, which takes a few minutes.",
      };
}

/** PocketBase's binary for this platform. */
export function examinePocketBase(): Finding {
  try {
    return { name: "PocketBase", state: "fine", found: findPocketBase() };
  } catch (error) {
    const meaning = error instanceof Error ? error.message : String(error);
    return { name: "PocketBase", state: "missing", found: "not found", meaning };
  }
}

/** The browser of the tests. */
export async function examineChromium(root: string): Promise<Finding> {
  const chromium = await findChromium(root);
  return chromium
    ? { name: "Chromium", state: "fine", found: chromium.version }
    : {
        name: "Chromium",
        state: "poor",
        found: "not found",
        meaning: "Shoal runs; the browser tests and benchmarks need it, and set-up will try to install it.",
      };
}
