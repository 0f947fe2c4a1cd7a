import { readFileSync } from "node:fs";

const pollMs = 300;

/**
 * npm runs a script in a shell that passes no signals on: ended with SIGTERM, npm and its shell would leave the script
 * behind. So a process that npm started ends itself, by SIGTERM, once one of the two is gone.
 */
export function followNpm() {
  if (!process.env.npm_lifecycle_event) return;
  const before = readParents();
  const timer = setInterval(() => {
    if (readParents() === before) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, pollMs);
  timer.unref();
}

/** The ids of our parent and, where the system tells, of its parent. */
function readParents() {
  const parent = process.ppid;
  return `${parent} ${readParentOf(parent)}`;
}

/** @param {number} pid */
function readParentOf(pid) {
  try {
    // proc(5): the fields after the name in brackets are the state and the parent
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1];
  } catch {
    return "";
  }
}
