import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../setup/lock.mjs";

/** @typedef {Record<string, { pid: number, birth: string }>} RunningProcesses by name */

const pollMs = 50;
const defaultTimeoutMs = 8000;

/** @param {string} dataDir */
const pathOf = (dataDir) => join(dataDir, "running.json");

/**
 * Writes down which processes work on a data folder, so that whoever comes after a supervisor that was killed can
 * end exactly those.
 * @param {string} dataDir @param {Record<string, number>} pids
 */
export function writeRunning(dataDir, pids) {
  const running = Object.fromEntries(
    Object.entries(pids).map(([name, pid]) => [name, { pid, birth: readBirth(pid) }]),
  );
  writeFileSync(pathOf(dataDir), JSON.stringify(running));
}

/** All of them have ended. @param {string} dataDir */
export function forgetRunning(dataDir) {
  rmSync(pathOf(dataDir), { force: true });
}

/**
 * Ends what a killed supervisor left behind: SIGTERM, then SIGKILL. A process that merely got the same id since is
 * told apart by the moment it was born, and left alone.
 * @param {string} dataDir @param {number} [timeoutMs]
 */
export async function endLeftovers(dataDir, timeoutMs = defaultTimeoutMs) {
  const ours = () =>
    readRunning(dataDir).filter(({ pid, birth }) => isAlive(pid) && readBirth(pid) === birth);
  for (const { pid } of ours()) tryKill(pid, "SIGTERM");
  const deadline = Date.now() + timeoutMs;
  while (ours().length > 0 && Date.now() < deadline) await sleep(pollMs);
  for (const { pid } of ours()) tryKill(pid, "SIGKILL");
  forgetRunning(dataDir);
}

/** @param {string} dataDir @returns {RunningProcesses[string][]} */
function readRunning(dataDir) {
  try {
    return Object.values(JSON.parse(readFileSync(pathOf(dataDir), "utf8")));
  } catch {
    return [];
  }
}

/** @param {number} pid @param {NodeJS.Signals} signal */
function tryKill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // ended by itself meanwhile
  }
}

/** When a process was born, in whatever form the system tells it; empty when it is gone or a zombie. @param {number} pid */
function readBirth(pid) {
  try {
    if (process.platform === "linux") {
      // proc(5): the fields after the name in brackets begin with the state, field 3; the start time is field 22
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return fields[0] === "Z" ? "" : (fields[19] ?? "");
    }
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
