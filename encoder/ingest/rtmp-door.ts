import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Closable } from "#common/node/closer.ts";
import { ConfigError } from "#common/node/config.ts";
import { RtmpConnection, type RtmpConnectionEvents } from "./rtmp-connection.ts";

/** Where RTMP publishers knock. */
export interface RtmpDoor extends Closable {
  /** The real port. */
  readonly port: number;
}

/** Connections of one address: somebody may send several streams, and a few more while old ones are dying. */
const maxPerAddress = 20;

/**
 * Listens for RTMP. `connect` is called for each connection that there is room for, with what makes it a
 * {@link RtmpConnection}; who comes beyond the bounds is closed at once. Throws {@link ConfigError} for a port that is taken.
 */
export async function openRtmpDoor(options: {
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  /** A publisher that has not named its stream by then is let go; default 10 s. */
  readonly admissionMs?: number;
  connect(address: string, open: (events: RtmpConnectionEvents) => RtmpConnection): void;
}): Promise<RtmpDoor> {
  const sockets = new Map<Socket, string>();
  const server = createServer((socket) => {
    const address = socket.remoteAddress ?? "";
    const fromThere = [...sockets.values()].filter((other) => other === address).length;
    if (sockets.size >= options.maxConnections || fromThere >= maxPerAddress) {
      socket.destroy();
      return;
    }
    sockets.set(socket, address);
    socket.once("close", () => sockets.delete(socket));
    options.connect(address, (events) => new RtmpConnection(socket, options.admissionMs ?? 10_000, events));
  });
  try {
    server.listen({ host: options.host, port: options.port });
    await once(server, "listening");
  } catch (cause) {
    throw new ConfigError(
      `Set SHOAL_RTMP_PORT to a free port, because ${options.host} port ${options.port} is none (${toCode(cause)}).`,
    );
  }
  const address = server.address();
  let closing: Promise<unknown> | undefined;
  return {
    port: address && typeof address !== "string" ? address.port : options.port,
    async close() {
      closing ??= (async () => {
        const closed = once(server, "close");
        server.close();
        for (const socket of sockets.keys()) socket.destroy();
        await closed;
      })();
      await closing;
    },
  };
}

function toCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}
