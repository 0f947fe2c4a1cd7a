import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

const isWindows = process.platform === "win32";
const tailLines = 30;

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

// a set-up that is stopped takes its compilers and installers along
process.on("exit", () => {
  for (const child of running) killGroup(child);
});

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {(line: string) => void} [onLine] hears every line of both outputs
 * @property {number} [timeoutMs] after it the command and its children are killed; default 30 minutes
 */

/**
 * Runs a command without a shell and waits for its end. Never throws for a command that fails: look at `code`
 * (-1: it could not be started or was killed). `tail` is the end of what it said.
 * @param {string} command @param {string[]} args @param {RunOptions} [options]
 * @returns {Promise<{ code: number, tail: string }>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const { FORCE_COLOR: _, ...env } = options.env ?? process.env;
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
      detached: !isWindows, // its own process group, so that all of it can be killed
      windowsHide: true,
    });
    running.add(child);
    const timer = setTimeout(() => killGroup(child), options.timeoutMs ?? 30 * 60_000);
    /** @type {string[]} */
    const tail = [];
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (tail.push(line) > tailLines) tail.shift();
        options.onLine?.(line);
      });
    }
    /** @param {number} code */
    const end = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, tail: tail.join("\n") });
    };
    child.once("error", (error) => {
      tail.push(error.message);
      end(-1);
    });
    child.once("close", (code) => end(code ?? -1));
  });
}

/** @param {import("node:child_process").ChildProcess} child */
function killGroup(child) {
  if (child.pid === undefined) return;
  try {
    if (isWindows) child.kill();
    else process.kill(-child.pid, "SIGTERM");
  } catch {
    // gone already
  }
}

/**
 * The first of these programs that is in PATH, as a full path; one that is named with its folder is looked for there.
 * @param {string[]} names @returns {string | undefined}
 */
export function findProgram(...names) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const suffixes = isWindows ? (process.env.PATHEXT ?? ".EXE").split(";") : [""];
  for (const name of names) {
    if (/[/\\]/.test(name) && isExecutable(name)) return name;
    for (const folder of folders) {
      for (const suffix of suffixes) {
        const path = join(folder, name + suffix);
        if (isExecutable(path)) return path;
      }
    }
  }
  return undefined;
}

/** May this file be run? @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}
