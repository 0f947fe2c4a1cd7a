import { type Mp4Sample, makeBox, makeFullBox, uint32 } from "./mp4-boxes.ts";

/** One media segment to be written. */
export interface SegmentContent {
  /** From 1. */
  readonly sequenceNumber: number;
  readonly baseDecodeTicks: number;
  readonly samples: readonly Mp4Sample[];
  /** The samples' bytes, one after the other. */
  readonly data: readonly Buffer[];
}

/** §8.8.3.1: depends on no other sample / depends on others and is no sync sample. */
const syncFlags = 0x02000000;
const nonSyncFlags = 0x01010000;
/** tfhd: default-base-is-moof and a default for each sample's flags and duration. */
const tfhdFlags = 0x020000 | 0x20 | 0x08;

/**
 * Writes one segment: a `moof` with one track and its `mdat` (ISO 14496-12 §8.8). Each GOP is a `trun` of its own, so
 * that only its first sample needs flags.
 */
export function makeSegment(content: SegmentContent): Buffer {
  const runs = toRuns(content.samples);
  const isAllSync = content.samples.every((sample) => sample.isSync);
  const defaultTicks = content.samples[0]?.durationTicks ?? 0;
  const flags = isAllSync ? syncFlags : nonSyncFlags;
  const makeMoof = (firstDataOffset: number): Buffer => {
    let dataOffset = firstDataOffset;
    const truns = runs.map((run) => {
      const box = makeTrun(run, { dataOffset, defaultTicks, hasFirstFlags: !isAllSync });
      dataOffset += run.reduce((sum, sample) => sum + sample.sizeBytes, 0);
      return box;
    });
    return makeBox(
      "moof",
      makeFullBox("mfhd", { version: 0, flags: 0 }, uint32(content.sequenceNumber)),
      makeBox(
        "traf",
        makeFullBox("tfhd", { version: 0, flags: tfhdFlags }, uint32(1, defaultTicks, flags)),
        makeFullBox(
          "tfdt",
          { version: 1, flags: 0 },
          uint32(Math.floor(content.baseDecodeTicks / 2 ** 32), content.baseDecodeTicks % 2 ** 32),
        ),
        ...truns,
      ),
    );
  };
  // its size does not depend on the offsets in it
  const moofBytes = makeMoof(0).length;
  return Buffer.concat([makeMoof(moofBytes + 8), makeBox("mdat", ...content.data)]);
}

/** One run a GOP; all of it when every sample is a sync sample. */
function toRuns(samples: readonly Mp4Sample[]): Mp4Sample[][] {
  if (samples.every((sample) => sample.isSync)) return [[...samples]];
  const runs: Mp4Sample[][] = [];
  for (const sample of samples) {
    const last = runs.at(-1);
    if (sample.isSync || !last) runs.push([sample]);
    else last.push(sample);
  }
  return runs;
}

function makeTrun(
  run: readonly Mp4Sample[],
  options: { dataOffset: number; defaultTicks: number; hasFirstFlags: boolean },
): Buffer {
  const hasDurations = run.some((sample) => sample.durationTicks !== options.defaultTicks);
  const hasCompositions = run.some((sample) => sample.compositionOffsetTicks !== 0);
  const isSigned = run.some((sample) => sample.compositionOffsetTicks < 0);
  const flags =
    0x01 |
    (options.hasFirstFlags ? 0x04 : 0) |
    (hasDurations ? 0x100 : 0) |
    0x200 |
    (hasCompositions ? 0x800 : 0);
  const firstFlags = run[0]?.isSync ? syncFlags : nonSyncFlags;
  const fields = run.flatMap((sample) => [
    ...(hasDurations ? [sample.durationTicks] : []),
    sample.sizeBytes,
    ...(hasCompositions ? [sample.compositionOffsetTicks] : []),
  ]);
  const head = [run.length, options.dataOffset, ...(options.hasFirstFlags ? [firstFlags] : [])];
  return makeFullBox("trun", { version: isSigned ? 1 : 0, flags }, uint32(...head, ...fields));
}
