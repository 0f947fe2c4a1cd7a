const dateStepMs = 1_000;
/** A clock that both sides correct now and then: an offset from long ago counts less than a contradiction. */
const toleranceMs = 60;

/**
 * The server's clock, read from the `Date` header of its answers. It knows whole seconds only (RFC 9110 §5.6.7), so each
 * answer bounds the difference to ours; a few of them narrow it to some hundredths.
 */
export class ServerClock {
  #earliestMs = Number.NEGATIVE_INFINITY;
  #latestMs = Number.POSITIVE_INFINITY;

  /** What has to be added to our clock; 0 as long as nothing is known. */
  get offsetMs(): number {
    if (!Number.isFinite(this.#earliestMs) || !Number.isFinite(this.#latestMs)) return 0;
    return (this.#earliestMs + this.#latestMs) / 2;
  }

  nowMs(nowMs: number = Date.now()): number {
    return nowMs + this.offsetMs;
  }

  /** Learns from an answer; one that a cache kept (`Age`, RFC 9111 §5.1) says nothing of now. */
  learn(headers: { date: string | null; age: string | null }, sentAtMs: number, receivedAtMs: number): void {
    const secondMs = headers.date === null ? Number.NaN : Date.parse(headers.date);
    if (Number.isNaN(secondMs) || (headers.age !== null && headers.age !== "0")) return;
    const earliestMs = secondMs - receivedAtMs;
    const latestMs = secondMs + dateStepMs + toleranceMs - sentAtMs;
    const isContradiction = earliestMs > this.#latestMs || latestMs < this.#earliestMs;
    this.#earliestMs = isContradiction ? earliestMs : Math.max(this.#earliestMs, earliestMs);
    this.#latestMs = isContradiction ? latestMs : Math.min(this.#latestMs, latestMs);
  }
}
