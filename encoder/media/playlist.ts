import { segmentHashTag } from "#common/playback/playback-grant.ts";
import type { AudioFacts, RungFacts } from "./part-facts.ts";

/** One segment of a media playlist. */
export interface PlaylistSegment {
  readonly name: string;
  readonly durationSeconds: number;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
}

/** A media playlist of a finished rendition (RFC 8216 §4.3.3). */
export function makeMediaPlaylist(segments: readonly PlaylistSegment[]): string {
  // RFC 8216 §4.3.3.1: each EXTINF, rounded to the nearest integer, is at most the target duration
  const targetSeconds = Math.max(1, ...segments.map(({ durationSeconds }) => Math.round(durationSeconds)));
  return toText([
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    `#EXT-X-TARGETDURATION:${targetSeconds}`,
    "#EXT-X-MEDIA-SEQUENCE:1",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    '#EXT-X-MAP:URI="init.mp4"',
    ...segments.flatMap(({ name, durationSeconds, sha256 }) => [
      `${segmentHashTag}${sha256}`,
      `#EXTINF:${durationSeconds.toFixed(6)},`,
      name,
    ]),
    "#EXT-X-ENDLIST",
  ]);
}

/** A master playlist (RFC 8216 §4.3.4) of tracks that have this one each; without rungs, the audio itself is what is played. */
export function makeMasterPlaylist(
  rungs: readonly RungFacts[],
  audio: readonly AudioFacts[],
  mediaName = "index.m3u8",
): string {
  const head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"];
  const needsGroup = audio.length > 0 && (rungs.length > 0 || audio.length > 1);
  const group = needsGroup ? audio.map((track) => toMediaLine(track, mediaName)) : [];
  const groupAttribute = needsGroup ? [`AUDIO="${audioGroup}"`] : [];
  const audioCodecs = [...new Set(audio.map(({ codec }) => codec))];
  const audioPeakBps = Math.max(0, ...audio.map(({ peakBps }) => peakBps));
  const audioAverageBps = Math.max(0, ...audio.map(({ averageBps }) => averageBps));
  const first = audio.find(({ isDefault }) => isDefault) ?? audio[0];
  const audioOnly =
    rungs.length === 0 && first
      ? [
          toStreamLine([
            `BANDWIDTH=${audioPeakBps}`,
            `AVERAGE-BANDWIDTH=${audioAverageBps}`,
            `CODECS="${audioCodecs.join(",")}"`,
            ...groupAttribute,
          ]),
          `audio-${first.ordinal}/${mediaName}`,
        ]
      : [];
  // players that cannot measure begin with the first: a middle one is a good guess, small pictures come after
  const variants = startInTheMiddle(rungs).flatMap((rung) => [
    toStreamLine([
      `BANDWIDTH=${rung.peakBps + audioPeakBps}`,
      `AVERAGE-BANDWIDTH=${rung.averageBps + audioAverageBps}`,
      `CODECS="${[rung.codec, ...audioCodecs].join(",")}"`,
      `RESOLUTION=${rung.widthPx}x${rung.heightPx}`,
      `FRAME-RATE=${rung.frameRateFps.toFixed(3)}`,
      ...groupAttribute,
    ]),
    `${rung.name}/${mediaName}`,
  ]);
  return toText([...head, ...group, ...audioOnly, ...variants]);
}

const audioGroup = "audio";
const startShortSidePx = 360;

function toMediaLine(track: AudioFacts, mediaName: string): string {
  const attributes = [
    "TYPE=AUDIO",
    `GROUP-ID="${audioGroup}"`,
    `NAME="${toQuoted(track.name)}"`,
    ...(track.language === "und" ? [] : [`LANGUAGE="${toQuoted(track.language)}"`]),
    `DEFAULT=${track.isDefault ? "YES" : "NO"}`,
    "AUTOSELECT=YES",
    `CHANNELS="${track.channelCount}"`,
    `URI="audio-${track.ordinal}/${mediaName}"`,
  ];
  return `#EXT-X-MEDIA:${attributes.join(",")}`;
}

function toStreamLine(attributes: readonly string[]): string {
  return `#EXT-X-STREAM-INF:${attributes.join(",")}`;
}

function startInTheMiddle(rungs: readonly RungFacts[]): RungFacts[] {
  const rising = [...rungs].sort((a, b) => a.peakBps - b.peakBps);
  const isSmall = (rung: RungFacts) => Math.min(rung.widthPx, rung.heightPx) <= startShortSidePx;
  const start = rising.findLast(isSmall) ?? rising[0];
  return start ? [start, ...rising.filter((rung) => rung !== start)] : [];
}

/** RFC 8216 §4.2: a quoted string has no line ends and no quotes. */
function toQuoted(text: string): string {
  return text.replace(/[\r\n"]/g, " ");
}

function toText(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
