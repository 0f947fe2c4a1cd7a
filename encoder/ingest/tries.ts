import { LRUCache } from "lru-cache";

/** Wrong keys that an address may bring within a minute: a person who mistypes needs less, who guesses needs more. */
const maxWrong = 10;
const keptMs = 60_000;

/** Counts wrong keys by address. */
export function createTries(): { mayTry(address: string): boolean; failed(address: string): void } {
  const wrong = new LRUCache<string, number>({ max: 10_000, ttl: keptMs });
  return {
    mayTry: (address) => (wrong.get(address) ?? 0) < maxWrong,
    failed: (address) => wrong.set(address, (wrong.get(address) ?? 0) + 1, { noUpdateTTL: true }),
  };
}
