import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { endLeftovers, writeRunning } from "./leftovers.mjs";

async function spawnIdle(script = ""): Promise<ChildProcess & { pid: number }> {
  const code = `${script}; setInterval(() => {}, 1000); console.log("up")`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (!child.stdout) throw new Error("the child has no output");
  await once(child.stdout, "data");
  const { pid } = child;
  if (pid === undefined) throw new Error("the child did not start");
  return Object.assign(child, { pid });
}

test("ends what is written down, the deaf ones too, and forgets it", async () => {
  const dataDir = makeTempFolder();
  const orderly = await spawnIdle();
  const deaf = await spawnIdle('process.on("SIGTERM", () => {})');
  const exits = Promise.all([once(orderly, "exit"), once(deaf, "exit")]);
  writeRunning(dataDir, { orderly: orderly.pid, deaf: deaf.pid });
  await endLeftovers(dataDir, 100);
  expect((await exits).map(([, signal]) => signal)).toEqual(["SIGTERM", "SIGKILL"]);
  expect(existsSync(join(dataDir, "running.json"))).toBe(false);
});

test("leaves a process alone that only has the same id", async () => {
  const dataDir = makeTempFolder();
  const stranger = await spawnIdle();
  writeRunning(dataDir, { pocketbase: stranger.pid });
  const path = join(dataDir, "running.json");
  writeFileSync(path, readFileSync(path, "utf8").replace(/"birth":"[^"]*"/, '"birth":"another"'));
  await endLeftovers(dataDir, 100);
  expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null]);
});

test("an absent or damaged list is none", async () => {
  const dataDir = makeTempFolder();
  await endLeftovers(dataDir);
  writeFileSync(join(dataDir, "running.json"), "{");
  await endLeftovers(dataDir);
});

test("the guard ends what is left when its supervisor is gone", async () => {
  const dataDir = makeTempFolder();
  const left = await spawnIdle();
  writeRunning(dataDir, { left: left.pid });
  const guard = spawn(process.execPath, [join(import.meta.dirname, "guard.mjs"), dataDir], {
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  onTestFinished(() => void guard.kill("SIGKILL"));
  await once(guard, "message");
  const exits = Promise.all([once(left, "exit"), once(guard, "exit")]);
  guard.disconnect();
  expect(await exits).toEqual([
    [null, "SIGTERM"],
    [0, null],
  ]);
});
