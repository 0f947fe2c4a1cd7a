/** A box of an MP4 file in memory (ISO 14496-12 §4.2). */
export interface Mp4Box {
  readonly type: string;
  /** The box without its header. */
  readonly body: Buffer;
}

/** One frame or audio block, and where its bytes are. */
export interface Mp4Sample {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly isSync: boolean;
  /** Presentation minus decode time. */
  readonly compositionOffsetTicks: number;
  /** From the first byte of the `moof` box. */
  readonly dataOffset: number;
}

/** What one `moof` of a single track says. */
export interface Mp4Fragment {
  readonly baseDecodeTicks: number;
  readonly samples: readonly Mp4Sample[];
}

/** Bytes that are no MP4, or more of it than we read. Only our own files are read: this is a broken invariant. */
export class Mp4FormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Mp4FormatError";
  }
}

/** More frames than a fragment of our own ever has. */
const maxSamplesPerFragment = 1_000_000;
/** ISO 14496-12 §8.8.3.1: sample_is_non_sync_sample. */
const nonSyncFlag = 0x10000;

/** The boxes side by side in these bytes. Throws {@link Mp4FormatError} when one reaches beyond them. */
export function parseBoxes(bytes: Buffer): Mp4Box[] {
  const boxes: Mp4Box[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + 8 > bytes.length) throw new Mp4FormatError("a box header is cut off");
    const small = bytes.readUInt32BE(offset);
    const isLarge = small === 1;
    if (isLarge && offset + 16 > bytes.length) throw new Mp4FormatError("a box header is cut off");
    const size = isLarge ? Number(bytes.readBigUInt64BE(offset + 8)) : small;
    const headerSize = isLarge ? 16 : 8;
    if (size < headerSize || offset + size > bytes.length) throw new Mp4FormatError("a box has a wrong size");
    boxes.push({
      type: bytes.toString("latin1", offset + 4, offset + 8),
      body: bytes.subarray(offset + headerSize, offset + size),
    });
    offset += size;
  }
  return boxes;
}

/** The first box along a path such as `["trak", "mdia", "mdhd"]`; `undefined` when there is none. */
export function findBox(body: Buffer, path: readonly string[]): Buffer | undefined {
  let found: Buffer | undefined = body;
  for (const type of path) {
    found = found && parseBoxes(found).find((box) => box.type === type)?.body;
  }
  return found;
}

/** Makes a box. */
export function makeBox(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, ...parts]);
}

/** Makes a box with version and flags (ISO 14496-12 §4.2.2). */
export function makeFullBox(
  type: string,
  versionAndFlags: { version: number; flags: number },
  ...parts: readonly Uint8Array[]
): Buffer {
  return makeBox(type, uint32((versionAndFlags.version << 24) | versionAndFlags.flags), ...parts);
}

/** Whole numbers of 32 bits, most significant byte first. */
export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => {
    bytes.writeUInt32BE(value >>> 0, at * 4);
  });
  return bytes;
}

/** Reads the body of a `moof` box with one track (ISO 14496-12 §8.8). */
export function parseMoof(body: Buffer): Mp4Fragment {
  const traf = parseBoxes(body).filter((box) => box.type === "traf");
  const [only] = traf;
  if (!only || traf.length > 1) throw new Mp4FormatError("a fragment has other than one track");
  const children = parseBoxes(only.body);
  const defaults = parseTfhd(children.find((box) => box.type === "tfhd")?.body);
  const tfdt = children.find((box) => box.type === "tfdt")?.body;
  const samples: Mp4Sample[] = [];
  for (const box of children) {
    if (box.type === "trun") samples.push(...parseTrun(box.body, defaults, samples.at(-1)));
  }
  return { baseDecodeTicks: tfdt ? parseTfdt(tfdt) : 0, samples };
}

interface SampleDefaults {
  readonly durationTicks: number;
  readonly sizeBytes: number;
  readonly flags: number;
}

/** §8.8.7. Base offsets are not ours: FFmpeg writes default-base-is-moof. */
function parseTfhd(body: Buffer | undefined): SampleDefaults {
  if (!body) throw new Mp4FormatError("a fragment has no header");
  const reader = createReader(body);
  const flags = reader.uint32();
  reader.uint32();
  if (flags & 0x01) throw new Mp4FormatError("a fragment counts from somewhere else");
  if (flags & 0x02) reader.uint32();
  return {
    durationTicks: flags & 0x08 ? reader.uint32() : 0,
    sizeBytes: flags & 0x10 ? reader.uint32() : 0,
    flags: flags & 0x20 ? reader.uint32() : 0,
  };
}

/** §8.8.12. */
function parseTfdt(body: Buffer): number {
  const reader = createReader(body);
  const isLong = reader.uint32() >>> 24 === 1;
  return isLong ? reader.uint32() * 2 ** 32 + reader.uint32() : reader.uint32();
}

/** §8.8.8. */
function parseTrun(body: Buffer, defaults: SampleDefaults, previous: Mp4Sample | undefined): Mp4Sample[] {
  const reader = createReader(body);
  const head = reader.uint32();
  const has = (flag: number) => (head & flag) !== 0;
  const isSigned = head >>> 24 >= 1;
  const count = reader.uint32();
  if (count > maxSamplesPerFragment) throw new Mp4FormatError("a fragment has too many samples");
  let dataOffset = has(0x01) ? reader.int32() : previous ? previous.dataOffset + previous.sizeBytes : 0;
  const firstFlags = has(0x04) ? reader.uint32() : undefined;
  const samples: Mp4Sample[] = [];
  for (let at = 0; at < count; at += 1) {
    const durationTicks = has(0x100) ? reader.uint32() : defaults.durationTicks;
    const sizeBytes = has(0x200) ? reader.uint32() : defaults.sizeBytes;
    const own = has(0x400) ? reader.uint32() : defaults.flags;
    const flags = at === 0 && firstFlags !== undefined ? firstFlags : own;
    const compositionOffsetTicks = has(0x800) ? (isSigned ? reader.int32() : reader.uint32()) : 0;
    samples.push({
      durationTicks,
      sizeBytes,
      isSync: (flags & nonSyncFlag) === 0,
      compositionOffsetTicks,
      dataOffset,
    });
    dataOffset += sizeBytes;
  }
  return samples;
}

function createReader(bytes: Buffer) {
  let offset = 0;
  const next = (): number => {
    const at = offset;
    offset += 4;
    if (offset > bytes.length) throw new Mp4FormatError("a box ends too early");
    return at;
  };
  return { uint32: () => bytes.readUInt32BE(next()), int32: () => bytes.readInt32BE(next()) };
}
