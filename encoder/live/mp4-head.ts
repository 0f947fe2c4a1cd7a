import { makeBox, makeFullBox, uint32 } from "../media/mp4-boxes.ts";
import type { H264Picture } from "./rtp/h264-sps.rules.ts";

const plain = { version: 0, flags: 0 } as const;
/** ISO 14496-12 §8.2.2: no turning. */
const identityMatrix = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** The body of a `moov` box for fragments of one H.264 track. */
export function makeVideoMoov(track: {
  timescaleHz: number;
  picture: H264Picture;
  sps: Buffer;
  pps: readonly Buffer[];
}): Buffer {
  const { widthPx, heightPx } = track.picture;
  const size = Buffer.alloc(4);
  size.writeUInt16BE(widthPx, 0);
  size.writeUInt16BE(heightPx, 2);
  const entry = makeBox(
    "avc1",
    sampleEntryHead(),
    Buffer.alloc(16),
    size,
    // 72 dpi, one frame a sample, no compressor name, depth 24, no colour table
    uint32(0x480000, 0x480000, 0),
    Buffer.from([0, 1]),
    Buffer.alloc(32),
    Buffer.from([0, 24, 0xff, 0xff]),
    makeBox("avcC", makeAvcConfiguration(track)),
  );
  return makeMoov({
    timescaleHz: track.timescaleHz,
    handler: "vide",
    mediaHeader: makeFullBox("vmhd", { version: 0, flags: 1 }, Buffer.alloc(8)),
    entry,
    widthPx,
    heightPx,
  });
}

/** The body of a `moov` box for fragments of one Opus track (opus-codec.org, Opus in ISOBMFF §4.3). */
export function makeOpusMoov(channelCount: number): Buffer {
  const channels = Buffer.from([0, channelCount, 0, 16, 0, 0, 0, 0]);
  // version, channels, samples to skip, input rate, gain, mapping family
  const dOps = Buffer.concat([Buffer.from([0, channelCount, 0, 0]), uint32(48_000), Buffer.from([0, 0, 0])]);
  const entry = makeBox(
    "Opus",
    sampleEntryHead(),
    Buffer.alloc(8),
    channels,
    uint32(48_000 * 0x10000),
    makeBox("dOps", dOps),
  );
  return makeMoov({
    timescaleHz: 48_000,
    handler: "soun",
    mediaHeader: makeFullBox("smhd", plain, uint32(0)),
    entry,
    widthPx: 0,
    heightPx: 0,
  });
}

/** ISO 14496-15 §5.3.3.1. */
function makeAvcConfiguration(track: { picture: H264Picture; sps: Buffer; pps: readonly Buffer[] }): Buffer {
  const { sps, pps, picture } = track;
  const withSize = (nal: Buffer) => Buffer.concat([Buffer.from([nal.length >> 8, nal.length & 0xff]), nal]);
  const isHigh = [100, 110, 122, 144].includes(picture.profile);
  const colours = [
    0xfc | picture.chromaFormat,
    0xf8 | (picture.bitDepthLuma - 8),
    0xf8 | (picture.bitDepthChroma - 8),
    0,
  ];
  return Buffer.concat([
    // lengths of NAL units have 4 bytes; one sequence parameter set
    Buffer.from([1, ...sps.subarray(1, 4), 0xff, 0xe1]),
    withSize(sps),
    Buffer.from([pps.length]),
    ...pps.map(withSize),
    Buffer.from(isHigh ? colours : []),
  ]);
}

/** §8.5.2.2: data_reference_index 1. */
function sampleEntryHead(): Buffer {
  return Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
}

function makeMoov(track: {
  timescaleHz: number;
  handler: "vide" | "soun";
  mediaHeader: Buffer;
  entry: Buffer;
  widthPx: number;
  heightPx: number;
}): Buffer {
  const empty = (type: string) => makeFullBox(type, plain, uint32(0));
  const volume = track.handler === "soun" ? 0x01000000 : 0;
  return Buffer.concat([
    makeFullBox(
      "mvhd",
      plain,
      uint32(0, 0, 1000, 0, 0x10000, 0x01000000, 0, 0),
      identityMatrix,
      uint32(0, 0, 0, 0, 0, 0, 2),
    ),
    makeBox(
      "trak",
      makeFullBox(
        "tkhd",
        { version: 0, flags: 3 },
        uint32(0, 0, 1, 0, 0, 0, 0, 0, volume),
        identityMatrix,
        uint32(track.widthPx * 0x10000, track.heightPx * 0x10000),
      ),
      makeBox(
        "mdia",
        // language `und`: three letters of five bits
        makeFullBox("mdhd", plain, uint32(0, 0, track.timescaleHz, 0, 0x55c40000)),
        makeFullBox("hdlr", plain, uint32(0), Buffer.from(track.handler), uint32(0, 0, 0), Buffer.from([0])),
        makeBox(
          "minf",
          track.mediaHeader,
          makeBox(
            "dinf",
            makeFullBox("dref", plain, uint32(1), makeFullBox("url ", { version: 0, flags: 1 })),
          ),
          makeBox(
            "stbl",
            makeFullBox("stsd", plain, uint32(1), track.entry),
            empty("stts"),
            empty("stsc"),
            makeFullBox("stsz", plain, uint32(0, 0)),
            empty("stco"),
          ),
        ),
      ),
    ),
    makeBox("mvex", makeFullBox("trex", plain, uint32(1, 1, 0, 0, 0))),
  ]);
}
