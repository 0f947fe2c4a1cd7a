import { describe, expect, test } from "vitest";
import { cleanWebVtt } from "./captions.rules.ts";
import { createProgressReader, type FfmpegProgress } from "./ffmpeg-progress.ts";
import { toLanguageName, toLanguageTag, toTrackTitle } from "./language.rules.ts";
import { makeStoryboardVtt, planStoryboard, toVttTime } from "./storyboard.rules.ts";

describe("languages", () => {
  test.each([
    ["eng", "en"],
    ["ger", "de"],
    ["deu", "de"],
    ["pt_br", "pt-BR"],
    ["", "und"],
    [undefined, "und"],
    ["<script>", "und"],
    ["a".repeat(300), "und"],
  ])("%s → %s", (text, expected) => {
    expect(toLanguageTag(text)).toBe(expected);
  });
  test("have names", () => {
    expect(toLanguageName("de")).toBe("German");
    expect(toLanguageName("und")).toBeUndefined();
  });
  test("titles are one short line", () => {
    expect(toTrackTitle(" a\u0000b\n c ")).toBe("a b c");
  });
});

describe("captions", () => {
  test("keep text, order and simple marks, and nothing else", () => {
    const source =
      "WEBVTT\n\nSTYLE\n::cue { background: url(http://x/) }\n\nid\n00:03.000 --> 00:04.000 position:10%\n<c.x>b</c>\n\n00:01.000 --> 00:02.000\n{\\an8}<b>a</b> 1 < 2\\Nnext\n\n00:09.000 --> 00:08.000\nbackwards\n\n00:05.000 --> 00:06.000\n<script></script>\n";
    expect(cleanWebVtt(source)).toBe(
      "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n<b>a</b> 1 &lt; 2\nnext\n\n00:00:03.000 --> 00:00:04.000\nb\n",
    );
  });
  test("without cues there are none", () => {
    expect(cleanWebVtt("WEBVTT\n\n")).toBeUndefined();
    expect(cleanWebVtt("")).toBeUndefined();
  });
});

describe("storyboards", () => {
  test("show one tile a GOP while there are few", () => {
    const plan = planStoryboard({ widthPx: 640, heightPx: 360, durationSeconds: 23, gopSeconds: 2 });
    expect(plan).toMatchObject({ tileCount: 12, columns: 10, rows: 2, sheetCount: 1, intervalSeconds: 2 });
    expect(plan.tile).toEqual({ widthPx: 160, heightPx: 90 });
    const lines = makeStoryboardVtt(plan, 23).trim().split("\n");
    expect(lines.slice(2, 4)).toEqual(["00:00:00.000 --> 00:00:02.000", "sheet-1.jpg#xywh=0,0,160,90"]);
    expect(lines.slice(-2)).toEqual(["00:00:22.000 --> 00:00:23.000", "sheet-1.jpg#xywh=160,90,160,90"]);
  });
  test("are bounded for the longest videos", () => {
    const plan = planStoryboard({ widthPx: 360, heightPx: 640, durationSeconds: 12 * 3600, gopSeconds: 2 });
    expect(plan.sheetCount).toBeLessThanOrEqual(6);
    expect(plan.tile).toEqual({ widthPx: 90, heightPx: 160 });
  });
  test("times have hours", () => {
    expect(toVttTime(3723.4567)).toBe("01:02:03.457");
  });
});

test("progress comes in pieces of any size", () => {
  const text =
    "frame=10\nout_time_us=N/A\nprogress=continue\nframe=20\ntotal_size=5\nout_time_us=1500000\nprogress=end\n";
  for (const size of [1, 7, 1000]) {
    const blocks: FfmpegProgress[] = [];
    const read = createProgressReader((block) => blocks.push(block));
    for (let at = 0; at < text.length; at += size) read(text.slice(at, at + size));
    expect(blocks).toEqual([
      { frame: 10, outSeconds: undefined, totalBytes: 0 },
      { frame: 20, outSeconds: 1.5, totalBytes: 5 },
    ]);
  }
});
