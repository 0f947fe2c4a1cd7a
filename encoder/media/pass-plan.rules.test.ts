import { describe, expect, test } from "vitest";
import { makeLadder } from "./ladder.rules.ts";
import { planPasses } from "./pass-plan.rules.ts";

const { rungs } = makeLadder({ widthPx: 1920, heightPx: 1080, frameRate: { num: 30, den: 1 } });

function plan(durationSeconds: number, done: readonly string[] = [], audioCount = 1) {
  const passes = planPasses({ durationSeconds, rungs, audioCount, isDone: (part) => done.includes(part) });
  return passes.map((pass) => [pass.rungs.map(({ name }) => name).join(" "), pass.audio.join(" ")]);
}
const quick = ["rung:360p", "audio:0"];

describe("planPasses", () => {
  test("makes something to watch first", () => {
    expect(plan(600)).toEqual([
      ["360p", "0"],
      ["1080p 720p 480p 240p 144p", ""],
    ]);
  });
  test("makes short videos in one go", () => {
    expect(plan(10)).toEqual([["1080p 720p 480p 360p 240p 144p", "0"]]);
  });
  test("goes on where an earlier attempt ended", () => {
    expect(plan(600, quick)).toEqual([["1080p 720p 480p 240p 144p", ""]]);
    expect(plan(600, [...quick, "rung:144p", "rung:240p"])).toEqual([["1080p 720p 480p", ""]]);
    expect(plan(600, ["rung:360p"])).toEqual([
      ["240p", "0"],
      ["1080p 720p 480p 144p", ""],
    ]);
    expect(plan(600, [...quick, ...rungs.map(({ name }) => `rung:${name}`)])).toEqual([]);
  });
  test("makes audio alone in one pass", () => {
    expect(planPasses({ durationSeconds: 9999, rungs: [], audioCount: 2, isDone: () => false })).toEqual([
      { rungs: [], audio: [0, 1] },
    ]);
  });
});
