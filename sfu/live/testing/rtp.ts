import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** One stream of RTP packets like an encoder's: 50 a second, every 25th a key frame. */
export interface RtpSender {
  readonly sentCount: number;
  close(): void;
}

const everyMs = 20;
/** NAL unit types (RFC 6184 §1.3): a parameter set begins a key frame, a slice is the rest. */
const nal = { parameterSet: 0x67, slice: 0x41 };

/** Begins to send to a port, of this machine unless said otherwise. */
export function sendRtp(options: {
  readonly host?: string;
  readonly port: number;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly sizeBytes?: number;
}): RtpSender {
  const { host = "127.0.0.1", port, payloadType, ssrc, sizeBytes = 200 } = options;
  const socket = createSocket("udp4");
  let sentCount = 0;
  const timer = setInterval(() => {
    const packet = Buffer.alloc(12 + sizeBytes);
    // RFC 3550 §5.1: version 2; the marker ends a frame
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8(0x80 | payloadType, 1);
    packet.writeUInt16BE(sentCount % 65_536, 2);
    packet.writeUInt32BE((sentCount * 1800) % 2 ** 32, 4);
    packet.writeUInt32BE(ssrc, 8);
    packet.writeUInt8(sentCount % 25 === 0 ? nal.parameterSet : nal.slice, 12);
    socket.send(packet, port, host);
    sentCount++;
  }, everyMs);
  return {
    get sentCount() {
      return sentCount;
    },
    close() {
      clearInterval(timer);
      socket.close();
    },
  };
}

/** Two neighbouring ports of this machine, RTP on the even one, and what has arrived there. */
export interface RtpReceiver {
  readonly port: number;
  /** Packets by SSRC. */
  readonly counts: ReadonlyMap<number, number>;
  readonly payloadTypes: ReadonlySet<number>;
  /** Where the packets came from. */
  readonly sources: ReadonlySet<string>;
  readonly rtcpCount: number;
  close(): void;
}

export async function receiveRtp(): Promise<RtpReceiver> {
  const [rtp, rtcp] = await bindPair();
  const counts = new Map<number, number>();
  const payloadTypes = new Set<number>();
  const sources = new Set<string>();
  let rtcpCount = 0;
  rtp.on("message", (packet, from) => {
    const ssrc = packet.readUInt32BE(8);
    counts.set(ssrc, (counts.get(ssrc) ?? 0) + 1);
    payloadTypes.add(packet.readUInt8(1) & 0x7f);
    sources.add(`${from.address}:${from.port}`);
  });
  rtcp.on("message", () => {
    rtcpCount++;
  });
  return {
    port: rtp.address().port,
    counts,
    payloadTypes,
    sources,
    get rtcpCount() {
      return rtcpCount;
    },
    close() {
      rtp.close();
      rtcp.close();
    },
  };
}

async function bindPair(): Promise<[Socket, Socket]> {
  for (let tries = 0; tries < 50; tries++) {
    const first = await bind(0);
    const { port } = first.address();
    if (port % 2 === 0) {
      try {
        return [first, await bind(port + 1)];
      } catch {
        // the neighbour is taken
      }
    }
    first.close();
  }
  throw new Error("there are no two neighbouring ports");
}

async function bind(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.bind(port, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}
