import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "#common/node/config.ts";
import { claimPort, findFreePorts } from "./ports.ts";

test("says in one sentence that the port is taken", async () => {
  const [port = 0] = await findFreePorts(1);
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const refused = claimPort(port, "127.0.0.1");
  await expect(refused).rejects.toThrow(ConfigError);
  await expect(refused).rejects.toThrow(
    `Stop the program that listens on port ${port}, or set SHOAL_PORT to a free port.`,
  );
});

test("says in one sentence that the address is not ours", async () => {
  await expect(claimPort(0, "192.0.2.1")).rejects.toThrow(
    /^Set SHOAL_PORT and SHOAL_HOST to an address .*EADDRNOTAVAIL/,
  );
});

test("gives the wanted port, any for 0, and different free ones", async () => {
  const port = await claimPort(0, "127.0.0.1");
  expect(port).toBeGreaterThan(0);
  expect(await claimPort(port, "127.0.0.1")).toBe(port);
  expect(new Set(await findFreePorts(5)).size).toBe(5);
});
