import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { ShoalError } from "#common/errors.ts";
import {
  ageingPerSecond,
  firstRetryMs,
  longestRetryMs,
  type QueueEntry,
  toClaimOrder,
  toFailure,
  toRetryDelayMs,
} from "./job-queue.rules.ts";

const entry = fc.record({
  accountId: fc.constantFrom("ann", "ben", "cleo"),
  priority: fc.integer({ min: 0, max: 5000 }),
  createdAtMs: fc.integer({ min: 0, max: 3_600_000 }),
  isRunning: fc.boolean(),
});
const entries = fc
  .array(entry, { maxLength: 40 })
  .map((list): QueueEntry[] => list.map((one, index) => ({ ...one, id: `job${index}` })));

const waiting = (id: string, accountId: string, priority: number, createdAtMs = 0): QueueEntry => ({
  id,
  accountId,
  priority,
  createdAtMs,
  isRunning: false,
});
const idsOf = (list: readonly QueueEntry[]) => list.map(({ id }) => id);

describe("claim order", () => {
  it("puts short ones first", () => {
    const list = [waiting("film", "ann", 2000), waiting("clip", "ben", 5), waiting("talk", "cleo", 300)];
    expect(idsOf(toClaimOrder(list))).toEqual(["clip", "talk", "film"]);
  });

  it("puts a long one before short ones that came much later", () => {
    const list = [waiting("film", "ann", 2000), waiting("clip", "ben", 5, 2_000_000)];
    expect(idsOf(toClaimOrder(list))).toEqual(["film", "clip"]);
  });

  it("alternates between accounts that bring much and little", () => {
    const many = Array.from({ length: 10 }, (_, index) => waiting(`ann${index}`, "ann", 10));
    const order = idsOf(toClaimOrder([...many, waiting("ben", "ben", 15)]));
    expect(order.indexOf("ben")).toBe(1);
  });

  it("lets an account's running jobs count against it", () => {
    const running = { ...waiting("ann0", "ann", 100), isRunning: true };
    const list = [running, waiting("ann1", "ann", 10), waiting("ben", "ben", 50)];
    expect(idsOf(toClaimOrder(list))).toEqual(["ben", "ann1"]);
  });

  it("has each waiting entry once, in an order that does not depend on how it was asked", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const order = idsOf(toClaimOrder(list));
        expect([...order].sort()).toEqual(idsOf(list.filter((one) => !one.isRunning)).sort());
        expect(idsOf(toClaimOrder([...list].reverse()))).toEqual(order);
      }),
    );
  });

  it("keeps the order while time goes by", () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 1e6 }), (list, laterMs) => {
        const shifted = list.map((one) => ({ ...one, createdAtMs: one.createdAtMs + laterMs }));
        expect(idsOf(toClaimOrder(shifted))).toEqual(idsOf(toClaimOrder(list)));
      }),
    );
  });

  it("starves nobody: who comes late enough is never put before", () => {
    fc.assert(
      fc.property(entries, entry, (list, late) => {
        const accountCost = (accountId: string) =>
          list.filter((one) => one.accountId === accountId).reduce((sum, one) => sum + one.priority + 1, 0);
        for (const early of list.filter((one) => !one.isRunning)) {
          const boundSeconds = (early.priority + accountCost(early.accountId)) / ageingPerSecond;
          const createdAtMs = early.createdAtMs + boundSeconds * 1000 + 1000;
          const order = idsOf(
            toClaimOrder([...list, { ...late, isRunning: false, id: "late", createdAtMs }]),
          );
          expect(order.indexOf(early.id)).toBeLessThan(order.indexOf("late"));
        }
      }),
    );
  });

  it("gets a film through under a load of clips that one encoder can just not carry", () => {
    // one second of work per unit, and a clip of 20 units every 18 seconds, from ever new accounts
    let queue = [waiting("film", "ann", 600)];
    let clipCount = 0;
    for (let nowMs = 0; nowMs < 3_600_000; ) {
      for (; clipCount * 18_000 <= nowMs; clipCount++) {
        queue.push(waiting(`clip${clipCount}`, `account${clipCount}`, 20, clipCount * 18_000));
      }
      const next = toClaimOrder(queue)[0];
      if (next?.id === "film") return expect(nowMs).toBeLessThanOrEqual(1_000_000);
      queue = queue.filter((one) => one !== next);
      nowMs += (next?.priority ?? 1) * 1000;
    }
    throw new Error("the film was never encoded");
  });
});

test("pauses grow and are bounded", () => {
  expect(toRetryDelayMs(1)).toBe(firstRetryMs);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (attempt) => {
      expect(toRetryDelayMs(attempt + 1)).toBeGreaterThanOrEqual(toRetryDelayMs(attempt));
      expect(toRetryDelayMs(attempt)).toBeLessThanOrEqual(longestRetryMs);
    }),
  );
});

describe("failures", () => {
  for (const [error, code, isRetryable] of [
    [new ShoalError("encode.unreadable", "No."), "encode.unreadable", false],
    [new ShoalError("encode.timeout", "No."), "encode.timeout", false],
    [new ShoalError("encode.failed", "No."), "encode.failed", true],
    [new ShoalError("upload.bad_image", "No."), "upload.bad_image", false],
    [new ShoalError("service.unavailable", "No."), "encode.failed", true],
    [new Error("ENOSPC: /secret/path"), "encode.failed", true],
    ["a text", "encode.failed", true],
  ] as const) {
    it(`${error instanceof ShoalError ? error.code : String(error)} becomes ${code}`, () => {
      const failure = toFailure(error);
      expect(failure).toMatchObject({ result: "failed", code, isRetryable });
      expect(failure.message).not.toContain("secret");
    });
  }
});
