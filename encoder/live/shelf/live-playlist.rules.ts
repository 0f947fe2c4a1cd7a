import { segmentHashTag } from "#common/playback/playback-grant.ts";
import { commonHz } from "../cut/cut.ts";
import type { JournalPart, JournalSegment } from "./journal.schema.ts";

/** `live`: a window that moves. `whole`: from the beginning, and growing. `ended`: as `live`, but nothing follows. `recorded`: VOD. */
export type PlaylistKind = "live" | "whole" | "ended" | "recorded";

/** What is needed to write the playlist of one track. */
export interface PlaylistRequest {
  readonly kind: PlaylistKind;
  /** The track's folder. */
  readonly track: string;
  /** All rungs from the smallest to the largest, for borrowing; a track that is none of them borrows of nobody. */
  readonly rungs: readonly string[];
  readonly segments: readonly JournalSegment[];
  readonly targetSeconds: number;
}

/** File name of a segment. */
export function segmentName(number: number): string {
  return `seg-${String(number).padStart(6, "0")}.m4s`;
}

/** File name of an initialisation segment. */
export function headName(number: number): string {
  return `init-${number}.mp4`;
}

/** RFC 8216 §4.3.3.1: no EXTINF, rounded to the nearest integer, is longer. */
export function toTargetSeconds(segments: readonly JournalSegment[], least: number): number {
  let target = least;
  for (const { parts } of segments) {
    for (const { seconds } of Object.values(parts)) target = Math.max(target, Math.round(seconds));
  }
  return target;
}

/** The segments that a player may go back to: the newest ones of so many seconds; 0: all. */
export function windowOf(
  segments: readonly JournalSegment[],
  windowSeconds: number,
): readonly JournalSegment[] {
  const newest = segments.at(-1);
  if (windowSeconds === 0 || !newest) return segments;
  const from = newest.endTicks - windowSeconds * commonHz;
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.endTicks ?? 0) > from) high = middle;
    else low = middle + 1;
  }
  return segments.slice(low);
}

/** Whose part a track plays: its own, else of the next lower rung that has one, else of the next higher. */
export function findPart(
  segment: JournalSegment,
  track: string,
  rungs: readonly string[],
): { track: string; part: JournalPart } | undefined {
  const at = rungs.indexOf(track);
  const order = at < 0 ? [track] : [...rungs.slice(0, at + 1).reverse(), ...rungs.slice(at + 1)];
  for (const name of order) {
    const part = segment.parts[name];
    if (part) return { track: name, part };
  }
  return undefined;
}

/** The media playlist of one track (RFC 8216 §4.3.3). All tracks number their segments alike. */
export function makeTrackPlaylist(request: PlaylistRequest): string {
  const { kind, track, rungs, segments, targetSeconds } = request;
  const first = segments[0];
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    `#EXT-X-MEDIA-SEQUENCE:${first?.number ?? 1}`,
    // §4.3.3.3: counts what was taken away from the beginning
    ...(first && first.era > 0 ? [`#EXT-X-DISCONTINUITY-SEQUENCE:${first.era}`] : []),
    ...(kind === "recorded" ? ["#EXT-X-PLAYLIST-TYPE:VOD"] : []),
    ...(kind === "whole" ? ["#EXT-X-PLAYLIST-TYPE:EVENT"] : []),
    "#EXT-X-INDEPENDENT-SEGMENTS",
  ];
  let era = first?.era;
  let map = "";
  for (const segment of segments) {
    if (segment.era !== era) lines.push("#EXT-X-DISCONTINUITY");
    era = segment.era;
    const found = findPart(segment, track, rungs);
    const folder = !found || found.track === track ? "" : `../${found.track}/`;
    if (found) {
      const uri = `${folder}${headName(found.part.head)}`;
      if (uri !== map) lines.push(`#EXT-X-MAP:URI="${uri}"`);
      map = uri;
    }
    if (kind !== "recorded") lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(segment.dateMs).toISOString()}`);
    if (found) lines.push(`${segmentHashTag}${found.part.sha256}`);
    // draft-pantos-hls-rfc8216bis §4.4.4.7: nothing is there and nobody should ask
    else lines.push("#EXT-X-GAP");
    const seconds = found?.part.seconds ?? (segment.endTicks - segment.startTicks) / commonHz;
    lines.push(`#EXTINF:${seconds.toFixed(6)},`, `${folder}${segmentName(segment.number)}`);
  }
  if (kind === "recorded" || kind === "ended") lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}
