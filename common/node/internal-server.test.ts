import { Counter, Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { createInternalServer, type InternalServer, type ReadinessCheck } from "./internal-server.ts";

const opened: InternalServer[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function open(isReady: ReadinessCheck, registry = new Registry()): Promise<InternalServer> {
  const server = await createInternalServer({ url: "http://127.0.0.1:0", registry, isReady });
  opened.push(server);
  return server;
}

test("refuses other paths and other methods", async () => {
  const { url } = await open(() => []);
  for (const [path, method] of [
    ["/", "GET"],
    ["/readyz/", "GET"],
    ["/metrics", "POST"],
  ] as const) {
    const response = await fetch(url + path, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "request.not_found" } });
  }
});

test("refuses an address that is taken", async () => {
  const { url } = await open(() => []);
  await expect(createInternalServer({ url, registry: new Registry(), isReady: () => [] })).rejects.toThrow(
    "EADDRINUSE",
  );
});

test("lives, and says what is missing until it is ready", async () => {
  let failing = ["storage"];
  const { url } = await open(async () => failing);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const before = await fetch(`${url}/readyz`);
  expect([before.status, await before.json()]).toEqual([503, { ready: false, failing: ["storage"] }]);
  failing = [];
  const after = await fetch(`${url}/readyz`);
  expect([after.status, await after.json()]).toEqual([200, { ready: true, failing: [] }]);
});

test("is not ready when its check throws", async () => {
  const { url } = await open(() => {
    throw new Error("out of order");
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
});

test("gives the metrics of its registry", async () => {
  const registry = new Registry();
  new Counter({ name: "things_total", help: "Things.", registers: [registry] }).inc(3);
  const { url } = await open(() => [], registry);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("things_total 3");
});

test("closes twice, with a connection open", async () => {
  const server = await open(() => []);
  await fetch(`${server.url}/healthz`);
  await Promise.all([server.close(), server.close()]);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
