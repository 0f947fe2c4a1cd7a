import { once } from "node:events";
import { createServer } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { findFreePorts } from "../../cli/supervisor/ports.ts";
import { type OwnSfu, openOwnSfu } from "../live/testing/own-sfu.ts";

let sfu: OwnSfu;
beforeEach(async () => {
  sfu = await openOwnSfu({ SHOAL_SFU_WORKERS: "2" });
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
  await expect(openOwnSfu({ SHOAL_SFU_URL: sfu.url })).rejects.toThrow(/EADDRINUSE/);
});

test("gives each worker a WebRTC port, UDP and TCP, again when it was replaced; says in a sentence that one is taken", async () => {
  const rtcPort = await findFreePair();
  const own = await openOwnSfu({ SHOAL_SFU_WORKERS: "2", SHOAL_RTC_PORT: String(rtcPort) });
  onTestFinished(() => own.close());
  const listPorts = async () => {
    const dumps = await Promise.all(own.workers.list().map(({ webRtcServer }) => webRtcServer.dump()));
    return dumps.map(({ udpSockets, tcpServers }) => [...udpSockets, ...tcpServers].map(({ port }) => port));
  };
  const both = [
    [rtcPort, rtcPort],
    [rtcPort + 1, rtcPort + 1],
  ];
  expect(await listPorts()).toEqual(both);
  await expect(openOwnSfu({ SHOAL_RTC_PORT: String(rtcPort + 1) })).rejects.toThrow(
    `Stop the program that uses UDP or TCP port ${rtcPort + 1}, or set SHOAL_RTC_PORT`,
  );
  await expect(openOwnSfu({ SHOAL_RTC_LISTEN_ADDRESS: "203.0.113.1" })).rejects.toThrow(
    "Set SHOAL_RTC_LISTEN_ADDRESS",
  );
  process.kill(own.workers.pids()[1] ?? 0, "SIGKILL");
  await vi.waitUntil(async () => isDeepStrictEqual(await listPorts().catch(() => []), both), {
    timeout: 10_000,
  });
});

/** A free port of which the next one is free too. */
async function findFreePair(): Promise<number> {
  for (;;) {
    const [port = 0] = await findFreePorts(1);
    const next = createServer().listen(port + 1, "127.0.0.1");
    try {
      await once(next, "listening");
      return port;
    } catch {
      // taken
    } finally {
      next.close();
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
