import { readdir } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Bench, BenchResult } from "./bench.ts";

const ending = ".bench.ts";

function isBench(value: unknown): value is Bench {
  return typeof value === "object" && value !== null && "name" in value && "doc" in value && "run" in value;
}

/** All benchmarks of this folder, by name. */
export async function listBenches(): Promise<Map<string, Bench>> {
  const benches = new Map<string, Bench>();
  for (const file of (await readdir(fileURLToPath(new URL(".", import.meta.url)))).sort()) {
    if (!file.endsWith(ending)) continue;
    const { bench }: { bench?: unknown } = await import(new URL(file, import.meta.url).href);
    if (!isBench(bench)) throw new Error(`${file} exports no benchmark`);
    benches.set(bench.name, bench);
  }
  return benches;
}

/** Runs `<name> [--json]`; prints one line per result. A missed goal is a result, not a failure of the command. */
export async function main(args: readonly string[]): Promise<void> {
  const isJson = args.includes("--json");
  const [name] = args.filter((argument) => !argument.startsWith("--"));
  const benches = await listBenches();
  const bench = name === undefined ? undefined : benches.get(name);
  if (!bench) {
    const list = [...benches.values()].map((one) => `  ${one.name.padEnd(12)} ${one.doc}`);
    console.error(["Say which benchmark:", ...list].join("\n"));
    process.exitCode = 2;
    return;
  }
  const results = await bench.run((text) => console.error(`  ${text}`));
  for (const result of results) console.log(isJson ? JSON.stringify(result) : toText(result));
}

function toText({ bench, ratio, goal, better, ours, baseline, unit, ok }: BenchResult): string {
  const wanted = `${better === "higher" ? "at least" : "at most"} ${goal}`;
  const verdict = ok ? "reached" : "missed";
  return `${bench}: ratio ${ratio} (goal ${wanted}: ${verdict}); ours ${ours}, baseline ${baseline} ${unit}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.slice(2));
