import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import {
  createRateBound,
  isOwnOrigin,
  maxRefusalsPerAddress,
  maxSockets,
  maxSocketsPerAddress,
  packetBurst,
  packetsPerSecond,
  refusalsKeptMs,
} from "./sockets.rules.ts";

/** A connection below socket.io, as engine.io has it. */
interface Connection {
  readonly request: IncomingMessage;
  once(event: "close", then: () => void): unknown;
  on(event: "packet", then: () => void): unknown;
  close(): void;
}

/** The part of engine.io that is looked at. */
interface Engine {
  readonly clientsCount: number;
  on(event: "connection", then: (connection: Connection) => void): unknown;
}

/** Bounds who may connect at all, and how much a connection may say; knows nothing of namespaces. */
export function createSocketAdmission(options: {
  readonly publicUrl: string;
  readonly toAddress: (request: IncomingMessage) => string;
}) {
  const { toAddress } = options;
  const perAddress = new Map<string, number>();
  const refusals = new LRUCache<string, number>({ max: 10_000, ttl: refusalsKeptMs });

  function count(address: string): void {
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
  }
  function discount(address: string): void {
    const left = (perAddress.get(address) ?? 1) - 1;
    if (left > 0) perAddress.set(address, left);
    else perAddress.delete(address);
  }

  return {
    isWelcome(request: IncomingMessage, connectionCount: number): boolean {
      const { headers } = request;
      const address = toAddress(request);
      return (
        isOwnOrigin(headers.origin, headers.host, options.publicUrl) &&
        connectionCount < maxSockets &&
        (perAddress.get(address) ?? 0) < maxSocketsPerAddress &&
        (refusals.get(address) ?? 0) < maxRefusalsPerAddress
      );
    },

    /** Counts connections from now on, and ends those that flood. */
    watch(engine: Engine): void {
      engine.on("connection", (connection) => {
        const address = toAddress(connection.request);
        const packets = createRateBound(packetBurst, packetsPerSecond);
        count(address);
        connection.once("close", () => discount(address));
        connection.on("packet", () => {
          if (!packets.take()) connection.close();
        });
      });
    },

    /** Somebody has come with a token that is good for nothing. */
    countRefusal(request: IncomingMessage): void {
      const address = toAddress(request);
      refusals.set(address, (refusals.get(address) ?? 0) + 1, { noUpdateTTL: true });
    },
  };
}
