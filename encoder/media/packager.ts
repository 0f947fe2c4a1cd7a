import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { throwIfCancelled } from "./ffmpeg-runner.ts";
import { Mp4FormatError, type Mp4Sample, parseMoof } from "./mp4-boxes.ts";
import { type Mp4Track, makeInitSegment, parseMoov } from "./mp4-init.ts";
import { makeSegment } from "./mp4-segment.ts";
import { makeMediaPlaylist, type PlaylistSegment } from "./playlist.ts";
import type { Publisher } from "./publisher.port.ts";

/** One rendition to be cut and published. */
export interface PackageRequest {
  /** Fragmented MP4 of one track, as FFmpeg wrote it. */
  readonly filePath: string;
  /** Folder in the revision: `720p`, `audio-0`. */
  readonly folder: string;
  /** Length of a GOP; segments end where GOPs of every rung do. */
  readonly gopSeconds: number;
  readonly publish: Pick<Publisher, "put">;
  readonly signal: AbortSignal;
}

/** What was published of a rendition. */
export interface PackagedTrack {
  readonly codec: string;
  readonly peakBps: number;
  readonly averageBps: number;
  readonly sizeBytes: number;
  readonly durationSeconds: number;
  readonly segmentCount: number;
}

/** A sample with its place in the file. */
interface PlacedSample extends Mp4Sample {
  readonly fileOffset: number;
}

interface CutSegment extends PlaylistSegment {
  readonly sizeBytes: number;
}

/** FFmpeg made a rendition without a single frame: nothing of the stream could be decoded. */
export class EmptyTrackError extends Error {
  constructor(folder: string) {
    super(`nothing was decoded for ${folder}`);
    this.name = "EmptyTrackError";
  }
}

/** A fragment's own description is small; its samples are read one segment at a time. */
const maxIndexBytes = 16 * 1024 ** 2;

/**
 * Cuts a rendition into an initialisation segment and media segments and publishes them with their playlist, which comes last.
 * The first segment is one GOP, for a quick start; all others are two. Audio is cut at the same times, to the nearest block.
 */
export async function packageTrack(request: PackageRequest): Promise<PackagedTrack> {
  const file = await open(request.filePath, "r");
  try {
    const { size: fileBytes } = await file.stat();
    if (fileBytes === 0) throw new EmptyTrackError(request.folder);
    const moov = await readMoov(file, fileBytes);
    const track = parseMoov(moov);
    await request.publish.put(`${request.folder}/init.mp4`, makeInitSegment(moov));
    const segments: CutSegment[] = [];
    let decodeTicks = 0;
    const samples = readAllSamples(file, fileBytes);
    for await (const group of groupBySegment(samples, track, request.gopSeconds)) {
      throwIfCancelled(request.signal);
      const sequenceNumber = segments.length + 1;
      const data = await readSamples(file, group);
      const bytes = makeSegment({ sequenceNumber, baseDecodeTicks: decodeTicks, samples: group, data });
      const durationTicks = group.reduce((sum, sample) => sum + sample.durationTicks, 0);
      const name = `seg-${String(sequenceNumber).padStart(5, "0")}.m4s`;
      await request.publish.put(`${request.folder}/${name}`, bytes);
      segments.push({
        name,
        durationSeconds: durationTicks / track.timescaleHz,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        sizeBytes: bytes.length,
      });
      decodeTicks += durationTicks;
    }
    if (segments.length === 0) throw new EmptyTrackError(request.folder);
    await request.publish.put(`${request.folder}/index.m3u8`, Buffer.from(makeMediaPlaylist(segments)));
    return { codec: track.codec, ...toTotals(segments, request.gopSeconds) };
  } finally {
    await file.close();
  }
}

/** Where segment boundaries lie: after the first GOP, then after every second one. */
export function segmentBoundarySeconds(at: number, gopSeconds: number): number {
  return (1 + 2 * at) * gopSeconds;
}

async function* groupBySegment(
  samples: AsyncIterable<PlacedSample>,
  track: Mp4Track,
  gopSeconds: number,
): AsyncGenerator<PlacedSample[]> {
  let group: PlacedSample[] = [];
  let decodeTicks = 0;
  let boundaryAt = 0;
  for await (const sample of samples) {
    const boundaryTicks = segmentBoundarySeconds(boundaryAt, gopSeconds) * track.timescaleHz;
    const isDue = decodeTicks + sample.durationTicks / 2 >= boundaryTicks;
    if (sample.isSync && isDue && group.length > 0) {
      yield group;
      group = [];
      boundaryAt += 1;
    }
    group.push(sample);
    decodeTicks += sample.durationTicks;
  }
  if (group.length > 0) yield group;
}

async function readMoov(file: FileHandle, fileBytes: number): Promise<Buffer> {
  for await (const box of readIndexBoxes(file, fileBytes)) if (box.type === "moov") return box.body;
  throw new Mp4FormatError("a rendition has no head");
}

async function* readAllSamples(file: FileHandle, fileBytes: number): AsyncGenerator<PlacedSample> {
  for await (const { type, body, offset } of readIndexBoxes(file, fileBytes)) {
    if (type !== "moof") continue;
    for (const sample of parseMoof(body).samples) {
      yield { ...sample, fileOffset: offset + sample.dataOffset };
    }
  }
}

/** The boxes that describe samples; those that hold them are passed over. */
async function* readIndexBoxes(file: FileHandle, fileBytes: number) {
  let offset = 0;
  while (offset + 8 <= fileBytes) {
    const head = await readAt(file, offset, Math.min(16, fileBytes - offset));
    const type = head.toString("latin1", 4, 8);
    const isLarge = head.readUInt32BE(0) === 1;
    const size = isLarge ? Number(head.readBigUInt64BE(8)) : head.readUInt32BE(0);
    const headerSize = isLarge ? 16 : 8;
    if (size < headerSize || offset + size > fileBytes) throw new Mp4FormatError("a rendition is cut off");
    if (type === "moov" || type === "moof") {
      if (size > maxIndexBytes) throw new Mp4FormatError("a rendition has an index beyond reason");
      yield { type, body: await readAt(file, offset + headerSize, size - headerSize), offset };
    }
    offset += size;
  }
}

/** Neighbours are read together. */
async function readSamples(file: FileHandle, samples: readonly PlacedSample[]): Promise<Buffer[]> {
  const spans: Array<{ from: number; to: number }> = [];
  for (const { fileOffset, sizeBytes } of samples) {
    const last = spans.at(-1);
    if (last?.to === fileOffset) last.to += sizeBytes;
    else spans.push({ from: fileOffset, to: fileOffset + sizeBytes });
  }
  const data: Buffer[] = [];
  for (const { from, to } of spans) data.push(await readAt(file, from, to - from));
  return data;
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, offset);
  if (bytesRead !== length) throw new Mp4FormatError("a rendition is cut off");
  return bytes;
}

function toTotals(segments: readonly CutSegment[], gopSeconds: number) {
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  const durationSeconds = segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  // RFC 8216 §4.3.4.2: the peak is that of runs between half and one and a half times the target duration
  const counted = segments.filter((segment) => segment.durationSeconds >= gopSeconds);
  const bitrates = (counted.length > 0 ? counted : segments).map(
    (segment) => (segment.sizeBytes * 8) / segment.durationSeconds,
  );
  return {
    peakBps: Math.ceil(Math.max(...bitrates)),
    averageBps: Math.ceil((sizeBytes * 8) / durationSeconds),
    sizeBytes,
    durationSeconds,
    segmentCount: segments.length,
  };
}
