/*
 * Playlist delta updates (draft-pantos-hls-rfc8216bis §6.2.5.1): a live playlist with a long window is asked for again
 * and again, and a player that has had it lately needs its end alone.
 */

/** Does this request ask for a delta update? `YES` and `v2` mean the same where no date ranges are written. */
export function wantsDelta(url: string): boolean {
  return /[?&]_HLS_skip=(YES|v2)(&|$)/.test(url);
}

interface Segment {
  /** Its tags and its address. */
  readonly lines: readonly string[];
  readonly durationSeconds: number;
}

/** Tags that belong to the segment behind them (§4.4.4); our own hash tag does too. */
const segmentTag =
  /^#(EXTINF:|EXT-X-(BYTERANGE|DISCONTINUITY$|KEY|MAP|PROGRAM-DATE-TIME|GAP|BITRATE|PART:|SHOAL-SHA256))/;
/** Tags that hold for all segments from there on. */
const lastingTags = ["#EXT-X-MAP:", "#EXT-X-KEY:"];

/**
 * The delta update of a playlist that says by `CAN-SKIP-UNTIL` that there may be one; `undefined` when it does not, or when
 * there is nothing to skip. "A Media Segment is skipped if it is further from the end than the Skip Boundary" (§4.4.3.8).
 */
export function toDeltaPlaylist(text: string): string | undefined {
  const boundarySeconds = Number(/^#EXT-X-SERVER-CONTROL:.*CAN-SKIP-UNTIL=([\d.]+)/m.exec(text)?.[1]);
  if (!(boundarySeconds > 0)) return undefined;
  const { head, segments, tail } = split(text);
  let keptFrom = segments.length;
  for (let behindSeconds = 0; keptFrom > 0 && behindSeconds <= boundarySeconds; keptFrom--) {
    behindSeconds += segments[keptFrom - 1]?.durationSeconds ?? 0;
  }
  if (keptFrom === 0) return undefined;
  const kept = segments.slice(keptFrom);
  const skip = `#EXT-X-SKIP:SKIPPED-SEGMENTS=${keptFrom}`;
  const inherited = toInherited(segments.slice(0, keptFrom), kept[0]);
  return [...head, skip, ...inherited, ...kept.flatMap(({ lines }) => lines), ...tail].join("\n");
}

function split(text: string): { head: string[]; segments: Segment[]; tail: string[] } {
  const head: string[] = [];
  const segments: Segment[] = [];
  let pending: string[] = [];
  let isHead = true;
  for (const line of text.split("\n")) {
    isHead &&= line.startsWith("#") && !segmentTag.test(line);
    if (isHead) {
      head.push(line);
      continue;
    }
    pending.push(line);
    if (line === "" || line.startsWith("#")) continue;
    segments.push({ lines: pending, durationSeconds: toDurationSeconds(pending) });
    pending = [];
  }
  return { head, segments, tail: pending };
}

function toDurationSeconds(lines: readonly string[]): number {
  const line = lines.find((one) => one.startsWith("#EXTINF:")) ?? "";
  return Number.parseFloat(line.slice("#EXTINF:".length)) || 0;
}

/** What skipped segments said that holds for the first one that is kept. */
function toInherited(skipped: readonly Segment[], first: Segment | undefined): string[] {
  return lastingTags.flatMap((tag) => {
    if (first?.lines.some((line) => line.startsWith(tag))) return [];
    const said = skipped.findLast(({ lines }) => lines.some((line) => line.startsWith(tag)));
    return said?.lines.findLast((line) => line.startsWith(tag)) ?? [];
  });
}
