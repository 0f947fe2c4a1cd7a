import { join } from "node:path";
import type { ProcessSpec } from "./process-spec.ts";

const guardName = "guard";

/** One of our own server processes: the folder of its name is its code. */
export function createOwnSpec(
  name: string,
  options: { root: string; env: NodeJS.ProcessEnv; closeTimeoutMs: number },
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: ["--import", "tsx", join(options.root, name, "main.ts")],
    env: options.env,
    cwd: options.root,
    hasChannel: true,
    openTimeoutMs: 30_000,
    closeTimeoutMs: options.closeTimeoutMs,
  };
}

/** The small process that ends what a killed supervisor leaves behind. */
export function createGuardSpec(options: {
  root: string;
  env: NodeJS.ProcessEnv;
  dataDir: string;
}): ProcessSpec {
  return {
    name: guardName,
    command: process.execPath,
    args: [join(import.meta.dirname, "guard.mjs"), options.dataDir],
    env: options.env,
    cwd: options.root,
    hasChannel: true,
    openTimeoutMs: 10_000,
    closeTimeoutMs: 500,
  };
}

/** The processes that the guard watches over. */
export function withoutGuard(pids: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).filter(([name]) => name !== guardName));
}
