import { describe, expect, it } from "vitest";
import { streamIdSchema } from "../live/stream.ts";
import { hashStreamKey, isStreamKey, makeStreamKey, parseStreamKey, toStreamKeyHint } from "./stream-key.ts";

const streamId = streamIdSchema.parse("abcdefghijklmno");

describe("stream keys", () => {
  it("are made of the stream's id and 32 letters and digits that are never the same", () => {
    const keys = Array.from({ length: 200 }, () => makeStreamKey(streamId));
    for (const key of keys) {
      expect(key).toMatch(/^abcdefghijklmno-[0-9A-Za-z]{32}$/);
      expect(parseStreamKey(key)).toBe(streamId);
    }
    expect(new Set(keys).size).toBe(keys.length);
    const used = new Set(keys.flatMap((key) => [...key.slice(16)]));
    expect(used.size).toBe(62);
  });

  it.each([
    "",
    "abcdefghijklmno",
    "abcdefghijklmno-",
    `abcdefghijklmno-${"x".repeat(31)}`,
    `abcdefghijklmno-${"x".repeat(33)}`,
    `ABCDEFGHIJKLMNO-${"x".repeat(32)}`,
    `abcdefghijklmno-${"-".repeat(32)}`,
    `abcdefghijklmno-${"x".repeat(32)}\n`,
    `' || true || '-${"x".repeat(32)}`,
  ])("%j is none", (text) => expect(parseStreamKey(text)).toBeUndefined());

  it("fit the hash of themselves alone", () => {
    const [key, other] = [makeStreamKey(streamId), makeStreamKey(streamId)];
    const keyHash = hashStreamKey(key);
    expect(keyHash).toMatch(/^[0-9a-f]{64}$/);
    expect(isStreamKey(key, keyHash)).toBe(true);
    for (const wrong of [other, "", keyHash, key.slice(1)]) expect(isStreamKey(wrong, keyHash)).toBe(false);
    expect(isStreamKey(key, "")).toBe(false);
    expect(toStreamKeyHint(key)).toBe(key.slice(-4));
  });
});
