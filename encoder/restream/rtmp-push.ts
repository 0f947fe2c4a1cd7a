import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import RtmpClient from "node-media-server/src/protocol/rtmp_client.js";
import { parseRestreamUrl, resolveRestreamHost } from "#common/node/restream-address.ts";
import { guardRtmp } from "../ingest/guard-rtmp.ts";
import { type FlvTag, toMessageType } from "./flv-tags.ts";

/** A connection to another site that takes a stream. */
export interface RtmpPush {
  /** Sends a tag; `false`: the other side is so slow that this one was not sent. */
  send(tag: FlvTag): boolean;
  /** Settles when the connection is gone, with why in a sentence; never rejects. */
  readonly ended: Promise<string>;
  close(): void;
}

/** Where to, as the front desk orders it. */
export interface RtmpTarget {
  readonly url: string;
  readonly key: string;
}

const connectTimeoutMs = 10_000;
const silenceMs = 30_000;
/** Answers are commands of a few hundred bytes. */
const maxAnswerBytes = 64 * 1024;
/** What may wait to be sent: a few seconds of a good picture. */
const maxWaitingBytes = 8 * 1024 * 1024;

/**
 * Connects to a target and begins to publish. The host's address is looked up and checked here, and that very address is used,
 * so that a name cannot lead elsewhere in between; the key travels in the publish command alone. Throws with a sentence for the
 * streamer.
 */
export async function openRtmpPush(target: RtmpTarget, allowInner: boolean): Promise<RtmpPush> {
  const address = parseRestreamUrl(target.url, { allowInner });
  const [ip = ""] = await resolveRestreamHost(address, { allowInner });
  const late = AbortSignal.timeout(connectTimeoutMs);
  const socket = await connect({ ...address, ip }, late);
  const client = new RtmpClient();
  try {
    await converse(client, socket, target, late);
  } catch (error) {
    client.disconnect();
    socket.destroy();
    throw error;
  }
  return toPush(client, socket);
}

async function connect(
  to: { protocol: "rtmp" | "rtmps"; host: string; ip: string; port: number },
  late: AbortSignal,
): Promise<Socket> {
  const { host, ip, port } = to;
  const socket =
    to.protocol === "rtmps"
      ? connectTls({ host: ip, port, servername: host })
      : connectTcp({ host: ip, port });
  try {
    await once(socket, to.protocol === "rtmps" ? "secureConnect" : "connect", { signal: late });
  } catch (cause) {
    socket.on("error", () => {});
    socket.destroy();
    throw new Error(`${host} does not answer on port ${port}.`, { cause });
  }
  socket.setNoDelay(true);
  return socket;
}

/** Handshake, connect, createStream, publish (RTMP 1.0 §5.2, §7.2). */
async function converse(
  client: RtmpClient,
  socket: Socket,
  { url, key }: RtmpTarget,
  late: AbortSignal,
): Promise<void> {
  const { hostname, pathname, search } = new URL(url.replace(/^rtmps?/, "http"));
  client.urlInfo = { host: hostname, port: 0, app: pathname.slice(1) + search, streamName: key, query: {} };
  client.baseUri = url;
  client.resetProtocolState();
  guardRtmp(client, () => maxAnswerBytes);
  client.socket = socket;
  client.connected = true;
  const ended = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new Error("The other site has ended the connection."));
    socket.once("close", fail);
    socket.once("error", fail);
    late.addEventListener("abort", () => reject(new Error("The other site takes too long to answer.")));
  });
  ended.catch(() => {});
  socket.on("data", (bytes: Buffer) => {
    try {
      client.handleData(bytes);
    } catch {
      // what it says is no RTMP
      socket.destroy();
    }
  });
  const greeted = new Promise<void>((resolve, reject) => {
    client.onHandshakeCallback = resolve;
    client.handshakeReject = reject;
  });
  client.sendClientHandshake();
  const talk = async () => {
    await greeted;
    await client.sendConnect();
    const streamId = await client.sendCreateStream();
    // it stands in 32 bits of each message
    if (!Number.isInteger(streamId) || streamId < 0 || streamId > 0xffffffff)
      throw new Error("The other site answers nonsense.");
    await client.sendPublish(key);
  };
  await Promise.race([talk(), ended]);
}

function toPush(client: RtmpClient, socket: Socket): RtmpPush {
  let why = "The other site has ended the connection.";
  socket.setTimeout(silenceMs, () => {
    why = "Nothing could be sent to the other site for a while.";
    socket.destroy();
  });
  client.startHeartbeat();
  const ended = new Promise<string>((resolve) => {
    socket.once("close", () => {
      client.disconnect();
      resolve(why);
    });
  });
  if (socket.destroyed) socket.emit("close");
  return {
    ended,
    send({ kind, timeMs, body }) {
      if (!socket.writable || socket.writableLength > maxWaitingBytes) return false;
      const message = RtmpClient.createMessage({
        codec_type: toMessageType(kind),
        dts: timeMs,
        size: body.length,
        data: body,
      });
      // RTMP 1.0 §5.3.1.2.1: message stream id, little-endian, after a basic header of one byte, which the package leaves 0
      message.writeUInt32LE(client.streamId, 8);
      socket.write(message);
      return true;
    },
    close() {
      why = "";
      socket.destroy();
    },
  };
}
