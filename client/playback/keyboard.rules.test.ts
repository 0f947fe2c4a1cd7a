import { describe, expect, test } from "vitest";
import { type KeyPress, toNextRate, toPlayerAction } from "./keyboard.rules.ts";

function press(key: string, target: KeyPress["target"] = "page", hasModifier = false): KeyPress {
  return { key, target, hasModifier };
}

describe("toPlayerAction", () => {
  test.each([
    [" ", { name: "togglePlay" }],
    ["k", { name: "togglePlay" }],
    ["K", { name: "togglePlay" }],
    ["j", { name: "seekBy", seconds: -10 }],
    ["l", { name: "seekBy", seconds: 10 }],
    ["ArrowLeft", { name: "seekBy", seconds: -5 }],
    ["ArrowRight", { name: "seekBy", seconds: 5 }],
    ["ArrowUp", { name: "changeVolume", by: 0.05 }],
    ["ArrowDown", { name: "changeVolume", by: -0.05 }],
    ["m", { name: "toggleMuted" }],
    ["f", { name: "toggleFullscreen" }],
    ["c", { name: "toggleCaptions" }],
    ["t", { name: "toggleTheatre" }],
    ["i", { name: "toggleStats" }],
    ["?", { name: "toggleHelp" }],
    ["<", { name: "changeSpeed", by: -1 }],
    [">", { name: "changeSpeed", by: 1 }],
    ["0", { name: "seekToPercent", percent: 0 }],
    ["9", { name: "seekToPercent", percent: 90 }],
  ])("%j asks for %j", (key, action) => {
    expect(toPlayerAction(press(key))).toEqual(action);
  });

  test.each(["x", "Enter", "Tab", "F5"])("%j asks for nothing", (key) => {
    expect(toPlayerAction(press(key))).toBeUndefined();
  });

  test("a field keeps every key, a button its space, a menu its arrows", () => {
    expect(toPlayerAction(press("k", "text"))).toBeUndefined();
    expect(toPlayerAction(press(" ", "activates"))).toBeUndefined();
    expect(toPlayerAction(press("k", "activates"))).toEqual({ name: "togglePlay" });
    expect(toPlayerAction(press("ArrowUp", "arrows"))).toBeUndefined();
    expect(toPlayerAction(press(" ", "arrows"))).toBeUndefined();
    expect(toPlayerAction(press("m", "arrows"))).toEqual({ name: "toggleMuted" });
  });

  test("shortcuts of the browser stay its own", () => {
    expect(toPlayerAction(press("c", "page", true))).toBeUndefined();
  });
});

test.each([
  [1, 1, 1.25],
  [1, -1, 0.75],
  [2, 1, 2],
  [0.25, -1, 0.25],
  [1.1, 1, 1.25],
] as const)("from speed %s by %s comes %s", (rate, by, next) => {
  expect(toNextRate(rate, by)).toBe(next);
});
