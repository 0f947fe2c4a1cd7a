import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { encodeVideo } from "./encode-video.ts";
import { makeBox, parseBoxes, uint32 } from "./mp4-boxes.ts";
import { aac, h264, makeClip, picture, testConfig, tone } from "./testing/clips.ts";
import { createMemoryPublisher } from "./testing/memory-publisher.ts";
import { findProcesses } from "./testing/processes.ts";

/** What hostile files are made of and point at. */
interface Place {
  readonly dir: string;
  /** A playable video outside of the job that nothing may open. */
  readonly canaryPath: string;
  /** A server that must never hear of anybody. */
  readonly port: number;
  /** The same video with its index at the end and at the start. */
  readonly plain: Buffer;
  readonly fastStart: Buffer;
  readonly matroska: Buffer;
}

interface HostileSource {
  readonly what: string;
  readonly code: string;
  readonly make: (place: Place) => Buffer | string | Promise<Buffer>;
}

const half = (bytes: Buffer, part: number) => bytes.subarray(0, Math.floor(bytes.length * part));
const clip = async ({ dir }: Place, name: string, args: readonly string[]) =>
  await readFile(await makeClip(dir, { name, args }));
/** Bytes that follow no pattern and are the same every time. */
const noise = (length: number) => {
  const bytes = Buffer.alloc(length);
  let state = 12_345;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
};
const hls = (address: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${address}\n#EXT-X-ENDLIST\n`;
const concat = (address: string) => `ffconcat version 1.0\nfile ${address}\n`;

const sources: readonly HostileSource[] = [
  { what: "nothing at all", code: "encode.empty", make: () => Buffer.alloc(0) },
  ...[0.01, 0.25, 0.5, 0.75, 0.99].map((part) => ({
    what: `an MP4 cut at ${part * 100} %`,
    code: "encode.truncated",
    make: ({ plain }: Place) => half(plain, part),
  })),
  ...[0.02, 0.25, 0.5, 0.75, 0.97].map((part) => ({
    what: `an MP4 with its index first, cut at ${part * 100} %`,
    code: "encode.truncated",
    make: ({ fastStart }: Place) => half(fastStart, part),
  })),
  {
    what: "a Matroska file cut in the middle",
    code: "encode.truncated",
    make: ({ matroska }) => half(matroska, 0.5),
  },
  {
    what: "an AVI cut in the middle",
    code: "encode.truncated",
    make: async (place) => half(await clip(place, "cut.avi", [...picture(), "-c:v", "mpeg4"]), 0.5),
  },
  {
    what: "an FLV cut in the middle",
    code: "encode.truncated",
    make: async (place) => half(await clip(place, "cut.flv", [...picture({ seconds: 4 }), ...h264]), 0.5),
  },
  { what: "noise", code: "encode.not_media", make: () => noise(200_000) },
  {
    what: "noise that says it is an MP4",
    code: "encode.truncated",
    make: () => Buffer.concat([makeBox("ftyp", Buffer.from("isom")), makeBox("mdat", noise(50_000))]),
  },
  {
    what: "noise in the shape of a transport stream",
    code: "encode.unreadable",
    make: () => noise(188 * 500).map((byte, at) => (at % 188 === 0 ? 0x47 : byte)) as Buffer,
  },
  {
    what: "a whole MP4 whose pictures are noise",
    code: "encode.unreadable",
    make: ({ plain }) => withNoiseInside(plain),
  },
  { what: "a playlist of a local file", code: "encode.not_media", make: () => hls("file:///etc/passwd") },
  {
    what: "a playlist of an address",
    code: "encode.not_media",
    make: ({ port }) => hls(`http://127.0.0.1:${port}/x.ts`),
  },
  {
    what: "a concat script of a local file",
    code: "encode.not_media",
    make: ({ canaryPath }) => concat(canaryPath),
  },
  {
    what: "a concat script of an address",
    code: "encode.not_media",
    make: ({ port }) => concat(`http://127.0.0.1:${port}/x.mp4`),
  },
  {
    what: "a playlist behind a box that says MP4",
    code: "encode.truncated",
    make: ({ canaryPath }) =>
      Buffer.concat([makeBox("ftyp", Buffer.from("isom")), Buffer.from(hls(canaryPath))]),
  },
  {
    what: "a DASH manifest",
    code: "encode.not_media",
    make: ({ port }) =>
      `<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1:${port}/</BaseURL></MPD>`,
  },
  {
    what: "a session description",
    code: "encode.not_media",
    make: ({ port }) => `v=0\r\nc=IN IP4 127.0.0.1\r\nm=video ${port} RTP/AVP 96\r\n`,
  },
  {
    what: "a video of one frame",
    code: "encode.too_short",
    make: (place) => clip(place, "one.mp4", [...picture(), "-frames:v", "1", ...h264]),
  },
  {
    what: "a video of one frame in Matroska",
    code: "encode.too_short",
    make: (place) => clip(place, "one.mkv", [...picture(), "-frames:v", "1", ...h264]),
  },
  {
    what: "a picture of 20,000 pixels",
    code: "encode.not_media",
    make: (place) =>
      clip(place, "big.png", [
        "-f",
        "lavfi",
        "-i",
        "color=size=20000x16:duration=1:rate=1",
        "-frames:v",
        "1",
      ]),
  },
  {
    what: "a video that says it is 20,000 × 20,000",
    code: "encode.too_big_picture",
    make: (place) => sayingItIsHuge(place),
  },
  {
    what: "subtitles (srt)",
    code: "encode.no_streams",
    make: () => "1\n00:00:00,500 --> 00:00:01,500\nHello\n",
  },
  {
    what: "subtitles (Matroska)",
    code: "encode.no_streams",
    make: async (place) => {
      await writeFile(join(place.dir, "only.srt"), "1\n00:00:00,500 --> 00:00:01,500\nHello\n");
      return await clip(place, "only.mks", ["-i", "only.srt", "-c:s", "srt", "-f", "matroska"]);
    },
  },
  {
    what: "an executable",
    code: "encode.not_media",
    make: async () => (await readFile(process.execPath)).subarray(0, 500_000),
  },
  {
    what: "a zip",
    code: "encode.not_media",
    make: () => Buffer.concat([Buffer.from("504b0304140000000800", "hex"), noise(5000)]),
  },
  {
    what: "a drawing that loads a file",
    code: "encode.not_media",
    make: ({ canaryPath }) =>
      `<svg xmlns="http://www.w3.org/2000/svg"><image href="file://${canaryPath}"/></svg>`,
  },
  {
    what: "a QuickTime file whose pictures lie in another file",
    code: "encode.unreadable",
    make: ({ plain, canaryPath }) => withOuterData(plain, canaryPath),
  },
  {
    what: "a header that says it lasts for years",
    code: "encode.too_long",
    make: ({ matroska }) => sayingItIsLong(matroska),
  },
  {
    what: "a codec that nobody knows",
    code: "encode.unsupported",
    make: ({ plain }) =>
      Buffer.from(plain.toString("latin1").replaceAll("avc1", "zzz1").replaceAll("mp4a", "zzz2"), "latin1"),
  },
  {
    what: "an index without a single frame",
    code: "encode.unreadable",
    make: (place) => clip(place, "hollow.mp4", [...picture(), "-t", "0", ...h264, "-movflags", "empty_moov"]),
  },
];

describe("hostile sources are refused", () => {
  let place: Place | undefined;
  let server: Server | undefined;
  let connections = 0;

  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), "shoal-hostile-"));
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    const port = await listen(server);
    const args = [...picture({ seconds: 4 }), ...tone({ seconds: 4 }), ...h264, ...aac];
    place = {
      dir,
      port,
      canaryPath: await makeClip(dir, { name: "canary.mp4", args }),
      plain: await readFile(await makeClip(dir, { name: "plain.mp4", args })),
      fastStart: await readFile(
        await makeClip(dir, { name: "fast.mp4", args: [...args, "-movflags", "+faststart"] }),
      ),
      matroska: await readFile(await makeClip(dir, { name: "plain.mkv", args })),
    };
  });
  afterAll(async () => {
    server?.close();
    if (place) await rm(place.dir, { recursive: true, force: true });
  });

  test.each(sources)("$what → $code", { timeout: 60_000 }, async ({ code, make, what }) => {
    if (!place) throw new Error("the place is not there");
    const result = await tryEncode(place, await make(place), what);
    expect(result.error).toBeInstanceOf(ShoalError);
    expect(result.error).toMatchObject({ code });
    expect(String(result.error)).toMatch(/^ShoalError: [A-Z].{15,}\.$/);
    expect([...result.publisher.files.keys()]).toEqual([]);
    expect(result.publisher.states).toEqual([]);
    expectHandsOff(result, place);
    expect(connections).toBe(0);
  });

  test("a playlist in a comment is only a comment", { timeout: 60_000 }, async () => {
    if (!place) throw new Error("the place is not there");
    const comment = hls(`file://${place.canaryPath}`);
    const bytes = await clip(place, "comment.ogg", [
      ...tone(),
      "-metadata",
      `title=${comment}`,
      "-c:a",
      "libvorbis",
    ]);
    const result = await tryEncode(place, bytes, "comment");
    expect(result.error).toBeUndefined();
    expectHandsOff(result, place);
    // the trace, where there is one, does see what is opened
    if (result.trace !== "") expect(result.trace).toContain("comment-source.mp4");
  });
});

