import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { baseConfig, toTempDir } from "#common/node/base.config.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import { loadConfig } from "#common/node/config.ts";
import { createLog } from "#common/node/log.ts";
import { readConfigFields } from "../config-table.ts";
import { openDataDir, openSecrets } from "./data-dir.ts";
import { endLeftovers, forgetRunning, writeRunning } from "./leftovers.mjs";
import { createGuardSpec, createOwnSpec, withoutGuard } from "./own-processes.ts";
import { createPocketBaseSpec, upsertSuperuser } from "./pocketbase.ts";
import { claimMediaPorts, claimPort, findFreePorts } from "./ports.ts";
import { ProcessError, type ProcessOutput } from "./supervised-process.ts";
import { Supervisor } from "./supervisor.ts";

const root = dirname(dirname(import.meta.dirname));
const readyTimeoutMs = 30_000;

/** Every process of Shoal by the name that `pids()` and the log use. */
export type ShoalProcessName = "pocketbase" | "sfu" | "encoder" | "signaling";

/** A Shoal that runs. */
export interface Shoal extends Closable {
  /** Where the front desk answers, from this machine. */
  readonly url: string;
  /** Where people reach it: `SHOAL_PUBLIC_URL`, else the same. */
  readonly publicUrl: string;
  readonly dataDir: string;
  /** Where PocketBase listens, for tests and benchmarks that compare with it. */
  readonly pocketbaseUrl: string;
  /** The process ids that run now, by {@link ShoalProcessName}. */
  pids(): Record<string, number>;
  /** Ends one process in order and starts it anew. */
  restart(name: ShoalProcessName): void;
  /** Resolves when `/readyz` answers 200 again; throws after 30 s with what it named. */
  untilReady(): Promise<void>;
}

/** What {@link startShoal} takes; what is absent comes from `env`, then from the defaults of the settings. */
export interface ShoalOptions {
  readonly dataDir?: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly output?: ProcessOutput;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/**
 * Starts all of Shoal and resolves when it is ready. Throws `ConfigError` for what a person can mend (a busy port, a
 * data folder that cannot be written or is in use, a bad setting), and undoes what it had begun.
 */
export async function startShoal(options: ShoalOptions = {}): Promise<Shoal> {
  const env = { ...process.env, ...options.env };
  if (options.dataDir !== undefined) env.SHOAL_DATA_DIR = options.dataDir;
  if (options.port !== undefined) env.SHOAL_PORT = String(options.port);
  const config = loadConfig(baseConfig, env);
  // every process's settings, so that a bad one is one sentence here and not a process that does not open
  loadConfig(Object.fromEntries((await readConfigFields()).map((field) => [field.env, field])), env);
  const dataDir = resolve(root, config.dataDir);
  const log = createLog("supervisor", config.logLevel);
  const closer = new Closer();
  const giveUp = () => void closer.close();
  try {
    const port = await claimPort(config.port, config.host);
    closer.add("data folder", await openDataDir(dataDir));
    await endLeftovers(dataDir);
    const secrets = openSecrets(dataDir);
    const [pocketbasePort, sfuPort, encoderPort] = await findFreePorts(3);
    const mediaPorts = await claimMediaPorts({
      env,
      rtmpPort: config.rtmpPort,
      host: config.host,
      isAnyPort: config.port === 0,
      warn: (sentence) => log.warn(sentence),
    });
    const isAnyAddress = ["0.0.0.0", "::", ""].includes(config.host);
    const url = `http://${isAnyAddress ? "localhost" : toUrlHost(config.host)}:${port}`;
    const publicUrl = config.publicUrl || url;
    const pocketbaseUrl = `http://127.0.0.1:${pocketbasePort}`;
    const tempDir = resolve(root, toTempDir({ ...config, dataDir }));
    mkdirSync(tempDir, { recursive: true, mode: 0o700 });
    const childEnv = {
      ...env,
      SHOAL_DATA_DIR: dataDir,
      SHOAL_TEMP_DIR: tempDir,
      SHOAL_PORT: String(port),
      SHOAL_PUBLIC_URL: publicUrl,
      SHOAL_POCKETBASE_URL: pocketbaseUrl,
      SHOAL_SFU_URL: `http://127.0.0.1:${sfuPort}`,
      SHOAL_ENCODER_URL: `http://127.0.0.1:${encoderPort}`,
      SHOAL_SIGNALING_URL: `http://${isAnyAddress ? "127.0.0.1" : toUrlHost(config.host)}:${port}`,
      ...mediaPorts,
    };
    const own = { root, env: childEnv };
    const pocketbase = { root, dataDir, env: childEnv, url: pocketbaseUrl, publicUrl };
    await upsertSuperuser(pocketbase, secrets);
    const supervisor = new Supervisor(
      [
        createGuardSpec({ ...own, dataDir }),
        createPocketBaseSpec(pocketbase),
        createOwnSpec("sfu", { ...own, closeTimeoutMs: 1000 }),
        createOwnSpec("encoder", { ...own, closeTimeoutMs: 3000 }),
        createOwnSpec("signaling", { ...own, closeTimeoutMs: 4000 }),
      ],
      {
        log,
        ...(options.output !== undefined && { output: options.output }),
        onSpawn: () => writeRunning(dataDir, withoutGuard(supervisor.pids())),
      },
    );
    closer.add("list of processes", () => forgetRunning(dataDir));
    closer.add("processes", () => supervisor.close());
    options.signal?.throwIfAborted();
    options.signal?.addEventListener("abort", giveUp, { once: true });
    await supervisor.open();
    await untilReady(url, options.signal);
    return {
      url,
      publicUrl,
      dataDir,
      pocketbaseUrl,
      pids: () => withoutGuard(supervisor.pids()),
      restart: (name) => supervisor.restart(name),
      untilReady: () => untilReady(url),
      close: () => closer.close(),
    };
  } catch (error) {
    await closer.close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", giveUp);
  }
}

function toUrlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

async function untilReady(url: string, signal?: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyTimeoutMs;
  for (let answer = ""; ; ) {
    signal?.throwIfAborted();
    try {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
      answer = await response.text();
      if (response.ok) return;
    } catch (error) {
      answer = String(error);
    }
    if (Date.now() > deadline) throw new ProcessError(`Shoal is not ready: ${answer}`);
    await sleep(100);
  }
}
