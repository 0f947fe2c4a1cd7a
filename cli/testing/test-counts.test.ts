import { expect, test } from "vitest";
import { addCounts, toPlaywrightCounts, toVitestCounts } from "./test-counts.ts";

test("a file that could not be loaded and a test that was skipped count as failed", () => {
  const report = {
    numPassedTests: 5,
    numTotalTests: 7,
    testResults: [
      { status: "passed", assertionResults: [{}] },
      { status: "failed", assertionResults: [] },
    ],
  };
  expect(toVitestCounts(report)).toEqual({ passed: 5, failed: 3 });
});

test("a browser test that passed only at its second try counts as failed", () => {
  const report = { stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 }, errors: [{}] };
  expect(toPlaywrightCounts(report)).toEqual({ passed: 3, failed: 4 });
});

test("a runner that failed without a failed test adds one", () => {
  const passed = { passed: 2, failed: 0 };
  expect(addCounts(passed, passed)).toEqual({ passed: 4, failed: 0 });
  expect(addCounts(passed, passed, 1)).toEqual({ passed: 4, failed: 1 });
  expect(addCounts(passed, { passed: 0, failed: 2 }, 1)).toEqual({ passed: 2, failed: 2 });
});
