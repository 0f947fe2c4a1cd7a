import { expect, test } from "vitest";
import { toDisplay } from "./display-watch.ts";

const shown = { boxHeightPx: 450, pixelRatio: 2, isVisible: true, wanted: "auto" as const };

test.each([
  ["in device pixels, in steps", shown, { heightPx: 920, isVisible: true }],
  ["hidden", { ...shown, isVisible: false }, { heightPx: 920, isVisible: false }],
  ["as good as can be", { ...shown, wanted: "best" as const }, { heightPx: null, isVisible: true }],
  ["as small as was asked for", { ...shown, wanted: 240 }, { heightPx: 240, isVisible: true }],
  ["no size known", { ...shown, boxHeightPx: 0 }, { heightPx: null, isVisible: true }],
  [
    "no larger than the door lets in",
    { ...shown, boxHeightPx: 20_000 },
    { heightPx: 16_384, isVisible: true },
  ],
])("%s", (_, input, expected) => {
  expect(toDisplay(input)).toEqual(expected);
});
