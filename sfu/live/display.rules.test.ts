import { expect, test } from "vitest";
import { assumeHeights, chooseLayer, fillHeights } from "./display.rules.ts";

test.each([
  [null, 2],
  [1080, 2],
  [720, 2],
  [500, 2],
  [400, 1],
  [360, 1],
  [200, 0],
  [1, 0],
])("a picture %s px high on screen gets layer %s of 180, 360 and 720", (heightPx, layer) => {
  expect(chooseLayer(assumeHeights(3), { heightPx, isVisible: true })).toBe(layer);
});

test("what has no layers has one, and the first", () => {
  expect(assumeHeights(1)).toEqual([720]);
  expect(chooseLayer(assumeHeights(1), { heightPx: 100, isVisible: true })).toBe(0);
  expect(chooseLayer([], { heightPx: null, isVisible: true })).toBe(0);
});

test.each([
  [[134, 270, 540], [], [134, 270, 540]],
  [[134, null, null], [], [134, 268, 536]],
  [[null, 270, 540], [], [135, 270, 540]],
  [
    [null, null, 540],
    [134, 270, 720],
    [134, 270, 540],
  ],
  [[null, null, null], [], []],
  [[null, null], [134, 270, 540], []],
])("heights %o after %o are %o", (seen, before, filled) => {
  expect(fillHeights(seen, before)).toEqual(filled);
});
