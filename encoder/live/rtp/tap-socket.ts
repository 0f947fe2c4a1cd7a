import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Closable } from "#common/node/closer.ts";

/** Two UDP ports beside each other: RTP on the even one, RTCP on the next (RFC 3550 §11). */
export interface TapSocket extends Closable {
  /** The even one. */
  readonly port: number;
  /** Takes packets from this sender alone from now on. */
  connect(source: { host: string; port: number }): Promise<void>;
}

const maxTries = 50;
/** A key frame comes as a burst. */
const receiveBufferBytes = 4 * 1024 ** 2;

/** Opens a pair on this address; `onPacket` hears the RTP. RTCP is taken and left alone: it says no more than the packets do. */
export async function openTapSocket(host: string, onPacket: (bytes: Buffer) => void): Promise<TapSocket> {
  for (let attempt = 1; ; attempt += 1) {
    const pair = await tryOpenPair(host);
    if (!pair) {
      if (attempt === maxTries) throw new Error("there are no two free UDP ports beside each other");
      continue;
    }
    const { rtp, rtcp } = pair;
    try {
      rtp.setRecvBufferSize(receiveBufferBytes);
    } catch {
      // the system permits less
    }
    rtp.on("message", onPacket);
    rtcp.on("message", () => undefined);
    // a connected socket hears of ports that are closed on the other side: the sfu tells of the end itself
    for (const socket of [rtp, rtcp]) socket.on("error", () => undefined);
    let closing: Promise<unknown> | undefined;
    return {
      port: rtp.address().port,
      async connect(source) {
        rtp.connect(source.port, source.host);
        await once(rtp, "connect");
      },
      async close() {
        closing ??= Promise.all([closeSocket(rtp), closeSocket(rtcp)]);
        await closing;
      },
    };
  }
}

/** Any free port and its neighbour. */
async function tryOpenPair(host: string): Promise<{ rtp: Socket; rtcp: Socket } | undefined> {
  const first = await bind(host, 0);
  if (!first) return undefined;
  const { port } = first.address();
  const isEven = port % 2 === 0;
  const second = await bind(host, isEven ? port + 1 : port - 1);
  if (second) return isEven ? { rtp: first, rtcp: second } : { rtp: second, rtcp: first };
  await closeSocket(first);
  return undefined;
}

async function bind(host: string, port: number): Promise<Socket | undefined> {
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
  const bound = once(socket, "listening");
  socket.bind({ address: host, port, exclusive: true });
  try {
    await bound;
    return socket;
  } catch (error) {
    await closeSocket(socket);
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return undefined;
    throw error;
  }
}

async function closeSocket(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.close(() => resolve()));
}

/** Our address on the way to a machine; nothing is sent. */
export async function findLocalAddress(remoteHost: string): Promise<string> {
  const host = remoteHost.replace(/^\[|\]$/g, "");
  const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4" });
  try {
    socket.connect(9, host);
    await once(socket, "connect");
    return socket.address().address;
  } finally {
    await closeSocket(socket);
  }
}
