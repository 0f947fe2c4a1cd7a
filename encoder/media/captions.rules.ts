import { toVttTime } from "./storyboard.rules.ts";

/** One caption. */
interface Cue {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly text: string;
}

const maxCues = 50_000;
const maxCueLength = 1000;
const timing = /^((?:\d+:)?\d\d:\d\d[.,]\d{3})\s+-->\s+((?:\d+:)?\d\d:\d\d[.,]\d{3})/;

/**
 * WebVTT as FFmpeg wrote it → WebVTT with nothing but cues in order, in plain text with bold, italics and underline.
 * `undefined` when no cue is left.
 */
export function cleanWebVtt(source: string): string | undefined {
  const cues = parseCues(source);
  if (cues.length === 0) return undefined;
  const sorted = cues.sort((a, b) => a.startSeconds - b.startSeconds);
  const blocks = sorted.map(
    (cue) => `${toVttTime(cue.startSeconds)} --> ${toVttTime(cue.endSeconds)}\n${cue.text}\n`,
  );
  return `WEBVTT\n\n${blocks.join("\n")}`;
}

function parseCues(source: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of source.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    if (cues.length >= maxCues) break;
    const lines = block.split("\n");
    const at = lines.findIndex((line) => timing.test(line));
    const match = timing.exec(lines[at] ?? "");
    if (!match) continue;
    const startSeconds = toSeconds(match[1] ?? "");
    const endSeconds = toSeconds(match[2] ?? "");
    const text = cleanText(lines.slice(at + 1).join("\n"));
    if (text !== "" && endSeconds > startSeconds) cues.push({ startSeconds, endSeconds, text });
  }
  return cues;
}

function toSeconds(time: string): number {
  return time
    .replace(",", ".")
    .split(":")
    .reduce((sum, part) => sum * 60 + Number.parseFloat(part), 0);
}

function cleanText(text: string): string {
  return (
    text
      // ASS leaves orders to the renderer behind: {\an8}
      .replace(/\{\\[^}]*\}/g, "")
      .replace(/\\[Nn]/g, "\n")
      .replace(/\\h/g, " ")
      .replace(/<(?!\/?[biu]>)[^<>]*>/g, "")
      .replace(/<(?!\/?[biu]>)/g, "&lt;")
      .replace(/-->/g, "→")
      .split("\n")
      .map((line) => line.replace(/[\p{Cc}\u200b\ufeff]/gu, "").trim())
      .filter((line) => line !== "")
      .join("\n")
      .slice(0, maxCueLength)
  );
}
