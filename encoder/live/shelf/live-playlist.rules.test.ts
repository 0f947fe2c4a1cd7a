import { describe, expect, test } from "vitest";
import type { JournalPart, JournalSegment } from "./journal.schema.ts";
import { makeTrackPlaylist, toTargetSeconds, windowOf } from "./live-playlist.rules.ts";

const rungs = ["180p", "360p", "720p"];
const part = (head = 1, seconds = 2): JournalPart => {
  return { head, seconds, frameCount: 60, sizeBytes: 1000, sha256: "a".repeat(64) };
};

/** Segments of 2 s; `parts` says who has one, as `720p` or `720p/2` for its second head. */
function segment(number: number, parts: readonly string[], era = 0): JournalSegment {
  const named = parts.map((text) => {
    const [name = "", head = "1"] = text.split("/");
    return [name, part(Number(head))] as const;
  });
  return {
    ...{ number, era, startTicks: (number - 1) * 180_000, endTicks: number * 180_000 },
    ...{ dateMs: Date.UTC(2026, 0, 1) + number * 2000, parts: Object.fromEntries(named) },
  };
}
const all = ["180p", "360p", "720p", "audio-0"];

function linesOf(request: Partial<Parameters<typeof makeTrackPlaylist>[0]>) {
  const text = makeTrackPlaylist({
    ...{ kind: "live", track: "720p", rungs, segments: [], targetSeconds: 2 },
    ...request,
  });
  return text.split("\n").filter((line) => line !== "" && !/SHA256|EXTINF|DATE-TIME/.test(line));
}

const head = (...more: string[]) => ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", ...more];

test("names each segment with its hash, its length and its wall time", () => {
  const text = makeTrackPlaylist({
    ...{ kind: "live", track: "360p", rungs, targetSeconds: 2, segments: [segment(1, all)] },
  });
  expect(text).toBe(
    `${[
      ...head("#EXT-X-MEDIA-SEQUENCE:1", "#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init-1.mp4"'),
      "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:02.000Z",
      `#EXT-X-SHOAL-SHA256:${"a".repeat(64)}`,
      "#EXTINF:2.000000,",
      "seg-000001.m4s",
    ].join("\n")}\n`,
  );
});

describe("a rung without a segment of its own", () => {
  const segments = [
    segment(1, all),
    segment(2, ["180p", "audio-0"]),
    segment(3, ["360p", "180p"]),
    segment(4, all),
  ];
  test("borrows of the next lower one, with its head, and goes on with its own", () => {
    expect(linesOf({ segments })).toEqual([
      ...head("#EXT-X-MEDIA-SEQUENCE:1", "#EXT-X-INDEPENDENT-SEGMENTS"),
      ...['#EXT-X-MAP:URI="init-1.mp4"', "seg-000001.m4s"],
      ...['#EXT-X-MAP:URI="../180p/init-1.mp4"', "../180p/seg-000002.m4s"],
      ...['#EXT-X-MAP:URI="../360p/init-1.mp4"', "../360p/seg-000003.m4s"],
      ...['#EXT-X-MAP:URI="init-1.mp4"', "seg-000004.m4s"],
    ]);
  });

  test("borrows of the next higher one where there is none below", () => {
    const [, , , , , ...rest] = linesOf({ track: "180p", segments: [segment(1, ["720p", "360p"])] });
    expect(rest).toEqual(['#EXT-X-MAP:URI="../360p/init-1.mp4"', "../360p/seg-000001.m4s"]);
  });

  test("sound borrows of nobody: there is a gap", () => {
    expect(linesOf({ track: "audio-0", segments }).slice(5)).toEqual([
      ...['#EXT-X-MAP:URI="init-1.mp4"', "seg-000001.m4s", "seg-000002.m4s"],
      ...["#EXT-X-GAP", "seg-000003.m4s", "seg-000004.m4s"],
    ]);
  });
});

test("a publisher that came back is a discontinuity; those that left the window are counted", () => {
  const segments = [segment(7, all, 2), segment(8, all, 3), segment(9, ["720p/2"], 3)];
  expect(linesOf({ segments })).toEqual([
    ...head("#EXT-X-MEDIA-SEQUENCE:7", "#EXT-X-DISCONTINUITY-SEQUENCE:2", "#EXT-X-INDEPENDENT-SEGMENTS"),
    ...['#EXT-X-MAP:URI="init-1.mp4"', "seg-000007.m4s"],
    ...["#EXT-X-DISCONTINUITY", "seg-000008.m4s"],
    ...['#EXT-X-MAP:URI="init-2.mp4"', "seg-000009.m4s"],
  ]);
});

test.each([
  ["live", false, false, true],
  ["whole", "EVENT", false, true],
  ["ended", false, true, true],
  ["recorded", "VOD", true, false],
] as const)("%s", (kind, type, isEnded, hasDates) => {
  const text = makeTrackPlaylist({
    kind,
    track: "720p",
    rungs,
    targetSeconds: 2,
    segments: [segment(1, all)],
  });
  expect(/#EXT-X-PLAYLIST-TYPE:(\w+)/.exec(text)?.[1] ?? false).toBe(type);
  expect(text.endsWith("#EXT-X-ENDLIST\n")).toBe(isEnded);
  expect(text.includes("PROGRAM-DATE-TIME")).toBe(hasDates);
});

test.each([
  [0, 100],
  [10, 5],
  [9, 5],
  [1, 1],
  [500, 100],
])("a window of %i s shows %i of 100 segments", (windowSeconds, count) => {
  const segments = Array.from({ length: 100 }, (_, at) => segment(at + 1, all));
  const shown = windowOf(segments, windowSeconds);
  expect([shown.length, shown.at(-1)?.number]).toEqual([count, 100]);
});

test("the target duration is no shorter than any segment", () => {
  const long = { ...segment(2, []), parts: { "720p": part(1, 4.6) } };
  expect(toTargetSeconds([segment(1, all)], 2)).toBe(2);
  expect(toTargetSeconds([segment(1, all), long], 2)).toBe(5);
});
