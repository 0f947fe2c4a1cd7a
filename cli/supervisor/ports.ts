import { randomInt } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { ConfigError } from "#common/node/config.ts";

/**
 * The port that the front desk can have: the wanted one, or for 0 any free one.
 * Throws {@link ConfigError} when it is taken or this user may not have it.
 */
export async function claimPort(wanted: number, host: string): Promise<number> {
  const server = createServer();
  try {
    await listen(server, wanted, host);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    if (code === "EADDRINUSE") {
      throw new ConfigError(
        `Stop the program that listens on port ${wanted}, or set SHOAL_PORT to a free port.`,
      );
    }
    throw new ConfigError(
      `Set SHOAL_PORT and SHOAL_HOST to an address that this user may listen on, because ${host} port ${wanted} is none (${code}).`,
    );
  }
  const { port } = addressOf(server);
  await close(server);
  return port;
}

/** Ports of live media, as settings for the processes. */
export interface MediaPorts {
  readonly SHOAL_RTMP_PORT: string;
  /** Absent: as set, or the default. */
  readonly SHOAL_RTC_PORT?: string;
}

/**
 * The ports for live media. A Shoal on any free port (tests) gets any free ones here too, where nothing else is set. A
 * default that is taken turns RTMP off, which `warn` says; a port that was asked for and is taken is a {@link ConfigError}.
 */
export async function claimMediaPorts(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly rtmpPort: number;
  readonly host: string;
  readonly isAnyPort: boolean;
  warn(sentence: string): void;
}): Promise<MediaPorts> {
  const { env, rtmpPort, host, isAnyPort } = options;
  const rtc = isAnyPort && env.SHOAL_RTC_PORT === undefined ? { SHOAL_RTC_PORT: "0" } : {};
  if (env.SHOAL_RTMP_PORT === undefined && isAnyPort) {
    const [port] = await findFreePorts(1);
    return { ...rtc, SHOAL_RTMP_PORT: String(port) };
  }
  if (rtmpPort === 0 || (await isFree(rtmpPort, host))) return { ...rtc, SHOAL_RTMP_PORT: String(rtmpPort) };
  const sentence = `a program listens on port ${rtmpPort} already`;
  if (env.SHOAL_RTMP_PORT !== undefined) {
    throw new ConfigError(`Set SHOAL_RTMP_PORT to a free port, because ${sentence}.`);
  }
  options.warn(`RTMP is off, because ${sentence}. Set SHOAL_RTMP_PORT to a free one to have it.`);
  return { ...rtc, SHOAL_RTMP_PORT: "0" };
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port, host);
  } catch {
    return false;
  }
  await close(server);
  return true;
}

/** Below what systems give to connections by themselves, so that none of those takes a port before its process has it. */
const searched = { first: 20_000, count: 12_000 };
const maxTries = 1000;

/** Free loopback ports, all different: they are held together before they are given back. */
export async function findFreePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  try {
    for (let tries = 0; held.length < count; tries += 1) {
      if (tries === maxTries) throw new Error("there are no free ports");
      const server = createServer();
      const port = searched.first + randomInt(searched.count);
      const isHeld = await listen(server, port, "127.0.0.1").then(
        () => true,
        () => false,
      );
      if (isHeld) held.push(server);
    }
    return held.map((server) => addressOf(server).port);
  } finally {
    await Promise.all(held.map(close));
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, exclusive: true });
  await once(server, "listening");
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address;
}
