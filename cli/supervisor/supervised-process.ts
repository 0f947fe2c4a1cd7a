import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import { type Backoff, defaultBackoff, type ProcessSpec, toBackoffMs } from "./process-spec.ts";

/** Where a process is in its life; see {@link SupervisedProcess}. */
export type ProcessState = "new" | "starting" | "open" | "waiting" | "closing" | "closed";

/** What a process writes goes where ours goes, nowhere, or into an open file. */
export type ProcessOutput = "inherit" | "ignore" | number;

/** A process could not be opened; what it wrote itself says why. */
export class ProcessError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProcessError";
  }
}

/** What a {@link SupervisedProcess} needs besides its spec. */
export interface SupervisedProcessOptions {
  readonly log: Logger;
  readonly output?: ProcessOutput;
  readonly backoff?: Backoff;
  /** Hears of every new process, before anything else happens to it. */
  readonly onSpawn?: (pid: number) => void;
}

const openPollMs = 50;

/**
 * A child process that is started again when it dies. `open` → (dies → waits → starts)* → `close`.
 * It has a process group of its own: Ctrl-C reaches only the supervisor, which closes in order.
 */
export class SupervisedProcess implements Closable {
  readonly name: string;
  readonly #spec: ProcessSpec;
  readonly #options: SupervisedProcessOptions;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #state: ProcessState = "new";
  #child: ChildProcess | undefined;
  #life: Promise<void> | undefined;
  #isRestartAsked = false;

  constructor(spec: ProcessSpec, options: SupervisedProcessOptions) {
    this.name = spec.name;
    this.#spec = spec;
    this.#options = options;
    this.#backoff = options.backoff ?? defaultBackoff;
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Of the child that runs now; undefined between two lives. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the first child is open; rejects, and starts no other, when that one dies first. */
  async open(): Promise<void> {
    if (this.#state !== "new") throw new Error(`${this.name} cannot open: it is ${this.#state}`);
    const child = this.#spawn();
    try {
      await this.#untilOpen(child);
    } catch (error) {
      await this.#end(child);
      this.#state = "closed";
      throw error;
    }
    this.#life = this.#keepAlive(child);
  }

  /** Ends the child in order and starts a new one at once. */
  restart(): void {
    if (this.#state !== "open" && this.#state !== "starting") return;
    this.#isRestartAsked = true;
    if (this.#child) void this.#end(this.#child);
  }

  /** SIGTERM, then SIGKILL after `closeTimeoutMs`; no new child is started. */
  async close(): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closing";
    this.#closing.abort();
    if (this.#child) await this.#end(this.#child);
    await this.#life;
    this.#state = "closed";
  }

  #spawn(): ChildProcess {
    this.#state = "starting";
    const { command, args, cwd, env, hasChannel } = this.#spec;
    const output = this.#options.output ?? "inherit";
    const stdio: StdioOptions = ["ignore", output, output, ...(hasChannel ? ["ipc" as const] : [])];
    const child = spawn(command, args, { cwd, env, stdio, detached: true, windowsHide: true });
    const forget = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once("exit", forget);
    // one that could not be started says "error" and never "exit"
    child.on("error", () => child.pid === undefined && forget());
    this.#child = child;
    if (child.pid !== undefined) this.#options.onSpawn?.(child.pid);
    return child;
  }

  async #untilOpen(child: ChildProcess): Promise<void> {
    const { openTimeoutMs, isOpen } = this.#spec;
    const settled = new AbortController();
    const died = once(child, "exit", { signal: settled.signal }).then(([code, signal]) => {
      throw new ProcessError(`${this.name} ended before it was open (${toEnding(code, signal)}).`);
    });
    const late = sleep(openTimeoutMs, undefined, { signal: settled.signal }).then(() => {
      throw new ProcessError(`${this.name} was not open after ${openTimeoutMs / 1000} s.`);
    });
    const opened = isOpen
      ? pollUntil(isOpen, settled.signal)
      : untilMessage(child, isOpenedMessage, settled.signal);
    try {
      await Promise.race([opened, died, late]);
    } finally {
      settled.abort();
      for (const left of [opened, died, late]) left.catch(() => {});
    }
    this.#state = "open";
    this.#options.log.info({ child: this.name, pid: child.pid }, "open");
  }

  /** Watches one child after the other until `close`. */
  async #keepAlive(first: ChildProcess): Promise<void> {
    let child = first;
    let attempt = 0;
    let openedAt: number | undefined = Date.now();
    while (!this.#closing.signal.aborted) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        await once(child, "exit");
      }
      if (this.#closing.signal.aborted) return;
      if (openedAt !== undefined && Date.now() - openedAt >= this.#backoff.healthyMs) attempt = 0;
      await this.#pause(child, attempt++);
      if (this.#closing.signal.aborted) return;
      child = this.#spawn();
      openedAt = undefined;
      try {
        await this.#untilOpen(child);
        openedAt = Date.now();
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        this.#options.log.warn({ child: this.name, err: error }, "did not open");
        await this.#end(child);
      }
    }
  }

  async #pause(child: ChildProcess, attempt: number): Promise<void> {
    if (this.#isRestartAsked) {
      this.#isRestartAsked = false;
      return;
    }
    const waitMs = toBackoffMs(this.#backoff, attempt);
    const ending = toEnding(child.exitCode, child.signalCode);
    this.#state = "waiting";
    this.#options.log.warn({ child: this.name, ending, restartInMs: waitMs }, "died");
    await sleep(waitMs, undefined, { signal: this.#closing.signal }).catch(() => {});
  }

  async #end(child: ChildProcess): Promise<void> {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    const timer = setTimeout(() => {
      this.#options.log.warn({ child: this.name }, "did not close in time: killed");
      child.kill("SIGKILL");
    }, this.#spec.closeTimeoutMs);
    await exit;
    clearTimeout(timer);
  }
}

function toEnding(code: unknown, signal: unknown): string {
  return typeof code === "number" ? `exit code ${code}` : String(signal);
}

function isOpenedMessage(message: unknown): boolean {
  return typeof message === "object" && message !== null && "event" in message && message.event === "opened";
}

async function untilMessage(
  child: ChildProcess,
  isWanted: (message: unknown) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const [message] = await once(child, "message", { signal });
    if (isWanted(message)) return;
  }
}

async function pollUntil(isTrue: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await isTrue().catch(() => false))) await sleep(openPollMs, undefined, { signal });
}
