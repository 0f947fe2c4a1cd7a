import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { plainPublishRequestSchema } from "#common/live/sfu-control.ts";
import { loadConfig } from "#common/node/config.ts";
import { defineCall } from "#common/node/internal-calls.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createInternalServer, type InternalServer } from "#common/node/internal-server.ts";
import { createLog } from "#common/node/log.ts";
import { findPipeOpener } from "../media/ffmpeg-runner.ts";
import { mediaConfig } from "../media/media.config.ts";
import { type Ingest, openIngest } from "./ingest.room.ts";

const token = "a".repeat(64);
const streamId = "abcdefghijklmno";
const key = "the-right-key";

/** A node that has one room: it opens ports and counts what arrives there. */
class Node {
  server: InternalServer | undefined;
  sessionId = "";
  sessionCount = 0;
  left: string[] = [];
  isTaken = false;
  readonly sockets: Socket[] = [];
  /** RTP packets by payload type. */
  readonly packets = new Map<number, Buffer[]>();

  async open(): Promise<string> {
    this.server = await createInternalServer({
      url: "http://127.0.0.1:0",
      registry: new Registry(),
      isReady: () => [],
      calls: {
        token,
        onError: (error) => console.error(error),
        list: [
          defineCall({
            method: "POST",
            path: "/live/rooms/:roomId/plain-publisher",
            body: plainPublishRequestSchema,
            handle: ({ body }) => this.#publish(body.tracks.length),
          }),
          defineCall({
            method: "DELETE",
            path: "/live/rooms/:roomId/publisher/:sessionId",
            handle: ({ params }) => void this.left.push(params.sessionId ?? ""),
          }),
          defineCall({ method: "GET", path: "/live/state", handle: () => this.#state() }),
        ],
      },
    });
    return this.server.url;
  }

  async #publish(trackCount: number) {
    if (this.isTaken)
      throw new ShoalError("stream.already_live", "Somebody is sending to this stream already.");
    this.sessionCount += 1;
    this.sessionId = `session-${this.sessionCount}`;
    const ports: number[] = [];
    for (let at = 0; at < trackCount * 2; at += 1) ports.push(await this.#listen());
    const half = ports.length / 2;
    return {
      sessionId: this.sessionId,
      host: "127.0.0.1",
      ports: ports.slice(0, half),
      rtcpPorts: ports.slice(half),
    };
  }

  async #listen(): Promise<number> {
    const socket = createSocket("udp4");
    this.sockets.push(socket);
    socket.on("message", (packet) => {
      const payloadType = (packet[1] ?? 0) & 0x7f;
      const known = this.packets.get(payloadType) ?? [];
      if (known.length < 2000) known.push(packet);
      this.packets.set(payloadType, known);
    });
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return socket.address().port;
  }

  #state() {
    const publisher = {
      sessionId: this.sessionId,
      via: "plain",
      state: "live",
      videoCodec: "h264",
      audioCodec: "opus",
      layers: [],
      bitrateBps: 0,
      packetLossRatio: 0,
      roundTripMs: 0,
    };
    const rooms = [{ roomId: streamId, publisher, originUrl: null, viewerCount: 0 }];
    return { version: 1, nodeId: "node", region: "", viewerCount: 0, maxViewerCount: 10, rooms };
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.close();
    await this.server?.close();
  }
}

let node: Node;
let ingest: Ingest;
const children: ChildProcess[] = [];

beforeEach(async () => {
  node = new Node();
  const sfuUrl = await node.open();
  const config = loadConfig(mediaConfig, {});
  const openPipe = await findPipeOpener(config);
  ingest = await openIngest({
    config: { rtmpHost: "127.0.0.1", rtmpPort: 0, rtmpConnections: 10, sfuUrl, encodeThreads: 1 },
    isOpen: true,
    sfu: createInternalClient({ token }),
    async findStream(told) {
      if (told !== key) throw new ShoalError("stream.wrong_key", "The stream key is wrong.");
      return streamId;
    },
    startProcess: (args) => openPipe({ args, outputCount: 0, network: "host" }),
    log: createLog("test", "silent"),
  });
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await ingest.close();
  await node.close();
});

