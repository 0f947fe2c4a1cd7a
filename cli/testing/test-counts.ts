import { z } from "zod";

/** How many tests passed and failed. A test that was skipped proves nothing and counts as failed. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

const vitestReportSchema = z.object({
  numPassedTests: z.number(),
  numTotalTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});

const playwrightReportSchema = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  errors: z.array(z.unknown()),
});

/** Reads the report of Vitest's JSON reporter; a file that could not even be loaded counts as one failed test. */
export function toVitestCounts(report: unknown): TestCounts {
  const { numPassedTests, numTotalTests, testResults } = vitestReportSchema.parse(report);
  const unloaded = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { passed: numPassedTests, failed: numTotalTests - numPassedTests + unloaded.length };
}

/** Reads the report of Playwright's JSON reporter; errors outside of tests count as failed tests. */
export function toPlaywrightCounts(report: unknown): TestCounts {
  const { stats, errors } = playwrightReportSchema.parse(report);
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped + errors.length };
}

/** The sum; a runner that failed without naming a failed test adds one. */
export function addCounts(total: TestCounts, counts: TestCounts, exitCode = 0): TestCounts {
  const unnamed = exitCode !== 0 && counts.failed === 0 ? 1 : 0;
  return { passed: total.passed + counts.passed, failed: total.failed + counts.failed + unnamed };
}
