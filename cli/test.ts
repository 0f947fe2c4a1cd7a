import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "#common/node/config.ts";
import { runChecks } from "./check.ts";
import { addCounts, type TestCounts, toPlaywrightCounts, toVitestCounts } from "./testing/test-counts.ts";

const root = join(import.meta.dirname, "..");

/** The parts of `npm test`, in the order in which they run. */
const parts: Record<string, (args: string[]) => Promise<TestCounts>> = {
  check: runChecks,
  unit: (args) => runVitest("unit", args),
  media: (args) => runVitest("media", args),
  e2e: runPlaywright,
};

/**
 * `npm test`: all parts, or the one that is named; what follows goes to its runner. Ends with `N passed, N failed`;
 * exit code 1 when something failed or nothing ran.
 */
export async function main([name, ...args]: string[]): Promise<void> {
  const chosen = name === undefined ? Object.values(parts) : [parts[name]];
  let total: TestCounts = { passed: 0, failed: 0 };
  for (const part of chosen) {
    if (!part) throw new ConfigError(`Say one of ${Object.keys(parts).join(", ")}, or nothing for all.`);
    total = addCounts(total, await part(args));
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
}

function runVitest(project: string, args: string[]): Promise<TestCounts> {
  return runWithReport(toVitestCounts, {}, (reportPath) => [
    "vitest/vitest.mjs",
    ...[
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reportPath}`,
    ],
    ...args,
  ]);
}

function runPlaywright(args: string[]): Promise<TestCounts> {
  const reporters = ["--reporter=list,json"];
  return runWithReport(toPlaywrightCounts, { nameOfReport: "PLAYWRIGHT_JSON_OUTPUT_FILE" }, () => [
    "@playwright/test/cli.js",
    ...["test", ...reporters],
    ...args,
  ]);
}

/** Runs a test runner of node_modules and reads the report that it wrote; no report means that it failed. */
async function runWithReport(
  toCounts: (report: unknown) => TestCounts,
  { nameOfReport }: { nameOfReport?: string },
  toArgs: (reportPath: string) => string[],
): Promise<TestCounts> {
  const folder = mkdtempSync(join(tmpdir(), "shoal-test-report-"));
  const reportPath = join(folder, "report.json");
  try {
    const [script = "", ...args] = toArgs(reportPath);
    const child = spawn(process.execPath, [join(root, "node_modules", script), ...args], {
      cwd: root,
      env: { ...process.env, ...(nameOfReport && { [nameOfReport]: reportPath }) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const endChild = () => child.kill();
    process.once("exit", endChild);
    const [code] = await once(child, "exit");
    process.off("exit", endChild);
    const nothing = { passed: 0, failed: 0 };
    return addCounts(nothing, readCounts(reportPath, toCounts), code === 0 ? 0 : 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(path: string, toCounts: (report: unknown) => TestCounts): TestCounts {
  try {
    return toCounts(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return { passed: 0, failed: 1 };
  }
}
