import { describe, expect, it } from "vitest";
import { userIdSchema } from "#common/accounts/user.ts";
import { streamIdSchema } from "#common/live/stream.ts";
import { findAirRefusal, isTimeUp } from "./air-limits.rules.ts";

const limits = { maxOnAirPerAccount: 2, maxOnAir: 4, maxBroadcastHours: 24 };
const stream = (id: string, owner: string) => ({
  id: streamIdSchema.parse(id.padEnd(15, "0")),
  ownerId: userIdSchema.parse(owner.padEnd(15, "0")),
});
const own = (id: string) => stream(id, "me");

describe("on air", () => {
  it.each([
    ["one more than an account may have", own("c"), [own("a"), own("b")], "End one of your other"],
    [
      "one more than all may have",
      own("e"),
      ["a", "b", "c", "d"].map((id) => stream(id, `owner${id}`)),
      "Try again later",
    ],
  ])("is refused %s", (_name, wanted, onAir, sentence) => {
    expect(findAirRefusal(wanted, onAir, limits)).toMatchObject({
      code: "stream.too_many",
      message: expect.stringContaining(sentence),
    });
  });

  it("may go on what is there already, and what there is room for", () => {
    expect(findAirRefusal(own("a"), [own("a"), own("b")], limits)).toBeUndefined();
    expect(findAirRefusal(own("c"), [own("a"), stream("b", "you")], limits)).toBeUndefined();
  });
});

it("a broadcast has its time", () => {
  const startedAt = "2026-03-01T12:00:00.000Z";
  const at = (hours: number) => Date.parse(startedAt) + hours * 3_600_000;
  expect([isTimeUp(startedAt, limits, at(23.9)), isTimeUp(startedAt, limits, at(24))]).toEqual([false, true]);
  expect(isTimeUp(null, limits, at(99))).toBe(false);
});
