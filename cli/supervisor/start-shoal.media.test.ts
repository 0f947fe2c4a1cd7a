import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "../setup/lock.mjs";
import { until } from "../testing/child-process.ts";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { findFreePorts } from "./ports.ts";
import { type Shoal, type ShoalProcessName, startShoal } from "./start-shoal.ts";

const names = ["pocketbase", "sfu", "encoder", "signaling"] as const;

async function start(dataDir = join(makeTempFolder(), "data")): Promise<Shoal> {
  const shoal = await startShoal({ dataDir, port: 0, output: "ignore", env: { SHOAL_LOG_LEVEL: "silent" } });
  onTestFinished(() => shoal.close());
  return shoal;
}

test("starts all, brings back each one that is killed, and leaves nothing behind", async () => {
  const shoal = await start();
  expect(Object.keys(shoal.pids()).sort()).toEqual([...names].sort());
  for (const name of names) {
    const before = pidOf(shoal, name);
    process.kill(before, "SIGKILL");
    await until(() => (shoal.pids()[name] ?? before) !== before);
    await shoal.untilReady();
  }
  const pids = Object.values(shoal.pids());
  const startedAt = Date.now();
  await shoal.close();
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(shoal.dataDir, "running.json"))).toBe(false);
});

test("keeps what it knows over a restart, and a second one out meanwhile", async () => {
  const first = await start();
  await expect(start(first.dataDir)).rejects.toThrow("Stop the other Shoal");
  const secrets = readFileSync(join(first.dataDir, "secrets.json"), "utf8");
  await first.close();
  const second = await start(first.dataDir);
  expect(readFileSync(join(second.dataDir, "secrets.json"), "utf8")).toBe(secrets);
});

test("gives up in the middle of starting, and undoes it", async () => {
  const dataDir = join(makeTempFolder(), "data");
  const giveUp = new AbortController();
  const starting = startShoal({
    dataDir,
    port: 0,
    output: "ignore",
    env: { SHOAL_LOG_LEVEL: "silent" },
    signal: giveUp.signal,
  });
  const refused = expect(starting).rejects.toThrow();
  await until(() => existsSync(join(dataDir, "running.json")));
  giveUp.abort();
  await refused;
  expect(existsSync(join(dataDir, "lock"))).toBe(false);
});

/** `npm start` without its set-up steps, as a process that can be killed. */
function runStart(env: NodeJS.ProcessEnv): { child: ChildProcess; said: () => string } {
  const script = `import(${JSON.stringify(join(import.meta.dirname, "../start.ts"))}).then((start) => start.main())`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  return { child, said: () => text };
}

function readRunningPids(dataDir: string): number[] {
  const running: Record<string, { pid: number }> = JSON.parse(
    readFileSync(join(dataDir, "running.json"), "utf8"),
  );
  return Object.values(running).map(({ pid }) => pid);
}

test("prints where it is and the first administrator's link, and ends in order on SIGTERM", async () => {
  const dataDir = join(makeTempFolder(), "data");
  const { child, said } = runStart({ SHOAL_DATA_DIR: dataDir, SHOAL_PORT: "0" });
  await until(() => /first-run#[0-9a-f]{64}\n/.test(said()), 60_000);
  expect(said()).toMatch(/^Shoal is at http:\/\/localhost:\d+$/m);
  const pids = readRunningPids(dataDir);
  const exit = once(child, "exit");
  const startedAt = Date.now();
  child.kill("SIGTERM");
  expect(await exit).toEqual([0, null]);
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(pids.filter(isAlive)).toEqual([]);
  const closings = [...said().matchAll(/"process":"(\w+)","reason":"SIGTERM"/g)].map(([, name]) => name);
  expect(closings).toEqual(["signaling", "encoder", "sfu"]);
});

test("leaves nothing behind when it is killed, and starts again on the same data", async () => {
  const dataDir = join(makeTempFolder(), "data");
  const { child, said } = runStart({ SHOAL_DATA_DIR: dataDir, SHOAL_PORT: "0" });
  await until(() => said().includes("Shoal is at"), 60_000);
  const pids = readRunningPids(dataDir);
  expect(pids).toHaveLength(4);
  child.kill("SIGKILL");
  await until(() => !pids.some(isAlive), 15_000);
  await start(dataDir);
});

test("a busy port is one sentence and exit code 1", async () => {
  const [port = 0] = await findFreePorts(1);
  const server = createServer().listen(port);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { child, said } = runStart({
    SHOAL_DATA_DIR: join(makeTempFolder(), "data"),
    SHOAL_PORT: String(port),
  });
  expect((await once(child, "close"))[0]).toBe(1);
  expect(said()).toBe(`Stop the program that listens on port ${port}, or set SHOAL_PORT to a free port.\n`);
});

test.each([
  ["SHOAL_PORT", "many"],
  ["SHOAL_PUBLIC_URL", "here"],
  ["SHOAL_LOG_LEVEL", "loud"],
  ["SHOAL_SFU_WORKERS", "-1"],
  ["SHOAL_MEDIA_CACHE_MIB", "much"],
])("a bad %s is one sentence and exit code 1", async (name, value) => {
  const { child, said } = runStart({ SHOAL_DATA_DIR: join(makeTempFolder(), "data"), [name]: value });
  expect((await once(child, "close"))[0]).toBe(1);
  expect(said()).toMatch(new RegExp(`^${name} cannot be "${value}": .*\\n$`));
});

function pidOf(shoal: Shoal, name: ShoalProcessName): number {
  const pid = shoal.pids()[name];
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}
