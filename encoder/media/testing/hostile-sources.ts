import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeBox, parseBoxes, uint32 } from "../mp4-boxes.ts";
import { h264, makeClip, picture } from "./clips.ts";

/** What hostile files are made of and point at. */
export interface Place {
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

/** A file that must be refused, and with which code. */
export interface HostileSource {
  readonly what: string;
  readonly code: string;
  readonly make: (place: Place) => Buffer | string | Promise<Buffer>;
}

const half = (bytes: Buffer, part: number) => bytes.subarray(0, Math.floor(bytes.length * part));
/** The bytes of a clip that FFmpeg makes. */
export const clip = async ({ dir }: Place, name: string, args: readonly string[]) =>
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
/** A playlist of one address. */
export const hls = (address: string) =>
  `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${address}\n#EXT-X-ENDLIST\n`;
const concat = (address: string) => `ffconcat version 1.0\nfile ${address}\n`;

/** Files that want something, or that are no good. */
export const hostileSources: readonly HostileSource[] = [
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
