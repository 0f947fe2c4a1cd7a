import type { Cut, CutPart } from "../cut/cut.ts";
import { commonHz } from "../cut/cut.ts";
import { Cutter } from "../cut/cutter.ts";
import type { MediaFrame, MediaHead } from "../rtp/media-frame.ts";
import { decodeRecords, type SpoolRecord } from "./spool-record.ts";

/** A segment out of a spool; its times count from its own beginning. */
export interface RecoveredCut {
  readonly cut: Cut;
  /** Wall time of its beginning, epoch. */
  readonly dateMs: number;
}

/** The segments that a process that was killed had not stored, from the files that it left, the oldest first. */
export function recoverCuts(files: readonly Buffer[]): RecoveredCut[] {
  const spooled = files.map(decodeRecords);
  return spooled.flatMap((records, at) => {
    const places = lastPlaces(records);
    const next = spooled
      .slice(at + 1)
      .map(lastPlaces)
      .find((found) => found !== undefined);
    if (!places) return [];
    // a file that begins where this one's era goes on says where this one's segment ends
    const until = next && next.zeroMs === places.zeroMs && next.start > places.start ? next.start : undefined;
    const cutter = new Cutter();
    const frames = records.filter((record) => record.kind === "frame");
    for (const { layer } of places.pictures) cutter.addPicture(layer);
    if (places.soundOffset !== undefined) cutter.addSound();
    const heads = new Map<string, MediaHead>();
    for (const record of frames) {
      const frame = toFrame(record, heads);
      if (record.layer === null) cutter.pushSound(frame);
      else cutter.pushPicture(record.layer, frame);
    }
    cutter.restore({ start: places.start, pictures: places.pictures, soundOffset: places.soundOffset });
    const cut = cutter.finish(until);
    if (!cut || (cut.pictures.size === 0 && !cut.sound)) return [];
    return [{ cut: toOwnTime(cut), dateMs: Math.round(places.zeroMs + (places.start * 1000) / commonHz) }];
  });
}

function lastPlaces(records: readonly SpoolRecord[]) {
  return records.findLast((record) => record.kind === "places");
}

/** The same head is the same object again: that is how a change is told. */
function toFrame(record: Extract<SpoolRecord, { kind: "frame" }>, heads: Map<string, MediaHead>): MediaFrame {
  const { ticks, isKey, isAfterLoss, bytes } = record;
  const key = record.head && `${record.layer} ${record.head.initSegment.toString("base64")}`;
  if (key !== undefined && record.head && !heads.has(key)) heads.set(key, record.head);
  const head = key === undefined ? undefined : heads.get(key);
  return { ticks, isKey, isAfterLoss, data: [bytes], sizeBytes: bytes.length, arrivedMs: 0, head };
}

function toOwnTime(cut: Cut): Cut {
  const move = (part: CutPart): CutPart => {
    const moved = part.startTicks - (cut.startTicks * part.head.timescaleHz) / commonHz;
    return { ...part, startTicks: Math.max(0, Math.round(moved)) };
  };
  return {
    startTicks: 0,
    endTicks: cut.endTicks - cut.startTicks,
    pictures: new Map([...cut.pictures].map(([layer, part]) => [layer, move(part)])),
    sound: cut.sound && move(cut.sound),
  };
}
