import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder of its own, and how to remove it. */
export function createTempFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "shoal-cli-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A folder of its own for the test that runs; removed when it ends. */
export function makeTempFolder(): string {
  const { path, remove } = createTempFolder();
  onTestFinished(remove);
  return path;
}
