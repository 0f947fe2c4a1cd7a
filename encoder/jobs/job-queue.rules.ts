import { ShoalError } from "#common/errors.ts";

/**
 * Priority units that a waiting job gains per second. A unit is about a megabyte of original: a film of 2 GB is overtaken by
 * smaller files that come within the next half hour, and by none after that.
 */
export const ageingPerSecond = 1;

/** First pause after a failed attempt; it doubles with each further one. In milliseconds. */
export const firstRetryMs = 5000;
/** Longest pause after a failed attempt, in milliseconds. */
export const longestRetryMs = 5 * 60_000;

/** What the order of claims depends on. */
export interface QueueEntry {
  readonly id: string;
  readonly accountId: string;
  /** Expected cost. */
  readonly priority: number;
  readonly createdAtMs: number;
  readonly isRunning: boolean;
}

const byKey = (a: Ranked, b: Ranked) => a.key - b.key || (a.entry.id < b.entry.id ? -1 : 1);
const byRank = (a: Ranked, b: Ranked) => a.rank - b.rank || (a.entry.id < b.entry.id ? -1 : 1);

interface Ranked {
  readonly entry: QueueEntry;
  readonly key: number;
  rank: number;
}

/**
 * Waiting entries in the order in which they are claimed. Cheap ones first, less what they have waited; an account's job also bears
 * the cost of the account's own jobs before it, so that many uploads of one account do not hold up the one of another.
 * Nobody starves: who comes later than an entry's rank allows is never put before it.
 */
export function toClaimOrder(entries: readonly QueueEntry[]): QueueEntry[] {
  const accounts = new Map<string, Ranked[]>();
  for (const entry of entries) {
    // the age of all grows alike, so the order stays when time goes by
    const key = entry.priority + (ageingPerSecond * entry.createdAtMs) / 1000;
    const ranked = { entry, key, rank: key };
    accounts.set(entry.accountId, [...(accounts.get(entry.accountId) ?? []), ranked]);
  }
  for (const ofAccount of accounts.values()) {
    ofAccount.sort((a, b) => Number(b.entry.isRunning) - Number(a.entry.isRunning) || byKey(a, b));
    let costBefore = 0;
    for (const ranked of ofAccount) {
      ranked.rank = ranked.key + costBefore;
      costBefore += ranked.entry.priority + 1;
    }
  }
  return [...accounts.values()]
    .flat()
    .filter(({ entry }) => !entry.isRunning)
    .sort(byRank)
    .map(({ entry }) => entry);
}

/** Pause before the next attempt, in milliseconds; `attempt` counts from 1. */
export function toRetryDelayMs(attempt: number): number {
  return Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt - 1, 20));
}

/** What is said of a job whose encoder was lost too often. */
export const interruptedFailure = {
  code: "encode.failed",
  message: "Processing was interrupted too often. Try again later.",
} as const;

/** How an error of an attempt is told to people, and whether another attempt may do better. */
export function toFailure(error: unknown) {
  const result = "failed" as const;
  // an unreadable file stays unreadable; what is ours may pass
  if (error instanceof ShoalError && !error.code.startsWith("service.")) {
    const { code, message } = error;
    return { result, code, message, isRetryable: code === "encode.failed" };
  }
  const message = "This video could not be processed. Try again later.";
  return { result, code: "encode.failed" as const, message, isRetryable: true };
}
