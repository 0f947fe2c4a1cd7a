import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { ShoalError } from "#common/errors.ts";
import { createProgressReader, type FfmpegProgress } from "./ffmpeg-progress.ts";
import type { MediaConfig } from "./media.config.ts";
import { findCage, killGroup, toolEnv } from "./tool-cage.ts";

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
  const toCage = await findCage();
  throwIfCancelled(run.signal);
  const { fileBytes } = run.limits;
  const [command = "", ...args] = [
    ...toCage({ network: "none", priority: "low", memoryMib: config.encodeMemoryMib, fileBytes }),
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

/** FFmpeg that runs as long as something is put into it: live media. */
export interface ToolPipe {
  readonly pid: number | undefined;
  /** `pipe:0`. Its errors are swallowed: {@link ToolPipe.ended} tells of the end. */
  readonly stdin: Writable;
  /** `pipe:3`, `pipe:4` and so on. Each has to be read, or FFmpeg waits. */
  readonly outputs: readonly Readable[];
  /** Settles when it is gone and all that it wrote was read, with how it went and the end of what it said; never rejects. */
  readonly ended: Promise<{ exit: string; output: string }>;
  /** Ends it at once and resolves when it is gone. To let it finish, end its standard input instead. */
  close(): Promise<void>;
}

/** One such run. */
export interface ToolPipeRun {
  /** Everything but what the runner adds. */
  readonly args: readonly string[];
  readonly outputCount: number;
  /** `host` for who sends or receives live media by the network; whoever needs no more than pipes says `none`. */
  readonly network: "none" | "host";
}

/**
 * Finds out how FFmpeg is started here, and gives the function that starts it for live media: limits, environment and end as
 * for {@link runTool}, normal priority, no time limit. The caller closes what it opened.
 */
export async function findPipeOpener(config: MediaConfig): Promise<(run: ToolPipeRun) => ToolPipe> {
  const toCage = await findCage();
  return (run) => {
    const { encodeMemoryMib: memoryMib } = config;
    const [command = "", ...args] = [
      ...toCage({ network: run.network, priority: "normal", memoryMib, fileBytes: 0 }),
      ...[config.ffmpegPath, "-nostdin", ...bounds, "-loglevel", "level+error", ...run.args],
    ];
    const child = spawn(command, args, {
      cwd: "/",
      detached: true,
      stdio: ["pipe", "ignore", "pipe", ...Array.from({ length: run.outputCount }, () => "pipe" as const)],
      env: toolEnv(process.env),
    });
    const [stdin, , stderr, ...rest] = child.stdio;
    if (!stdin || !stderr || !("write" in stdin)) throw new Error("FFmpeg has no pipes");
    const outputs = rest.filter(
      (pipe): pipe is Readable => pipe !== null && pipe !== undefined && "read" in pipe,
    );
    let said = "";
    stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-maxStderrChars);
    });
    for (const pipe of [stdin, stderr, ...outputs]) pipe.on("error", () => undefined);
    const ended = new Promise<{ exit: string; output: string }>((resolve) => {
      child.once("error", () => resolve({ exit: "no start", output: said }));
      // a helper may outlive its leader
      child.once("exit", () => killGroup(child.pid));
      child.once("close", (code, signal) => resolve({ exit: signal ?? `code ${code}`, output: said.trim() }));
    });
    return {
      pid: child.pid,
      stdin,
      outputs,
      ended,
      async close() {
        killGroup(child.pid);
        for (const pipe of outputs) pipe.resume();
        await ended;
      },
    };
  };
}

const bounds = ["-hide_banner", "-max_alloc", String(1024 ** 3)] as const;

function toolArgs(run: ToolRun, config: MediaConfig): string[] {
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
