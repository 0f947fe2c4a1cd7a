import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process that lives. */
export interface LivingProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly commandLine: string;
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // it has ended meanwhile
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** All processes of this machine; Linux only. */
export function listProcesses(): LivingProcess[] {
  return list("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      // the name in parentheses may hold spaces; state and parent follow it (proc(5))
      const [state = "Z", parentPid = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const commandLine = read(`/proc/${name}/cmdline`).replaceAll("\0", " ");
      return state === "Z" ? [] : [{ pid: Number(name), parentPid: Number(parentPid), commandLine }];
    });
}

/** Children of a process whose command line holds this text. */
export function findChildren(parentPid: number, text: string): LivingProcess[] {
  return listProcesses().filter((one) => one.parentPid === parentPid && one.commandLine.includes(text));
}

/** Live workers of the Shoal that keeps its data here; they have no parent that would tell. */
export function findLiveWorkers(folder: string): LivingProcess[] {
  return listProcesses().filter(
    ({ pid, commandLine }) =>
      commandLine.includes("live/worker/worker.main.ts") &&
      read(`/proc/${pid}/environ`).includes(`SHOAL_DATA_DIR=${folder}`),
  );
}

/** How many UDP sockets a process holds. */
export function countUdpSockets(pid: number): number {
  const inodes = new Set(
    ["udp", "udp6"].flatMap((kind) =>
      read(`/proc/${pid}/net/${kind}`)
        .split("\n")
        .slice(1)
        .map((line) => line.trim().split(/\s+/)[9] ?? ""),
    ),
  );
  return list(`/proc/${pid}/fd`).filter((fd) => {
    try {
      const [, inode = "none"] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inodes.has(inode);
    } catch {
      return false;
    }
  }).length;
}