function publish(options: {
  seconds: number;
  key?: string;
  video?: readonly string[];
  audio?: readonly string[];
}) {
  const {
    seconds,
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"],
    audio = ["-c:a", "aac"],
  } = options;
  const url = `rtmp://127.0.0.1:${ingest.port}/live/${options.key ?? key}`;
  const source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-f", "lavfi", "-i", "sine"];
  const args = [
    "-loglevel",
    "error",
    "-re",
    ...source,
    "-t",
    String(seconds),
    ...video,
    "-g",
    "30",
    ...audio,
  ];
  const child = spawn("ffmpeg", [...args, "-f", "flv", url], { stdio: "ignore" });
  children.push(child);
  return { child, ended: once(child, "close").then(([code]) => code) };
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it did not come to be in 15 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const videoType = 102;
const audioType = 111;
const countOf = (payloadType: number) => node.packets.get(payloadType)?.length ?? 0;

/** NAL unit types of RTP packets of H.264: single units, aggregates and the beginnings of fragments (RFC 6184 §5.2). */
function unitTypes(): Set<number> {
  const types = new Set<number>();
  for (const packet of node.packets.get(videoType) ?? []) {
    const payload = packet.subarray(12);
    const type = (payload[0] ?? 0) & 31;
    if (type === 28) types.add((payload[1] ?? 0) & 31);
    else if (type !== 24) types.add(type);
    else {
      for (let at = 1; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at)) {
        types.add((payload[at + 2] ?? 0) & 31);
      }
    }
  }
  return types;
}

describe("refusals", () => {
  it("a wrong key: nothing is asked of the sfu", async () => {
    expect(await publish({ seconds: 5, key: "a-wrong-key" }).ended).not.toBe(0);
    expect(node.sessionCount).toBe(0);
  });

  it("a second publisher while the first is heard", async () => {
    const first = publish({ seconds: 30 });
    await until(() => countOf(videoType) > 0);
    expect(await publish({ seconds: 5 }).ended).not.toBe(0);
    expect([node.sessionCount, first.child.exitCode]).toEqual([1, null]);
  });

  it("a stream that somebody sends to from elsewhere", async () => {
    node.isTaken = true;
    expect(await publish({ seconds: 10 }).ended).not.toBe(0);
    expect(ingest.reportOf(streamId)).toBeNull();
  });

  it("who guesses keys, after some", async () => {
    for (let at = 0; at < 10; at += 1) await publish({ seconds: 5, key: `guess-${at}` }).ended;
    expect(await publish({ seconds: 5 }).ended).not.toBe(0);
    expect(node.sessionCount).toBe(0);
  });
});

it("copies H.264 without B-frames, with parameter sets, and makes Opus of the sound", async () => {
  const { ended } = publish({ seconds: 2 });
  await until(() => ingest.reportOf(streamId) !== null);
  expect(ingest.reportOf(streamId)).toEqual({
    videoCodec: "h264",
    audioCodec: "aac",
    video: "copied",
    reason: "",
  });
  expect(await ended).toBe(0);
  await until(() => node.left.length > 0);
  expect(node.left).toEqual([node.sessionId]);
  // 50 packets a second of 20 ms each
  expect(countOf(audioType)).toBeGreaterThan(90);
  const frameEnds = (node.packets.get(videoType) ?? []).filter((packet) => ((packet[1] ?? 0) & 0x80) !== 0);
  expect(frameEnds).toHaveLength(60);
  for (const type of [1, 5, 7, 8]) expect(unitTypes()).toContain(type);
});

it("encodes again what has B-frames, and says why", async () => {
  publish({ seconds: 20, video: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3"] });
  await until(() => countOf(videoType) > 30);
  expect(ingest.reportOf(streamId)).toMatchObject({
    video: "transcoded",
    reason: expect.stringContaining("B-frames"),
  });
  for (const type of [1, 5, 7, 8]) expect(unitTypes()).toContain(type);
});

it.each([
  ["sound", { video: ["-vn"] }, audioType, videoType],
  ["a picture", { audio: ["-an"] }, videoType, audioType],
] as const)("takes %s alone", async (_name, what, sent, notSent) => {
  publish({ seconds: 20, ...what });
  await until(() => countOf(sent) > 30);
  expect(countOf(notSent)).toBe(0);
});

it("goes on when the sfu was started anew", async () => {
  const { child } = publish({ seconds: 60 });
  await until(() => countOf(videoType) > 0);
  node.sessionId = "nobody";
  await until(() => node.sessionCount === 2);
  node.packets.clear();
  await until(() => countOf(videoType) > 0);
  expect(child.exitCode).toBeNull();
});
