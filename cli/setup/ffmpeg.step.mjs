import { installWithApt } from "./apt.mjs";
import { SetupError } from "./setup-error.mjs";
import { findProgram, run } from "./shell.mjs";

const leastMajor = 5;

/** FFmpeg and ffprobe, 5 or newer: the system's, else the distribution's package. */
export const ffmpegStep = {
  name: "FFmpeg",
  /** @param {import("./steps.mjs").Progress} progress */
  async run(progress) {
    const found = await findFfmpeg();
    if (found.isUsable) return found.version;
    if (await installWithApt(["ffmpeg"], progress)) {
      const installed = await findFfmpeg();
      if (installed.isUsable) return `${installed.version}, installed`;
    }
    throw new SetupError(
      `Install FFmpeg ${leastMajor} or newer so that ffmpeg and ffprobe are in PATH (Debian, Ubuntu: sudo apt-get install ` +
        `ffmpeg; Fedora: sudo dnf install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), because ` +
        `${found.version === "" ? "there is none" : `the one there is ${found.version}`}.`,
    );
  },
};

/** What FFmpeg PATH offers; `version` is empty when there is none. */
export async function findFfmpeg() {
  const { SHOAL_FFMPEG_PATH, SHOAL_FFPROBE_PATH } = process.env;
  const programs = [findProgram(SHOAL_FFMPEG_PATH || "ffmpeg"), findProgram(SHOAL_FFPROBE_PATH || "ffprobe")];
  const versions = await Promise.all(programs.map(readVersion));
  const isUsable = versions.every((version) => version !== "" && isNewEnough(version));
  return { version: versions[0] ?? "", isUsable };
}

/** @param {string | undefined} program */
async function readVersion(program) {
  if (!program) return "";
  const { code, tail } = await run(program, ["-version"], { timeoutMs: 10_000 });
  return code === 0 ? (/^ff\w+ version (\S+)/m.exec(tail)?.[1] ?? "") : "";
}

/** Builds from the development branch are named by revision (`N-1234-…`, `git-…`) and count as new. @param {string} version */
export function isNewEnough(version) {
  const major = /^n?(\d+)\./.exec(version)?.[1];
  return major === undefined ? /^(N-|git-|\d{4}-)/.test(version) : Number(major) >= leastMajor;
}
