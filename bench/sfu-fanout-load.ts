import { createSocket, type Socket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { fanout } from "./sfu-fanout.ts";

/*
 * Sends one picture as RTP to the port that its parent names, for a round, then says how many packets it sent. To each port
 * it sends from one socket, which the receiver takes for the sender, and counts on.
 */

const streams = new Map<number, { readonly socket: Socket; sentCount: number }>();

async function send(port: number): Promise<number> {
  const stream = streams.get(port) ?? { socket: createSocket("udp4"), sentCount: 0 };
  streams.set(port, stream);
  const count = fanout.packetsPerSecond * fanout.roundSeconds;
  const beganAtMs = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const dueInMs = beganAtMs + (sent * 1000) / fanout.packetsPerSecond - performance.now();
    if (dueInMs > 0) await sleep(dueInMs);
    stream.socket.send(toPacket(stream.sentCount++), port, "127.0.0.1");
  }
  return count;
}

/** RFC 3550 §5.1: version 2, the marker at the end of a frame; RFC 6184 §5.2: a parameter set or a slice. */
function toPacket(number: number): Buffer {
  const packet = Buffer.alloc(12 + fanout.packetBytes);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(0x80 | fanout.payloadType, 1);
  packet.writeUInt16BE(number % 65_536, 2);
  packet.writeUInt32BE(Math.round((number * 90_000) / fanout.packetsPerSecond) % 2 ** 32, 4);
  packet.writeUInt32BE(fanout.ssrc, 8);
  packet.writeUInt8(number % fanout.packetsPerSecond === 0 ? 0x67 : 0x41, 12);
  return packet;
}

process.on("message", (port) => void send(z.int().parse(port)).then((count) => process.send?.(count)));
process.once("disconnect", () => process.exit(0));
process.send?.("ready");
