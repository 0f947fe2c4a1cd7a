import { spawn } from "node:child_process";

/** What a tool may reach, and how it stands beside others. */
export interface CageOptions {
  /** `none`: not even loopback, where this system lets us take it away. */
  readonly network: "none" | "host";
  /** `low`: whatever else there is to do comes first. */
  readonly priority: "low" | "normal";
  /** Address space in MiB; 0: no limit. */
  readonly memoryMib: number;
  /** Largest single file that it may write. */
  readonly fileBytes: number;
}

/** The helpers that this system has and permits, each as the words in front of a command. */
interface Helpers {
  readonly lowPriority: readonly string[];
  readonly noNetwork: readonly string[];
  readonly diesWithUs: readonly string[];
  readonly limits: boolean;
}

let found: Promise<Helpers> | undefined;

/**
 * What is put in front of a tool's command, so far as this system has and permits it: no network, low priority, limits, and
 * an end with ours, however ours comes. Asks the system once; afterwards the answer is at hand.
 */
export async function findCage(): Promise<(options: CageOptions) => string[]> {
  found ??= findHelpers();
  const helpers = await found;
  return ({ network, priority, memoryMib, fileBytes }) => [
    ...(priority === "low" ? helpers.lowPriority : []),
    ...(network === "none" ? helpers.noNetwork : []),
    ...helpers.diesWithUs,
    ...(helpers.limits
      ? [
          "prlimit",
          ...(memoryMib > 0 ? [`--as=${memoryMib * 1024 ** 2}`] : []),
          `--fsize=${Math.ceil(fileBytes)}`,
          "--core=0",
          "--",
        ]
      : []),
  ];
}

/** No secret of ours, and only what a program needs to run. */
export function toolEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LC_ALL: "C", AV_LOG_FORCE_NOCOLOR: "1" };
}

/** Ends a tool and all that it started: each has a process group of its own. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // the group is gone already
  }
}

async function findHelpers(): Promise<Helpers> {
  const lowPriority = ["nice", "-n", "10"];
  // an own network namespace: not even loopback; as root, or as anybody where user namespaces are allowed
  const noNetwork = ["unshare", "-n", "--"];
  const noNetworkAsUser = ["unshare", "-r", "-n", "--"];
  // the tool ends when this process does, however it ends
  const diesWithUs = ["setpriv", "--pdeathsig", "KILL", "--"];
  return {
    lowPriority: (await works(lowPriority)) ? lowPriority : [],
    noNetwork: (await works(noNetwork)) ? noNetwork : (await works(noNetworkAsUser)) ? noNetworkAsUser : [],
    diesWithUs: (await works(diesWithUs)) ? diesWithUs : [],
    limits: await works(["prlimit", "--core=0", "--"]),
  };
}

async function works(wrapper: readonly string[]): Promise<boolean> {
  const [command = "", ...args] = [...wrapper, "true"];
  return await new Promise((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", env: toolEnv(process.env), timeout: 5000 });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
