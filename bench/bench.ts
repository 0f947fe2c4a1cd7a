import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** One ratio of ours to its baseline, measured in the same run. */
export interface BenchResult {
  readonly bench: string;
  /** Ours ÷ baseline. */
  readonly ratio: number;
  readonly goal: number;
  readonly better: "lower" | "higher";
  readonly ours: number;
  readonly baseline: number;
  readonly unit: string;
  readonly ok: boolean;
}

/** One benchmark: a file `<name>.bench.ts` that exports it as `bench`. */
export interface Bench {
  readonly name: string;
  /** One line: what is measured against what. */
  readonly doc: string;
  /** Measures; tells people what it does by `say`. Leaves nothing running and nothing behind. */
  run(say: (text: string) => void): Promise<BenchResult[]>;
}

/** Keeps the shape of a benchmark. */
export function defineBench(bench: Bench): Bench {
  return bench;
}

/** Rounds, divides and judges. */
export function toResult(measured: Omit<BenchResult, "ratio" | "ok">): BenchResult {
  const { bench, goal, better, ours, baseline, unit } = measured;
  const ratio = ours / baseline;
  return {
    bench,
    ratio: toSignificant(ratio),
    goal,
    better,
    ours: toSignificant(ours),
    baseline: toSignificant(baseline),
    unit,
    ok: better === "higher" ? ratio >= goal : ratio <= goal,
  };
}

function toSignificant(value: number): number {
  return Number(value.toPrecision(4));
}

/** One figure of a benchmark, and how to measure it once. */
export type Contestants<Name extends string> = Readonly<Record<Name, () => Promise<number>>>;

/**
 * Lets contestants take turns, each first as often as last, so that what disturbs the machine disturbs all of them.
 * Gives each one's median; the first round warms up and does not count.
 */
export async function interleave<Name extends string>(
  rounds: number,
  contestants: Contestants<Name>,
  say: (text: string) => void,
): Promise<Record<Name, number>> {
  const entries = entriesOf(contestants);
  const measured = new Map<Name, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, measure] of round % 2 === 0 ? entries : [...entries].reverse()) {
      const value = await measure();
      if (round > 0) measured.get(name)?.push(value);
      say(`${round > 0 ? `round ${round}` : "warm-up"}: ${name} ${value.toPrecision(4)}`);
    }
  }
  return mapValues(contestants, (name) => median(measured.get(name) ?? []));
}

function entriesOf<Name extends string>(
  contestants: Contestants<Name>,
): Array<[Name, () => Promise<number>]> {
  const entries: Array<[Name, () => Promise<number>]> = [];
  for (const name in contestants) entries.push([name, contestants[name]]);
  return entries;
}

function mapValues<Name extends string>(
  contestants: Contestants<Name>,
  toValue: (name: Name) => number,
): Record<Name, number> {
  const values: Partial<Record<Name, number>> = {};
  for (const name in contestants) values[name] = toValue(name);
  return isComplete(values, contestants) ? values : raise("a contestant was not measured");
}

function isComplete<Name extends string>(
  values: Partial<Record<Name, number>>,
  contestants: Contestants<Name>,
): values is Record<Name, number> {
  return Object.keys(contestants).every((name) => name in values);
}

function raise(message: string): never {
  throw new Error(message);
}

/** The middle of some figures. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) return Number.NaN;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** The value below which so much (0 to 1) of the figures lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Linux counts processor time for people in hundredths of a second, whatever its own tick (`man 5 proc`). */
const ticksPerSecond = 100;

/** Processor time that a process and its threads have used, in seconds; Linux only. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // the name in parentheses may hold spaces; utime and stime are fields 14 and 15, the first after it is 3
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Forks a TypeScript module of this folder as a process of its own; resolves with its first message. */
export async function forkModule(
  url: URL,
  args: readonly string[],
): Promise<{ child: ChildProcess; message: unknown }> {
  const child = fork(url, args, {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const message = await Promise.race([
    once(child, "message").then(([first]: unknown[]) => first),
    once(child, "exit").then(() => raise(`${url.pathname} ended before it said anything`)),
  ]);
  return { child, message };
}

/** Ends a process and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const killTimer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await exited;
  clearTimeout(killTimer);
}
