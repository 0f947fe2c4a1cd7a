const bucketMs = 1000;
const windowBuckets = 30;
const settledCount = 8;
/** Screens that hardly move have few frames. */
const settledMs = 900;

/**
 * Tells how a track's own clock stands to ours. What arrives is late by the network's moods but never early, so the least
 * lateness of the last half minute says it best. (mediasoup's sender reports tell its own arrival times: no more than this.)
 */
export class ArrivalClock {
  readonly #timescaleHz: number;
  #buckets: Array<{ fromMs: number; leastMs: number }> = [];
  #count = 0;
  #firstMs: number | undefined;

  constructor(timescaleHz: number) {
    this.#timescaleHz = timescaleHz;
  }

  /** Has enough arrived to tell? */
  get isSettled(): boolean {
    const [newest] = this.#buckets.slice(-1);
    const spanMs = newest && this.#firstMs !== undefined ? newest.fromMs - this.#firstMs : 0;
    return this.#count >= settledCount || spanMs >= settledMs;
  }

  add(ticks: number, arrivedMs: number): void {
    this.#count += 1;
    this.#firstMs ??= arrivedMs;
    const offsetMs = arrivedMs - (ticks / this.#timescaleHz) * 1000;
    const last = this.#buckets.at(-1);
    if (last && arrivedMs < last.fromMs + bucketMs) last.leastMs = Math.min(last.leastMs, offsetMs);
    else this.#buckets = [...this.#buckets, { fromMs: arrivedMs, leastMs: offsetMs }].slice(-windowBuckets);
  }

  /** Our time when the track's clock stood at 0, in milliseconds; `undefined` before anything came. */
  zeroMs(): number | undefined {
    if (this.#buckets.length === 0) return undefined;
    return Math.min(...this.#buckets.map(({ leastMs }) => leastMs));
  }
}
