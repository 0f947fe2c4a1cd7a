import { readFileSync } from "node:fs";

/** Linux counts processor time for people in hundredths of a second, whatever its own tick (`man 5 proc`). */
const ticksPerSecond = 100;

/** Adds up the processor time of tools that come and go; 0 where there is no /proc. */
export class ToolClock {
  readonly #secondsOf = new Map<number, number>();
  #endedSeconds = 0;

  /** Processor seconds of all that was ever seen; `pids` are those that run now. */
  observe(pids: readonly number[]): number {
    for (const pid of pids) {
      const seconds = readCpuSeconds(pid);
      if (seconds !== undefined) this.#secondsOf.set(pid, seconds);
    }
    for (const [pid, seconds] of this.#secondsOf) {
      if (pids.includes(pid)) continue;
      this.#endedSeconds += seconds;
      this.#secondsOf.delete(pid);
    }
    return this.#endedSeconds + [...this.#secondsOf.values()].reduce((sum, seconds) => sum + seconds, 0);
  }
}

function readCpuSeconds(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // the name in parentheses may hold spaces; utime and stime are fields 14 and 15, the first after it is 3
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return undefined;
  }
}
