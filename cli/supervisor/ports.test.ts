import { once } from "node:events";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { ConfigError } from "#common/node/config.ts";
import { claimMediaPorts, claimPort, findFreePorts } from "./ports.ts";

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

describe("ports of live media", () => {
  const claim = (rtmpPort: number, env: NodeJS.ProcessEnv, isAnyPort = false) => {
    const warnings: string[] = [];
    const warn = (sentence: string) => warnings.push(sentence);
    return claimMediaPorts({ env, rtmpPort, host: "127.0.0.1", isAnyPort, warn }).then((ports) => ({
      ports,
      warnings,
    }));
  };

  test("a taken one that was asked for is refused, the default is left out with a warning", async () => {
    const [port = 0] = await findFreePorts(1);
    const taken = createServer().listen(port, "127.0.0.1");
    await once(taken, "listening");
    await expect(claim(port, { SHOAL_RTMP_PORT: String(port) })).rejects.toThrow("SHOAL_RTMP_PORT");
    const { ports, warnings } = await claim(port, {});
    expect(ports).toEqual({ SHOAL_RTMP_PORT: "0" });
    expect(warnings).toHaveLength(1);
    taken.close();
    await once(taken, "close");
    expect((await claim(port, {})).ports).toEqual({ SHOAL_RTMP_PORT: String(port) });
  });

  test("any free ones where the front desk has any free one, but for what is set", async () => {
    const { ports } = await claim(1935, {}, true);
    expect(ports.SHOAL_RTC_PORT).toBe("0");
    expect(Number(ports.SHOAL_RTMP_PORT)).toBeGreaterThan(1023);
    expect((await claim(0, { SHOAL_RTMP_PORT: "0", SHOAL_RTC_PORT: "40100" }, true)).ports).toEqual({
      SHOAL_RTMP_PORT: "0",
    });
  });
});
