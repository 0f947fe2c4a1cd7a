import { describe, expect, test } from "vitest";
import { chooseFrameRate, isVariableRate, parseRational, toNumber, toSmallRate } from "./frame-rate.rules.ts";

const rate = (base: string, average: string) =>
  toNumber(chooseFrameRate({ base: parseRational(base), average: parseRational(average) }));

describe("chooseFrameRate", () => {
  test.each([
    ["25/1", "25/1", 25],
    ["30000/1001", "30000/1001", 29.97],
    ["10/1", "10/1", 10],
    // variable, on a grid
    ["30/1", "27/1", 30],
    // a grid beyond reason
    ["90000/1", "59/2", 29.97],
    ["1000/1", "12/1", 12],
    ["1000/1", "24/1", 24],
    // unknown
    ["0/0", "0/0", 30],
    ["1000/1", "0/0", 30],
    // fast and slow
    ["120/1", "120/1", 60],
    ["240/1", "240/1", 60],
    ["144/1", "144/1", 48],
    ["1/1", "1/1", 5],
    ["1/5", "1/5", 5],
  ])("%s, on average %s → %d", (base, average, expected) => {
    expect(rate(base, average)).toBeCloseTo(expected, 2);
  });

  test("tells variable rates", () => {
    expect(isVariableRate({ base: { num: 30, den: 1 }, average: { num: 30, den: 1 } })).toBe(false);
    expect(isVariableRate({ base: { num: 30, den: 1 }, average: { num: 27, den: 1 } })).toBe(true);
  });

  test("halves what is fast for small rungs", () => {
    expect(toNumber(toSmallRate({ num: 60, den: 1 }))).toBe(30);
    expect(toNumber(toSmallRate({ num: 30, den: 1 }))).toBe(30);
  });
});

test("parseRational takes positive fractions only", () => {
  expect(parseRational("16:9")).toEqual({ num: 16, den: 9 });
  for (const text of [undefined, "", "0/0", "1/0", "-1/2", "a/b", "1.5/2"])
    expect(parseRational(text)).toBeUndefined();
});
