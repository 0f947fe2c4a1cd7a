import { describe, expect, it } from "vitest";
import { toDeltaPlaylist, wantsDelta } from "./delta-playlist.ts";

const head = [
  "#EXTM3U",
  "#EXT-X-VERSION:9",
  "#EXT-X-TARGETDURATION:2",
  "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.0",
  "#EXT-X-MEDIA-SEQUENCE:100",
  "#EXT-X-DISCONTINUITY-SEQUENCE:3",
];
const segment = (number: number, ...tags: string[]) => [
  ...tags,
  `#EXT-X-SHOAL-SHA256:${number}`,
  "#EXTINF:2.000,",
  `seg-${number}.m4s`,
];
const numbers = Array.from({ length: 20 }, (_, index) => 100 + index);

function toText(tagsOf: (number: number) => string[] = () => []): string {
  return [...head, ...numbers.flatMap((number) => segment(number, ...tagsOf(number))), ""].join("\n");
}

describe("delta updates", () => {
  it("are asked for by the query of the specification", () => {
    expect(wantsDelta("/media/a/b/live.m3u8?_HLS_skip=YES")).toBe(true);
    expect(wantsDelta("/media/a/b/live.m3u8?_HLS_msn=4&_HLS_skip=v2")).toBe(true);
    expect(wantsDelta("/media/a/b/live.m3u8?_HLS_skip=NO")).toBe(false);
    expect(wantsDelta("/media/a/b/live.m3u8")).toBe(false);
  });

  it("keep what is within the skip boundary, and the head as it is", () => {
    const kept = [113, 114, 115, 116, 117, 118, 119].flatMap((number) => segment(number));
    expect(toDeltaPlaylist(toText())).toBe(
      [...head, "#EXT-X-SKIP:SKIPPED-SEGMENTS=13", ...kept, ""].join("\n"),
    );
  });

  it("say again what holds for the segments that are kept", () => {
    const map = (number: number) => (number === 100 || number === 104 ? [`#EXT-X-MAP:URI="${number}"`] : []);
    const lines = toDeltaPlaylist(toText(map))?.split("\n") ?? [];
    expect(lines[head.length + 1]).toBe('#EXT-X-MAP:URI="104"');
    const renewed = toDeltaPlaylist(toText((number) => (number === 113 ? ['#EXT-X-MAP:URI="113"'] : [])));
    expect(renewed?.match(/#EXT-X-MAP/g)).toHaveLength(1);
  });

  it("keep what stands behind the last segment", () => {
    expect(toDeltaPlaylist(`${toText()}#EXT-X-ENDLIST\n`)).toMatch(/seg-119\.m4s\n#EXT-X-ENDLIST\n$/);
  });

  it("are none where the playlist does not say so, or is short", () => {
    expect(toDeltaPlaylist(toText().replace(/#EXT-X-SERVER-CONTROL.*\n/, ""))).toBeUndefined();
    expect(toDeltaPlaylist([...head, ...segment(1), ...segment(2), ""].join("\n"))).toBeUndefined();
    expect(toDeltaPlaylist("")).toBeUndefined();
  });
});
