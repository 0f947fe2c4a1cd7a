import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { SegmentHashes } from "./segment-hashes.ts";

const bytes = new TextEncoder().encode("a segment");
const hash = createHash("sha256").update(bytes).digest("hex");
const playlistUrl = "/media/~g/v/r/240p/index.m3u8";
const hashed = `#EXTM3U\n#EXT-X-SHOAL-SHA256:${hash}\n#EXTINF:4,\nseg-00001.m4s\n`;
const bare = "#EXTM3U\n#EXTINF:4,\nseg-00002.m4s\n";
const master = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n240p/index.m3u8\n";

function read(...texts: string[]): SegmentHashes {
  const hashes = new SegmentHashes();
  for (const text of texts) hashes.read(text, playlistUrl);
  return hashes;
}

describe("SegmentHashes", () => {
  test.each([
    ["nothing", [], false],
    ["a multivariant playlist alone", [master], false],
    ["a playlist with all its hashes", [master, hashed], true],
    ["one segment without a hash", [hashed, bare], false],
    ["a hash that is none", [hashed.replace(hash, "0123")], false],
  ])("%s", (_, texts, areWhole) => {
    expect(read(...texts).areWhole).toBe(areWhole);
  });

  test("takes the promised bytes under any grant", async () => {
    const url = "https://shoal.example/media/~other/v/r/240p/seg-00001.m4s";
    expect(await read(hashed).isTrue(url, bytes.buffer)).toBe(true);
  });

  test("refuses other bytes, and segments that nothing was promised of", async () => {
    const url = "/media/v/r/240p/seg-00001.m4s";
    const forged = new TextEncoder().encode("a Segment").buffer;
    expect(await read(hashed).isTrue(url, forged)).toBe(false);
    expect(await read(hashed).isTrue(url.replace("00001", "00002"), bytes.buffer)).toBe(false);
    expect(await read().isTrue(url, bytes.buffer)).toBe(false);
  });

  test("forgets first what a live playlist has let go of", async () => {
    const hashes = new SegmentHashes(2);
    const [first, second, third] = ["1", "2", "3"].map((name) => `/media/v/r/240p/${name}.m4s`);
    const name = (...urls: (string | undefined)[]) =>
      urls.map((url) => `#EXT-X-SHOAL-SHA256:${hash}\n#EXTINF:2,\n${url}\n`).join("");
    hashes.read(name(first, second), playlistUrl);
    hashes.read(name(second, third), playlistUrl);
    const known = await Promise.all(
      [first, second, third].map((url) => hashes.isTrue(url ?? "", bytes.buffer)),
    );
    expect(known).toEqual([false, true, true]);
  });
});