interface Tried {
  readonly error: unknown;
  readonly publisher: ReturnType<typeof createMemoryPublisher>;
  /** Files and sockets that the tools opened; nothing where the system cannot trace. */
  readonly trace: string;
}

async function tryEncode(place: Place, bytes: Buffer | string, what: string): Promise<Tried> {
  const workDir = join(place.dir, `job-${what.replace(/\W+/g, "-")}`);
  // the name is of no account: every one is called .mp4
  const sourcePath = join(workDir, "..", `${what.replace(/\W+/g, "-")}-source.mp4`);
  await writeFile(sourcePath, bytes);
  await mkdir(workDir);
  const before = await readdir(place.dir);
  const canaryBefore = await stat(place.canaryPath);
  const publisher = createMemoryPublisher();
  const tracing = await makeTracingTools(join(place.dir, `trace-${what.replace(/\W+/g, "-")}`));
  const error = await encodeVideo({
    sourcePath,
    workDir,
    doneParts: [],
    publish: publisher,
    log: pino({ level: "silent" }),
    signal: new AbortController().signal,
    config: { ...testConfig, ...tracing.config },
  }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(await readdir(workDir)).toEqual([]);
  expect(
    (await readdir(place.dir)).filter((name) => !before.includes(name) && !name.startsWith("trace-")),
  ).toEqual([]);
  expect((await stat(place.canaryPath)).mtimeMs).toBe(canaryBefore.mtimeMs);
  expect(await findProcesses(sourcePath)).toEqual([]);
  return { error, publisher, trace: await tracing.read() };
}

function expectHandsOff({ trace }: Tried, { canaryPath, port }: Place): void {
  expect(trace).not.toContain(canaryPath);
  expect(trace).not.toContain("/etc/passwd");
  expect(trace).not.toContain(`htons(${port})`);
  expect(trace).not.toMatch(/connect\(/);
}

/** FFmpeg and ffprobe under strace, where there is one; else themselves. */
async function makeTracingTools(dir: string) {
  const strace = ["/usr/bin/strace", "/bin/strace"].find((path) => existsSync(path));
  if (!strace) return { config: {}, read: async () => "" };
  await mkdir(dir);
  for (const tool of ["ffmpeg", "ffprobe"]) {
    const script = `#!/bin/sh\nexec ${strace} -qq -f -o "${dir}/$$.log" -e trace=open,openat,connect ${tool} "$@"\n`;
    await writeFile(join(dir, tool), script);
    await chmod(join(dir, tool), 0o755);
  }
  return {
    config: { ffmpegPath: join(dir, "ffmpeg"), ffprobePath: join(dir, "ffprobe"), encodeMemoryMib: 0 },
    async read() {
      const logs = (await readdir(dir)).filter((name) => name.endsWith(".log"));
      return (await Promise.all(logs.map((name) => readFile(join(dir, name), "utf8")))).join("\n");
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}

/** Keeps the index, overwrites what it points at. */
function withNoiseInside(plain: Buffer): Buffer {
  const boxes = parseBoxes(plain);
  return Buffer.concat(
    boxes.map(({ type, body }) => makeBox(type, type === "mdat" ? noise(body.length) : body)),
  );
}

/** Replaces the data reference of each track by an alias with an absolute path (QuickTime File Format, "alis"). */
function withOuterData(plain: Buffer, path: string): Buffer {
  const record = Buffer.alloc(150);
  record.writeUInt16BE(2, 130);
  const typed = Buffer.alloc(4);
  typed.writeUInt16BE(2, 0);
  typed.writeUInt16BE(path.length, 2);
  const end = Buffer.from("ffff0000", "hex");
  const alias = makeBox("alis", uint32(0), record, typed, Buffer.from(path), end);
  const dref = makeBox("dref", uint32(0, 1), alias);
  const replace = (body: Buffer, along: readonly string[]): Buffer =>
    Buffer.concat(
      parseBoxes(body).map((box) => {
        if (box.type === "dref") return dref;
        return makeBox(box.type, along.includes(box.type) ? replace(box.body, along) : box.body);
      }),
    );
  return replace(plain, ["moov", "trak", "mdia", "minf", "dinf"]);
}

/** Motion JPEG in AVI with another size in its headers. */
async function sayingItIsHuge(place: Place): Promise<Buffer> {
  const bytes = await clip(place, "huge.avi", [...picture(), "-c:v", "rawvideo", "-pix_fmt", "yuv420p"]);
  const formatAt = bytes.indexOf("strf");
  bytes.writeUInt32LE(20_000, formatAt + 12);
  bytes.writeUInt32LE(20_000, formatAt + 16);
  return bytes;
}

/** The element Duration (0x4489) as a double, in milliseconds. */
function sayingItIsLong(matroska: Buffer): Buffer {
  const bytes = Buffer.from(matroska);
  bytes.writeDoubleBE(1e14, bytes.indexOf(Buffer.from("448988", "hex")) + 3);
  return bytes;
}
