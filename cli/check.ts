import { join } from "node:path";
import { findBoundaryViolations } from "./check/boundaries.ts";
import { findMissingDocstrings } from "./check/docstrings.ts";
import { readSourceFiles } from "./check/source-files.ts";
import { run } from "./setup/shell.mjs";
import { toDurationText } from "./setup/steps.mjs";

const root = join(import.meta.dirname, "..");

/** One check: its name, and what it has to say when something is wrong (empty: all is well). */
interface Check {
  readonly name: string;
  readonly run: () => Promise<string>;
}

const checks: readonly Check[] = [
  { name: "types", run: () => runTool("typescript/bin/tsc", ["--noEmit", "-p", "."]) },
  { name: "lint and format", run: () => runTool("@biomejs/biome/bin/biome", ["check", "."]) },
  { name: "docstrings", run: async () => findMissingDocstrings(readSourceFiles(root)).join("\n") },
  { name: "boundaries", run: async () => findBoundaryViolations(readSourceFiles(root)).join("\n") },
];

/** `npm run check`: exit code 1 when something is wrong. */
export async function main(): Promise<void> {
  const { failed } = await runChecks();
  if (failed > 0) process.exitCode = 1;
}

/** Runs every check and says what each found. */
export async function runChecks(): Promise<{ passed: number; failed: number }> {
  const counts = { passed: 0, failed: 0 };
  for (const check of checks) {
    const startedAt = Date.now();
    const problems = await check.run();
    if (problems) console.log(problems);
    console.log(`${problems ? "✗" : "✓"} ${check.name} (${toDurationText(Date.now() - startedAt)})`);
    counts[problems ? "failed" : "passed"] += 1;
  }
  return counts;
}

async function runTool(script: string, args: string[]): Promise<string> {
  const lines: string[] = [];
  const { code } = await run(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    onLine: (line) => lines.push(line),
  });
  return code === 0 ? "" : lines.join("\n") || `exit code ${code}`;
}
