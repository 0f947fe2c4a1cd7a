import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** @typedef {{ pid: number, host: string, id: string }} LockOwner */

/** The lock stayed with somebody else for as long as we were willing to wait. */
export class LockHeldError extends Error {
  /** @param {string} path @param {LockOwner | undefined} owner */
  constructor(path, owner) {
    super(`${path} is held by process ${owner?.pid ?? "?"} on ${owner?.host ?? "?"}`);
    this.name = "LockHeldError";
    this.owner = owner;
  }
}

/** The ids of the locks that this process holds. */
const heldHere = new Set();

const defaults = { waitMs: 0, beatMs: 2000, staleMs: 30_000, pollMs: 200, onWait: () => {} };

/**
 * Takes a lock file and keeps it fresh by touching it every `beatMs`. A lock is stale, and taken over, when its
 * owner died on this host or has not touched it for `staleMs`. With `waitMs` 0 a lock of which nobody can say at
 * once whether it is alive (another host, a reused pid) is watched until it beats or becomes stale.
 * `onWait` hears that there is one to wait for. Returns how to give it back; throws {@link LockHeldError}.
 * @param {string} path @param {Partial<typeof defaults>} [options]
 * @returns {Promise<() => void>}
 */
export async function acquireLock(path, options = {}) {
  const { waitMs, beatMs, staleMs, pollMs, onWait } = { ...defaults, ...options };
  const deadline = Date.now() + waitMs;
  const id = randomUUID();
  const own = JSON.stringify({ pid: process.pid, host: hostname(), id });
  mkdirSync(dirname(path), { recursive: true });
  let firstSeen = "";
  for (;;) {
    if (tryCreate(path, own)) return keep(path, { own, id, beatMs });
    const held = look(path);
    if (!held) continue;
    if (isStale(held, staleMs)) {
      takeAway(path, held.text);
      continue;
    }
    if (!firstSeen) onWait();
    firstSeen ||= held.beat;
    if (Date.now() >= deadline && held.beat !== firstSeen) throw new LockHeldError(path, held.owner);
    await sleep(pollMs);
  }
}

/**
 * Runs something while holding a lock.
 * @template Result
 * @param {string} path @param {Partial<typeof defaults>} options @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function withLock(path, options, work) {
  const release = await acquireLock(path, options);
  try {
    return await work();
  } finally {
    release();
  }
}

/** @param {string} path @param {string} own */
function tryCreate(path, own) {
  try {
    writeFileSync(path, own, { flag: "wx" });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path @param {{ own: string, id: string, beatMs: number }} lock */
function keep(path, { own, id, beatMs }) {
  heldHere.add(id);
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // the folder was removed: there is nothing left to guard
      clearInterval(beat);
    }
  }, beatMs);
  beat.unref();
  const release = () => {
    clearInterval(beat);
    heldHere.delete(id);
    process.off("exit", release);
    if (look(path)?.text === own) rmSync(path, { force: true });
  };
  process.on("exit", release);
  return release;
}

/** @param {string} path */
function look(path) {
  try {
    const text = readFileSync(path, "utf8");
    const { mtimeMs } = statSync(path);
    return { text, owner: parseOwner(text), beat: `${text}@${mtimeMs}`, ageMs: Date.now() - mtimeMs };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** @param {NonNullable<ReturnType<typeof look>>} held @param {number} staleMs */
function isStale(held, staleMs) {
  if (held.ageMs > staleMs) return true;
  // an empty file: its owner is between creating and writing it, or died there
  if (!held.owner || held.owner.host !== hostname()) return false;
  // a container starts its processes under the same ids again
  if (held.owner.pid === process.pid) return !heldHere.has(held.owner.id);
  return !isAlive(held.owner.pid);
}

/** @param {string} text @returns {LockOwner | undefined} */
function parseOwner(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Moves the stale lock aside; puts it back when somebody was quicker and it is not the stale one any more.
 * @param {string} path @param {string} staleText
 */
function takeAway(path, staleText) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  if (readFileSync(aside, "utf8") === staleText) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** Is there a process with this id? @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
