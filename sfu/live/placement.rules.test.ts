import { expect, test } from "vitest";
import { choosePlace, spreadStep } from "./placement.rules.ts";

const places = (...loads: number[]) => loads.map((load, place) => ({ place, load }));

test.each([
  ["there is nothing", [], [], undefined],
  ["the room is nowhere yet: the idlest", [5, 3, 9], [], 1],
  ["the room is there and not much busier", [spreadStep - 1, 0], [0], 0],
  ["the room's place is so busy that a pipe pays", [spreadStep, 0], [0], 1],
  ["the room is everywhere: the idlest", [30, 29, 31], [0, 1, 2], 1],
  ["of the room's places one is near enough to the idlest", [40, 20, 0], [0, 1], 1],
])("when %s", (_, loads, having, place) => {
  expect(choosePlace(places(...loads), new Set(having))).toBe(place);
});
