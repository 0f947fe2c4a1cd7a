import { spawn } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import { ShoalError } from "#common/errors.ts";
import { createProgressReader, type FfmpegProgress } from "./ffmpeg-progress.ts";
import type { MediaConfig } from "./media.config.ts";

/** What one run may cost. */
export interface RunLimits {
  readonly wallMs: number;
  /** Ended when its progress stands still for this long; absent: only the wall time counts. */
  readonly stallMs?: number;
  /** Largest single file that it may write. */
  readonly fileBytes: number;
}

/** One run of FFmpeg or ffprobe. */
export interface ToolRun {
  readonly tool: "ffmpeg" | "ffprobe";
  /** Everything but what the runner adds: `-nostdin`, `-progress` and so on. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly limits: RunLimits;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FfmpegProgress) => void;
}

/** FFmpeg gave up by itself; `output` is the end of what it said. Never shown to people. */
export class ToolFailure extends Error {
  readonly output: string;

  constructor(tool: string, exit: string, output: string) {
    super(`${tool} ended with ${exit}: ${output.split("\n").slice(-3).join(" | ")}`);
    this.name = "ToolFailure";
    this.output = output;
  }
}

/** What a run wrote to standard output (empty for `ffmpeg`) and the end of what it said on standard error. */
export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
}

const maxStdoutBytes = 64 * 1024 * 1024;
const maxStderrChars = 16 * 1024;

/**
 * Runs FFmpeg or ffprobe; the only place that does. The tool has its own process group, no network where the
 * system lets us take it away, no secrets in its environment, low priority and the limits given; it dies with us.
 * Throws {@link ToolFailure} when it gave up by itself, `encode.cancelled`, `encode.timeout` or `encode.limit_exceeded` when
 * it was ended. No process is left when the promise settles.
 */
export async function runTool(run: ToolRun, config: MediaConfig): Promise<ToolResult> {
  const wrapper = await findWrapper();
  throwIfCancelled(run.signal);
  const [command = "", ...args] = [
    ...wrapper,
    ...limitArgs(await hasPrlimit(), run.limits, config),
    ...toolArgs(run, config),
  ];
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: run.cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: toolEnv(process.env),
    });
    let refusal: ShoalError | undefined;
    const end = (reason: ShoalError) => {
      refusal ??= reason;
      killGroup(child.pid);
    };

    const stdout: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = "";
    let stallTimer: NodeJS.Timeout | undefined;
    const timedOut = () => end(new ShoalError("encode.timeout", "Encoding this file takes too long."));
    const wallTimer = setTimeout(timedOut, run.limits.wallMs);
    const restartStallTimer = () => {
      clearTimeout(stallTimer);
      if (run.limits.stallMs !== undefined) stallTimer = setTimeout(timedOut, run.limits.stallMs);
    };
    const onAbort = () => end(cancelled());
    run.signal.addEventListener("abort", onAbort, { once: true });

    let lastMark = "";
    const readProgress = createProgressReader((progress) => {
      const mark = `${progress.outSeconds} ${progress.frame} ${progress.totalBytes}`;
      if (mark !== lastMark) restartStallTimer();
      lastMark = mark;
      run.onProgress?.(progress);
    });
    const decoder = new StringDecoder("utf8");
    restartStallTimer();

    child.stdout.on("data", (chunk: Buffer) => {
      if (run.tool === "ffmpeg") return readProgress(decoder.write(chunk));
      stdoutBytes += chunk.length;
      if (stdoutBytes <= maxStdoutBytes) stdout.push(chunk);
      else end(new ShoalError("encode.limit_exceeded", "This file has more parts than can be looked at."));
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-maxStderrChars);
    });

    const settle = (finish: () => void) => {
      clearTimeout(wallTimer);
      clearTimeout(stallTimer);
      run.signal.removeEventListener("abort", onAbort);
      // a helper that outlived its leader
      killGroup(child.pid);
      finish();
    };
    child.once("error", (cause) => settle(() => reject(new Error(`could not start ${run.tool}`, { cause }))));
    child.once("close", (code, signal) =>
      settle(() => {
        if (refusal) reject(refusal);
        else if (signal === "SIGXFSZ" || /File too large/.test(stderr)) reject(tooLarge());
        else if (code === 0) resolve({ stdout: Buffer.concat(stdout).toString("utf8"), stderr });
        else reject(new ToolFailure(run.tool, signal ?? `code ${code}`, stderr.trim()));
      }),
    );
  });
}

/** Throws `encode.cancelled` when the job was called off. */
export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw cancelled();
}

function cancelled(): ShoalError {
  return new ShoalError("encode.cancelled", "Encoding was stopped.");
}

function tooLarge(): ShoalError {
  return new ShoalError("encode.limit_exceeded", "Encoding this file would need too much space.");
}

function toolArgs(run: ToolRun, config: MediaConfig): string[] {
  const bounds = ["-hide_banner", "-max_alloc", String(1024 ** 3)];
  if (run.tool === "ffprobe") return [config.ffprobePath, ...bounds, "-loglevel", "error", ...run.args];
  const progress = ["-progress", "pipe:1", "-stats_period", "0.5", "-nostats"];
  return [
    config.ffmpegPath,
    "-nostdin",
    "-y",
    ...bounds,
    "-loglevel",
    "level+error",
    ...progress,
    ...run.args,
  ];
}

/** No secret of ours, and only what a program needs to run. */
function toolEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: "C", AV_LOG_FORCE_NOCOLOR: "1" };
}

function limitArgs(isAvailable: boolean, limits: RunLimits, config: MediaConfig): string[] {
  if (!isAvailable) return [];
  const memory = config.encodeMemoryMib > 0 ? [`--as=${config.encodeMemoryMib * 1024 ** 2}`] : [];
  return ["prlimit", ...memory, `--fsize=${Math.ceil(limits.fileBytes)}`, "--core=0", "--"];
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // the group is gone already
  }
}

let wrapperFound: Promise<string[]> | undefined;
let prlimitFound: Promise<boolean> | undefined;

/** The helpers that take something away from a tool, as far as this system has and permits them. */
function findWrapper(): Promise<string[]> {
  wrapperFound ??= (async () => {
    const nice = ["nice", "-n", "10"];
    // an own network namespace: not even loopback; as root, or as anybody where user namespaces are allowed
    const noNetwork = ["unshare", "-n", "--"];
    const noNetworkAsUser = ["unshare", "-r", "-n", "--"];
    // the tool ends when this process does, however it ends
    const diesWithUs = ["setpriv", "--pdeathsig", "KILL", "--"];
    const found: string[] = [];
    if (await works(nice)) found.push(...nice);
    if (await works(noNetwork)) found.push(...noNetwork);
    else if (await works(noNetworkAsUser)) found.push(...noNetworkAsUser);
    if (await works(diesWithUs)) found.push(...diesWithUs);
    return found;
  })();
  return wrapperFound;
}

function hasPrlimit(): Promise<boolean> {
  prlimitFound ??= works(["prlimit", "--core=0", "--"]);
  return prlimitFound;
}

async function works(wrapper: readonly string[]): Promise<boolean> {
  const [command = "", ...args] = [...wrapper, "true"];
  return await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", env: toolEnv(process.env), timeout: 5000 });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
