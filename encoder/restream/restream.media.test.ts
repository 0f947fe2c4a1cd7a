import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Flv from "node-media-server/src/protocol/flv.js";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "#common/node/log.ts";
import { openRtmpDoor, type RtmpDoor } from "../ingest/rtmp-door.ts";
import { Restream } from "./restream.ts";
import type { RestreamSample, RestreamSource } from "./restream-sample.ts";
import { openRtmpPush } from "./rtmp-push.ts";

const run = promisify(execFile);
const log = createLog("test", "silent");
const children: ChildProcess[] = [];
const restreams: Restream[] = [];
const doors: RtmpDoor[] = [];
let folder: string;
let clip: RestreamSample[];

/** Two seconds of picture and sound, as FFmpeg's FLV has them. */
beforeAll(async () => {
  const source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "sine", "-t", "2"];
  const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "25", "-c:a", "aac"];
  const args = ["-loglevel", "error", ...source, ...codecs, "-f", "flv", "pipe:1"];
  const { stdout } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 2 ** 24 });
  clip = [];
  const configs = new Map<number, Buffer>();
  const flv = new Flv();
  flv.onPacketCallback = ({ codec_type: type, flags, dts, size, data }) => {
    const [kind, headBytes] = type === 9 ? (["video", 5] as const) : (["audio", 2] as const);
    const body = Buffer.from(data.subarray(headBytes, size));
    if (flags === 0 || flags === 2) configs.set(type, body);
    const decoderConfig = configs.get(type);
    // the last tag of the picture has no picture in it
    if ((type !== 8 && type !== 9) || flags === 0 || flags === 2 || !decoderConfig || body.length === 0)
      return;
    const isSync = flags !== 4;
    clip.push({ kind, decodeSeconds: dts / 1000, compositionSeconds: 0, isSync, data: body, decoderConfig });
  };
  flv.parserData(stdout);
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "restream-"));
});

afterEach(async () => {
  await Promise.all(restreams.splice(0).map((restream) => restream.close()));
  await Promise.all(doors.splice(0).map((door) => door.close()));
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Gives the clip to everybody who begins to listen. */
const source: RestreamSource = {
  subscribe(listener) {
    for (const sample of clip) listener(sample);
    return () => {};
  },
};

function restream(url: string, key: string, allowInner = true): Restream {
  const openPush = (target: { url: string; key: string }) => openRtmpPush(target, allowInner);
  const opened = new Restream({ target: { url, key }, source, openPush, log, firstWaitMs: 50 });
  restreams.push(opened);
  return opened;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error("it did not come to be in 15 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function openDoor(port: number, refusal: string | null = null) {
  const seen = { names: [] as string[], frameCount: 0, leave: () => {} };
  const door = await openRtmpDoor({
    host: "127.0.0.1",
    port,
    maxConnections: 5,
    connect(_address, open) {
      const connection = open({
        async askedToPublish(app, name) {
          seen.names.push(`${app}/${name}`);
          return { refusal };
        },
        received({ media }) {
          if (media?.kind === "video" && media.part !== "header") seen.frameCount += 1;
        },
        closed() {},
      });
      seen.leave = () => connection.close();
    },
  });
  doors.push(door);
  return { door, seen };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("refusals", () => {
  it("never connects to a host of its own network", async () => {
    const { door, seen } = await openDoor(0);
    const opened = restream(`rtmp://127.0.0.1:${door.port}/live`, "key", false);
    await until(() => opened.status.state === "failed");
    expect(opened.status.trouble).toMatch(/own network/);
    expect(seen.names).toEqual([]);
  });

  it("says why another site does not take it, and gives up after some tries", async () => {
    const { door, seen } = await openDoor(0, "This key is not good.");
    const opened = restream(`rtmp://127.0.0.1:${door.port}/live`, "key");
    await until(() => seen.names.length > 1);
    expect(opened.status.trouble).toBe("This key is not good.");
    await opened.close();
  });

  const greeting = Buffer.concat([Buffer.from([3]), Buffer.alloc(2 * 1536)]);
  const emptyChunks = Buffer.from([
    2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 9, 20, 0, 0, 0, 0, 1,
  ]);
  /** `_result` of a command, with nothing but this number (RTMP 1.0 §7.2.1). */
  function toResult(transaction: number, value: number): Buffer {
    const numbers = [transaction, value].map((number) => {
      const bytes = Buffer.alloc(9);
      bytes.writeDoubleBE(number, 1);
      return bytes;
    });
    const name = Buffer.from([2, 0, 7, ...Buffer.from("_result")]);
    const body = Buffer.concat([name, numbers[0] ?? name, Buffer.from([5]), numbers[1] ?? name]);
    return Buffer.concat([Buffer.from([3, 0, 0, 0, 0, 0, body.length, 20, 0, 0, 0, 0]), body]);
  }

  it("survives a site that numbers its streams below nothing", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(greeting);
      socket.on("data", () => {
        for (let transaction = 1; transaction < 5; transaction += 1) socket.write(toResult(transaction, -1));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address && typeof address !== "string" ? address.port : 0;
    const opened = restream(`rtmp://127.0.0.1:${port}/live`, "key");
    await until(() => opened.status.trouble !== "");
    expect(opened.status.trouble).toBe("The other site answers nonsense.");
    await opened.close();
    server.close();
  });

  it.each([
    ["talks nonsense", Buffer.alloc(20_000, 0xff)],
    ["wants chunks of no size", Buffer.concat([greeting, emptyChunks])],
  ])("survives a site that %s", async (_name, answer) => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.write(answer);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address && typeof address !== "string" ? address.port : 0;
    const opened = restream(`rtmp://127.0.0.1:${port}/live`, "key");
    await until(() => opened.status.trouble !== "");
    await opened.close();
    server.close();
  });
});

it("is taken by FFmpeg as it was sent", async () => {
  const port = await freePort();
  const file = join(folder, "taken.mkv");
  const url = `rtmp://127.0.0.1:${port}/live`;
  const args = ["-loglevel", "error", "-listen", "1", "-i", `${url}/a-key`, "-c", "copy", "-y", file];
  const listener = spawn("ffmpeg", args, { stdio: "ignore" });
  children.push(listener);
  const ended = once(listener, "close");
  const opened = restream(url, "a-key");
  await until(() => opened.status.state === "live");
  await opened.close();
  await ended;
  const entries = ["-show_entries", "stream=codec_type,nb_read_packets", "-count_packets", "-of", "json"];
  const { stdout } = await run("ffprobe", ["-loglevel", "error", ...entries, file]);
  const { streams } = JSON.parse(stdout);
  expect(streams).toContainEqual({ codec_type: "video", nb_read_packets: "50" });
  expect(streams.map((stream: { codec_type: string }) => stream.codec_type).sort()).toEqual([
    "audio",
    "video",
  ]);
});

it("comes back when the other site does", async () => {
  const first = await openDoor(0);
  const { port } = first.door;
  const opened = restream(`rtmp://127.0.0.1:${port}/live`, "a-key");
  await until(() => first.seen.frameCount === 50);
  expect(opened.status).toEqual({ state: "live", trouble: "" });
  await first.door.close();
  await until(() => opened.status.state === "waiting");
  expect(opened.status.trouble).not.toBe("");
  const second = await openDoor(port);
  await until(() => second.seen.frameCount === 50);
  expect(second.seen.names).toEqual(["live/a-key"]);
  expect(opened.status).toEqual({ state: "live", trouble: "" });
});
