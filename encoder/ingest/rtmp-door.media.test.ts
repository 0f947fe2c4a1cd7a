import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { RtmpConnection, RtmpMessage } from "./rtmp-connection.ts";
import { openRtmpDoor, type RtmpDoor } from "./rtmp-door.ts";

interface Visit {
  readonly connection: RtmpConnection;
  asked?: { app: string; name: string };
  readonly messages: RtmpMessage[];
  readonly closed: Promise<string>;
}

let door: RtmpDoor;
let visits: Visit[] = [];
const children: ChildProcess[] = [];
let refusal: string | null = null;

async function open(maxConnections = 10, admissionMs = 1500): Promise<RtmpDoor> {
  visits = [];
  refusal = null;
  door = await openRtmpDoor({
    host: "127.0.0.1",
    port: 0,
    maxConnections,
    admissionMs,
    connect(_address, openConnection) {
      const messages: RtmpMessage[] = [];
      let tell = (_reason: string) => {};
      const closed = new Promise<string>((resolve) => {
        tell = resolve;
      });
      const connection = openConnection({
        async askedToPublish(app, name) {
          visit.asked = { app, name };
          return { refusal };
        },
        received: (message) => messages.push(message),
        closed: (reason) => tell(reason),
      });
      const visit: Visit = { connection, messages, closed };
      visits.push(visit);
    },
  });
  return door;
}

afterEach(async () => {
  await door.close();
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
});

/** FFmpeg publishes a test picture; resolves with its exit code and what it said. */
function publish(name: string, seconds: number, bFrames = 0) {
  const url = `rtmp://127.0.0.1:${door.port}/live/${name}`;
  const source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=30", "-f", "lavfi", "-i", "sine"];
  const codecs = [
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-bf",
    String(bFrames),
    "-g",
    "30",
    "-c:a",
    "aac",
  ];
  const args = [
    "-hide_banner",
    "-loglevel",
    "error",
    "-re",
    ...source,
    "-t",
    String(seconds),
    ...codecs,
    "-f",
    "flv",
    url,
  ];
  const child = spawn("ffmpeg", args, { stdio: ["ignore", "ignore", "pipe"] });
  children.push(child);
  let said = "";
  child.stderr?.on("data", (chunk) => {
    said += chunk;
  });
  return once(child, "close").then(([code]) => ({ code, said }));
}

async function knock(): Promise<Socket> {
  const socket = connect(door.port, "127.0.0.1");
  socket.on("error", () => {});
  // what is not read keeps a socket from closing
  socket.resume();
  await once(socket, "connect");
  return socket;
}

describe("FFmpeg as a publisher", () => {
  it("is read from its name to its leaving", async () => {
    await open();
    const { code } = await publish("a-key", 1);
    expect(code).toBe(0);
    const [visit] = visits;
    expect(visit?.asked).toEqual({ app: "live", name: "a-key" });
    expect(await visit?.closed).toBe("left");
    const media = visit?.messages.flatMap((message) => (message.media ? [message.media] : [])) ?? [];
    expect(media.filter(({ kind, part }) => kind === "video" && part !== "header")).toHaveLength(30);
    expect(
      media
        .filter(({ part }) => part === "header")
        .map(({ codecId }) => codecId)
        .sort(),
    ).toEqual([10, 7]);
    expect(media.every(({ compositionMs }) => compositionMs === 0)).toBe(true);
  });

  it("shows its B-frames by their composition times", async () => {
    await open();
    await publish("a-key", 0.5, 2);
    const shifts = visits[0]?.messages.map(({ media }) => media?.compositionMs ?? 0) ?? [];
    expect(shifts.some((shift) => shift > 0)).toBe(true);
  });

  it("is refused before any media is read", async () => {
    await open();
    refusal = "The key is wrong.";
    const { code, said } = await publish("a-wrong-key", 5);
    expect(code).not.toBe(0);
    expect(said).not.toBe("");
    expect(visits[0]?.messages).toEqual([]);
    expect(await visits[0]?.closed).toBe("broken");
  });
});

describe("nonsense", () => {
  const handshake = Buffer.concat([Buffer.from([3]), Buffer.alloc(1536, 7), Buffer.alloc(1536, 7)]);
  const chunk = (type: number, lengthBytes: number, body: Buffer, stream = 3) => {
    const head = Buffer.alloc(12);
    head[0] = stream;
    head.writeUIntBE(lengthBytes, 4, 3);
    head[7] = type;
    return Buffer.concat([head, body]);
  };

  it.each([
    ["a message of 16 MB", [chunk(20, 0xffffff, Buffer.alloc(10))]],
    ["many chunk streams", Array.from({ length: 40 }, (_, at) => chunk(20, 200, Buffer.alloc(128), 3 + at))],
    ["a command that is none", [chunk(20, 60, Buffer.alloc(60, 255))]],
    ["a connect without an address", [chunk(20, 11, Buffer.from([2, 0, 7, ...Buffer.from("connect"), 5]))]],
    ["a publish without a name", [chunk(20, 11, Buffer.from([2, 0, 7, ...Buffer.from("publish"), 5]))]],
    ["media before anything else", [chunk(9, 20, Buffer.alloc(20, 0x17))]],
    ["a chunk size of zero", [chunk(1, 4, Buffer.from([0, 0, 0, 0])), chunk(20, 60, Buffer.alloc(60))]],
  ])("%s ends the connection and nothing else", async (_name, chunks) => {
    await open();
    const socket = await knock();
    const ended = once(socket, "close");
    socket.write(Buffer.concat([handshake, ...chunks]));
    await ended;
    expect(await visits[0]?.closed).toBe("broken");
    const { code } = await publish("a-key", 0.2);
    expect(code).toBe(0);
  });

  it("a byte now and then does not keep a connection that never names its stream", async () => {
    await open();
    const socket = await knock();
    const drip = setInterval(() => socket.write(Buffer.from([3])), 100);
    expect(await visits[0]?.closed).toBe("broken");
    clearInterval(drip);
  });

  it("who was refused and goes on sending is let go", async () => {
    await open();
    // one that does not end its own side either
    const socket = connect({ port: door.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    socket.write(handshake);
    await once(socket, "data");
    visits[0]?.connection.refuse("The key is wrong.");
    const drip = setInterval(() => socket.write(Buffer.alloc(100)), 100);
    expect(await visits[0]?.closed).toBe("broken");
    clearInterval(drip);
  });

  it("who asks and asks and does not read the answers is let go", async () => {
    await open(10, 60_000);
    const socket = connect(door.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.pause();
    const ask = chunk(
      20,
      25,
      Buffer.from([2, 0, 12, ...Buffer.from("createStream"), 0, ...Buffer.alloc(8), 5]),
    );
    const asks = Buffer.concat(Array.from({ length: 1000 }, () => ask));
    socket.write(handshake);
    const flood = setInterval(() => socket.write(asks), 1);
    await expect.poll(() => visits.length).toBe(1);
    expect(await visits[0]?.closed).toBe("broken");
    clearInterval(flood);
  });

  it("more connections than there is room for are closed at once", async () => {
    await open(2);
    const held = [await knock(), await knock()];
    const third = await knock();
    await once(third, "close");
    expect(visits).toHaveLength(2);
    for (const socket of held) socket.destroy();
  });
});
