import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRangeUsable, isUnchanged, parseRange } from "./byte-range.ts";

describe("ranges", () => {
  const table: Array<[string | undefined, number, ReturnType<typeof parseRange>]> = [
    ["bytes=10-", 10, "unsatisfiable"],
    ["bytes=99-100", 10, "unsatisfiable"],
    ["bytes=-0", 10, "unsatisfiable"],
    ["bytes=0-", 0, "unsatisfiable"],
    ["bytes=-5", 0, "unsatisfiable"],
    [undefined, 10, "all"],
    ["", 10, "all"],
    ["bytes=", 10, "all"],
    ["bytes=-", 10, "all"],
    ["bytes=5-2", 10, "all"],
    ["bytes=0-1,3-4", 10, "all"],
    ["lines=0-1", 10, "all"],
    ["bytes=a-b", 10, "all"],
    ["bytes=0-0", 10, { from: 0, to: 0 }],
    ["bytes=3-", 10, { from: 3, to: 9 }],
    ["bytes=3-5", 10, { from: 3, to: 5 }],
    ["bytes=3-500", 10, { from: 3, to: 9 }],
    ["bytes=-4", 10, { from: 6, to: 9 }],
    ["bytes=-400", 10, { from: 0, to: 9 }],
  ];
  for (const [header, sizeBytes, expected] of table) {
    it(`${header} of ${sizeBytes}`, () => expect(parseRange(header, sizeBytes)).toEqual(expected));
  }

  it("never reaches outside the object", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat({ max: 1000 }), (text, a, b, sizeBytes) => {
        for (const header of [text, `bytes=${a}-${b}`, `bytes=${a}-`, `bytes=-${b}`]) {
          const wanted = parseRange(header, sizeBytes);
          if (typeof wanted === "string") continue;
          expect(wanted.from).toBeGreaterThanOrEqual(0);
          expect(wanted.from).toBeLessThanOrEqual(wanted.to);
          expect(wanted.to).toBeLessThan(sizeBytes);
        }
      }),
    );
  });
});

describe("what the client has already", () => {
  const object = { etag: '"a"', modifiedAt: new Date("2026-01-02T03:04:05.678Z") };
  const has = (ifNoneMatch?: string, ifModifiedSince?: string) =>
    isUnchanged({ ifNoneMatch, ifModifiedSince }, object);
  it("goes by the tag first, then by the date", () => {
    expect(has()).toBe(false);
    expect(has('"b"')).toBe(false);
    expect(has('"b"', "Fri, 02 Jan 2026 03:04:05 GMT")).toBe(false);
    expect(has(undefined, "Fri, 02 Jan 2026 03:04:04 GMT")).toBe(false);
    expect(has(undefined, "no date")).toBe(false);
    expect(has('"b", W/"a"')).toBe(true);
    expect(has("*")).toBe(true);
    expect(has(undefined, "Fri, 02 Jan 2026 03:04:05 GMT")).toBe(true);
  });
  it("uses a range only on the same object", () => {
    const known = { etag: '"a"', lastModified: "Fri, 02 Jan 2026 03:04:05 GMT" };
    expect(isRangeUsable('"b"', known)).toBe(false);
    expect(isRangeUsable("Fri, 02 Jan 2026 03:04:06 GMT", known)).toBe(false);
    expect(isRangeUsable(undefined, known)).toBe(true);
    expect(isRangeUsable('"a"', known)).toBe(true);
    expect(isRangeUsable("Fri, 02 Jan 2026 03:04:05 GMT", known)).toBe(true);
  });
});
