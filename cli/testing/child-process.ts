import { readFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";
import type { ProcessSpec } from "../supervisor/process-spec.ts";

/** A small real process that writes `name event` lines into a diary: `opened`, then `closed` when SIGTERM comes. */
export function createDiaryProcess(
  name: string,
  diaryPath: string,
  behaviour: "orderly" | "deaf" | "stillborn" = "orderly",
): ProcessSpec {
  const script = `
    const write = (event) => require("node:fs").appendFileSync(process.argv[1], "${name} " + event + "\\n");
    if ("${behaviour}" === "stillborn") process.exit(3);
    process.on("SIGTERM", () => {
      if ("${behaviour}" === "deaf") return;
      write("closed");
      process.exit(0);
    });
    process.on("disconnect", () => process.exit(0));
    write("opened");
    process.send({ event: "opened" });`;
  return {
    name,
    command: process.execPath,
    args: ["-e", script, diaryPath],
    env: process.env,
    cwd: process.cwd(),
    hasChannel: true,
    openTimeoutMs: 15_000,
    closeTimeoutMs: behaviour === "deaf" ? 50 : 10_000,
  };
}

/** The lines of a diary so far. */
export function readDiary(path: string): string[] {
  try {
    return readFileSync(path, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

/** The diary of a test's folder. */
export function diaryPathIn(folder: string): string {
  return join(folder, "diary");
}

/** Waits until something is true, for 10 s at most unless said otherwise. */
export async function until(isTrue: () => boolean, timeoutMs = 10_000): Promise<void> {
  await vi.waitUntil(isTrue, { timeout: timeoutMs, interval: 10 });
}
