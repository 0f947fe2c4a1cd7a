import { describe, expect, it } from "vitest";
import { cpuSecondsOf, interleave, median, quantile, toResult } from "./bench.ts";
import { listBenches } from "./main.ts";

describe("benchmarks", () => {
  it("judge by the ratio", () => {
    const measured = { bench: "x", goal: 0.5, ours: 1, baseline: 3, unit: "s" };
    expect(toResult({ ...measured, better: "higher" })).toMatchObject({ ratio: 0.3333, ok: false });
    expect(toResult({ ...measured, better: "lower" })).toMatchObject({ ratio: 0.3333, ok: true });
  });

  it("take the middle", () => {
    expect(median([])).toBeNaN();
    expect(median([3])).toBe(3);
    expect(median([9, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
    expect(quantile([5, 1, 4, 2, 3], 0.2)).toBe(1);
  });

  it("let contestants take turns and leave the warm-up out", async () => {
    const order: string[] = [];
    const measure = (name: string) => {
      const values = [100, 1, 2, 3];
      return async () => {
        order.push(name);
        return values.shift() ?? 0;
      };
    };
    const medians = await interleave(3, { a: measure("a"), b: measure("b") }, () => undefined);
    expect(medians).toEqual({ a: 2, b: 2 });
    expect(order.join("")).toBe("abbaabba");
  });

  it("are all found and say what they measure", async () => {
    const benches = await listBenches();
    expect([...benches.keys()]).toContain("segments");
    for (const { doc } of benches.values()) expect(doc.length).toBeGreaterThan(20);
  });

  it.runIf(process.platform === "linux")("read processor time", () => {
    expect(cpuSecondsOf(process.pid)).toBeGreaterThan(0);
  });
});
