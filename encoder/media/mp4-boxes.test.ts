import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findBox, Mp4FormatError, type Mp4Sample, makeBox, parseBoxes, parseMoof } from "./mp4-boxes.ts";
import { makeInitSegment, parseMoov } from "./mp4-init.ts";
import { makeSegment } from "./mp4-segment.ts";

const samples = fc.array(
  fc.record({
    durationTicks: fc.integer({ min: 1, max: 10_000 }),
    sizeBytes: fc.integer({ min: 0, max: 300 }),
    isSync: fc.boolean(),
    compositionOffsetTicks: fc.integer({ min: -5000, max: 5000 }),
  }),
  { minLength: 1, maxLength: 40 },
);

/** Where each sample's bytes lie when they follow one another. */
function place(items: ReadonlyArray<Omit<Mp4Sample, "dataOffset">>, start: number): Mp4Sample[] {
  let dataOffset = start;
  return items.map((item) => {
    const sample = { ...item, dataOffset };
    dataOffset += item.sizeBytes;
    return sample;
  });
}

describe("segments", () => {
  test("are read as they were written", () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 0, max: 2 ** 45 }), (items, baseDecodeTicks) => {
        const data = Buffer.alloc(
          items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
          7,
        );
        const content = { sequenceNumber: 3, baseDecodeTicks, samples: place(items, 0), data: [data] };
        const segment = makeSegment(content);
        const [moof, mdat] = parseBoxes(segment);
        expect([moof?.type, mdat?.type]).toEqual(["moof", "mdat"]);
        expect(mdat?.body.equals(data)).toBe(true);
        const dataStart = segment.length - data.length;
        expect(parseMoof(moof?.body ?? Buffer.alloc(0))).toEqual({
          baseDecodeTicks,
          samples: place(items, dataStart),
        });
      }),
    );
  });
});

describe("parsers", () => {
  const parsers = { parseBoxes, parseMoof, parseMoov, makeInitSegment };

  test.each(Object.entries(parsers))("%s takes any bytes or throws Mp4FormatError", (_, parse) => {
    const shaped = fc
      .tuple(fc.constantFrom("traf", "trun", "tfhd", "trak", "mdia"), fc.uint8Array({ maxLength: 60 }))
      .map(([type, body]) => makeBox(type, makeBox("tfhd", body), makeBox("trun", body)));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), shaped), (bytes) => {
        try {
          parse(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Mp4FormatError);
        }
      }),
    );
  });

  test("findBox follows a path", () => {
    const inner = makeBox("mdhd", Buffer.from("abc"));
    const body = makeBox("trak", makeBox("mdia", inner));
    expect(findBox(body, ["trak", "mdia", "mdhd"])?.toString()).toBe("abc");
    expect(findBox(body, ["trak", "minf"])).toBeUndefined();
  });

  test("a box that reaches too far is refused", () => {
    const box = makeBox("mdat", Buffer.alloc(10));
    expect(() => parseBoxes(box.subarray(0, 12))).toThrow(Mp4FormatError);
  });
});
