import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { BroadcastOrder } from "#common/live/broadcast.ts";
import type { Closable } from "#common/node/closer.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { WorkerCard, WorkFolder } from "./work-folder.ts";
import { type WorkerReport, workerPath, workerReportSchema } from "./worker-wire.ts";

/** A live worker as its encoder sees it: one that it started, or one that an encoder before it had started. */
export interface WorkerHandle extends Closable {
  readonly workerId: string;
  /** Tells it what shall be and hears how it is; throws when it does not answer. */
  ask(order: BroadcastOrder): Promise<WorkerReport>;
  /** Is its process there? */
  isAlive(): boolean;
  /** Calls back when it ends; of one that another encoder had started, only {@link WorkerHandle.isAlive} tells. */
  onEnd(listener: () => void): void;
}

/** What is needed to deal with workers. */
export interface WorkerHandleOptions {
  readonly folder: WorkFolder;
  readonly client: InternalClient;
}

const openTimeoutMs = 20_000;
const openPollMs = 20;
const askTimeoutMs = 2000;
const closeTimeoutMs = 6000;
const closePollMs = 20;
const mainPath = join(import.meta.dirname, "worker.main.ts");

/**
 * Starts a worker. It is not tied to this process: it goes on when this one is killed, and ends by itself when nobody asks for its
 * broadcast for a while. Throws when it does not open in time; then nothing of it is left.
 */
export async function startWorker(options: WorkerHandleOptions): Promise<WorkerHandle> {
  const workerId = randomUUID();
  const child = spawn(process.execPath, ["--import", "tsx", mainPath, workerId, String(process.pid)], {
    cwd: join(import.meta.dirname, "../../.."),
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: process.env,
  });
  child.unref();
  const giveUpAtMs = performance.now() + openTimeoutMs;
  for (;;) {
    const card = await options.folder.readWorker(workerId);
    if (card) return toHandle(card, options, child);
    if (child.exitCode !== null || performance.now() > giveUpAtMs) {
      child.kill("SIGKILL");
      throw new Error("a live worker did not open");
    }
    await sleep(openPollMs);
  }
}

/** The worker that writes this broadcast since before our time; `undefined` when there is none that lives. */
export async function adoptWorker(
  broadcastId: string,
  options: WorkerHandleOptions,
): Promise<WorkerHandle | undefined> {
  const owner = await options.folder.readOwner(broadcastId);
  if (!owner || owner.isDiscarded || !isWorker(owner)) return undefined;
  return toHandle(owner, options, undefined);
}

/** Does this process still run, and is it the one that the card is of? Without /proc, a process id is believed. */
export function isWorker({ pid, workerId }: WorkerCard): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(workerId);
  } catch {
    return process.platform !== "linux";
  }
}

function toHandle(
  card: WorkerCard,
  { client }: WorkerHandleOptions,
  child: ChildProcess | undefined,
): WorkerHandle {
  const isAlive = () => (child ? child.exitCode === null && child.signalCode === null : isWorker(card));
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    if (!isAlive()) return;
    await client
      .ask({
        baseUrl: card.url,
        method: "DELETE",
        path: workerPath,
        reply: z.unknown(),
        timeoutMs: askTimeoutMs,
      })
      .catch(() => isWorker(card) && process.kill(card.pid, "SIGTERM"));
    const giveUpAtMs = performance.now() + closeTimeoutMs;
    while (isAlive() && performance.now() < giveUpAtMs) await sleep(closePollMs);
    if (!isAlive() || !isWorker(card)) return;
    const exited = child && once(child, "exit");
    process.kill(card.pid, "SIGKILL");
    await exited;
  }
  return {
    workerId: card.workerId,
    isAlive,
    onEnd: (listener) => void child?.once("exit", listener),
    ask: (body) =>
      client.ask({
        baseUrl: card.url,
        method: "PUT",
        path: workerPath,
        body,
        reply: workerReportSchema,
        timeoutMs: askTimeoutMs,
      }),
    async close() {
      closing ??= close();
      await closing;
    },
  };
}
