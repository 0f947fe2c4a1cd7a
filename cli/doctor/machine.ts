import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { dirname } from "node:path";
import { npmCommand } from "../setup/packages.step.mjs";
import { run } from "../setup/shell.mjs";
import { claimPort } from "../supervisor/ports.ts";
import type { Finding } from "./finding.ts";

const gib = 2 ** 30;
const leastFreeBytes = 5 * gib;
const leastMemoryBytes = 2 * gib;

/** Node and npm. */
export async function examineNode(): Promise<Finding[]> {
  const npm = npmCommand();
  const { code, tail } = await run(npm.command, [...npm.args, "--version"], { timeoutMs: 15_000 });
  const npmVersion = /^\d+\.\d+\.\d+$/m.exec(tail)?.[0];
  return [
    { name: "Node", state: "fine", found: process.versions.node },
    {
      name: "npm",
      state: code === 0 ? "fine" : "poor",
      found: npmVersion ?? "not found",
      meaning: "Shoal runs, but new packages cannot be installed: install npm.",
    },
  ];
}

/** The data folder and the disk that it is on. */
export function examineDataDir(dataDir: string): Finding[] {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  if (!mayWrite(folder)) {
    const meaning = "Shoal cannot start: set SHOAL_DATA_DIR to a folder that this user may write.";
    return [{ name: "data folder", state: "missing", found: `${dataDir} cannot be written`, meaning }];
  }
  const disk = statfsSync(folder);
  const freeBytes = disk.bavail * disk.bsize;
  return [
    { name: "data folder", state: "fine", found: dataDir },
    {
      name: "free disk",
      state: freeBytes >= leastFreeBytes ? "fine" : "poor",
      found: `${(freeBytes / gib).toFixed(1)} GiB`,
      meaning:
        "A video needs several times its size while it is encoded: uploads will fail when the disk is full.",
    },
  ];
}

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

/** Can the front desk have its port? */
export async function examinePort(port: number, host: string): Promise<Finding> {
  try {
    await claimPort(port, host);
    return { name: "port", state: "fine", found: `${port} is free` };
  } catch (error) {
    const meaning = error instanceof Error ? error.message : String(error);
    return { name: "port", state: "missing", found: `${port} cannot be had`, meaning };
  }
}

/** Cores and memory. */
export function examineMemory(): Finding {
  const cores = availableParallelism();
  return {
    name: "machine",
    state: totalmem() >= leastMemoryBytes ? "fine" : "poor",
    found: `${cores} ${cores === 1 ? "core" : "cores"}, ${(totalmem() / gib).toFixed(1)} GiB of memory`,
    meaning: "Encoding 1080p needs about 2 GiB: large videos may fail.",
  };
}
