import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toLine, toLines } from "./text.ts";

describe("toLine", () => {
  it.each([
    ["  A shoal ", "A shoal"],
    ["two\r\nlines\tand\u0000more", "two lines and more"],
    ["\u200b\u00a0", ""],
    ["half \ud800 a sign", "half  a sign"],
    ["safe\u202egpj.exe", "safegpj.exe"],
    ["👩‍👩‍👧 família ❤️ مرحبا", "👩‍👩‍👧 família ❤️ مرحبا"],
  ])("makes %j into %j", (text, line) => {
    expect(toLine(text)).toBe(line);
  });
});

describe("toLines", () => {
  it.each([
    ["one\r\n\n\ttwo\rthree\u2028four", "one\n\n\ttwo\nthree\nfour"],
    ["\u0000\u0007x\ud800", "x"],
    ["\n \u200b\n", ""],
  ])("makes %j into %j", (text, lines) => {
    expect(toLines(text)).toBe(lines);
  });
});

it("makes nothing else of what it has made", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(toLine(toLine(text))).toBe(toLine(text));
      expect(toLines(toLines(text))).toBe(toLines(text));
    }),
  );
});
