import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 10;

/** Asks again until the answer is neither undefined nor false; throws when that takes too long (default 10 s). */
export async function until<Value>(
  ask: () => Promise<Value | undefined | false> | Value | undefined | false,
  { timeoutMs = 10_000, what = "it" }: { timeoutMs?: number; what?: string } = {},
): Promise<Value> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > giveUpAt) throw new Error(`${what} did not come about within ${timeoutMs} ms`);
    await sleep(pollMs);
  }
}

/** An id as PocketBase makes them. */
export function createId(): string {
  return Array.from({ length: 15 }, () => "abcdefghijklmnopqrstuvwxyz0123456789"[randomInt(36)]).join("");
}
