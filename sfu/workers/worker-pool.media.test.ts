import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "#common/node/log.ts";
import { openSfu, type Sfu } from "../sfu.ts";

const log = createLog("sfu", "silent");
let sfu: Sfu;
beforeEach(async () => {
  sfu = await openSfu({ sfuUrl: "http://127.0.0.1:0", sfuWorkerCount: 2 }, log);
});
afterEach(() => sfu?.close());

test("is ready when every worker answers, and says how many run", async () => {
  const ready = await fetch(`${sfu.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, failing: [] }]);
  expect(await (await fetch(`${sfu.url}/metrics`)).text()).toContain("shoal_sfu_workers 2");
});

test("replaces a worker that was killed", async () => {
  const [victim, other] = sfu.workers.pids();
  if (victim === undefined || other === undefined) throw new Error("there are not two workers");
  process.kill(victim, "SIGKILL");
  await vi.waitUntil(() => sfu.workers.pids().length === 2 && !sfu.workers.pids().includes(victim), {
    timeout: 10_000,
  });
  expect(sfu.workers.pids()).toContain(other);
  expect((await fetch(`${sfu.url}/readyz`)).status).toBe(200);
  expect(await (await fetch(`${sfu.url}/metrics`)).text()).toContain("shoal_sfu_worker_deaths_total 1");
});

test("counts a worker that is stopped in its tracks as silent", async () => {
  const [frozen] = sfu.workers.pids();
  if (frozen === undefined) throw new Error("there is no worker");
  process.kill(frozen, "SIGSTOP");
  try {
    expect(await (await fetch(`${sfu.url}/readyz`)).json()).toEqual({ ready: false, failing: ["worker 0"] });
  } finally {
    process.kill(frozen, "SIGCONT");
  }
  await vi.waitUntil(async () => (await fetch(`${sfu.url}/readyz`)).ok, { timeout: 10_000 });
});

test("leaves no worker behind when it closes", async () => {
  const pids = sfu.workers.pids();
  await sfu.close();
  expect(pids.filter(isAlive)).toEqual([]);
  await expect(fetch(`${sfu.url}/healthz`)).rejects.toThrow();
});

test("closes what it had opened when its address is taken", async () => {
  await expect(openSfu({ sfuUrl: sfu.url, sfuWorkerCount: 1 }, log)).rejects.toThrow(/EADDRINUSE/);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
