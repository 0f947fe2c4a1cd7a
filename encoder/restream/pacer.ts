import type { Closable } from "#common/node/closer.ts";
import type { RestreamSample, RestreamSource } from "./restream-sample.ts";

const tickMs = 20;
/** What waits: more than the longest segment, and not for ever. */
const maxWaitingSeconds = 20;
/** Samples that come this much out of step begin a new count: the publisher was away. */
const maxStepSeconds = 5;

/**
 * Takes samples in whole segments and gives them out one by one, at the pace of their times: other sites expect a stream, not
 * bursts.
 */
export class Pacer implements RestreamSource, Closable {
  readonly #listeners = new Set<(sample: RestreamSample) => void>();
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  #waiting: RestreamSample[] = [];
  /** When a sample of time 0 would be due, in seconds. */
  #zeroSeconds: number | undefined;

  /** `now` in milliseconds, on a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#timer = setInterval(() => this.give(), tickMs);
  }

  subscribe(listener: (sample: RestreamSample) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes the samples of a segment. */
  push(samples: readonly RestreamSample[]): void {
    const [first] = samples;
    if (!first || this.#listeners.size === 0) return;
    const due = this.#now() / 1000 - first.decodeSeconds;
    if (this.#zeroSeconds === undefined || Math.abs(due - this.#zeroSeconds) > maxStepSeconds) {
      this.#zeroSeconds = due;
    }
    this.#waiting.push(...samples);
    const last = samples.at(-1) ?? first;
    while ((this.#waiting[0]?.decodeSeconds ?? 0) < last.decodeSeconds - maxWaitingSeconds)
      this.#waiting.shift();
  }

  /** Gives out what is due. */
  give(): void {
    const nowSeconds = this.#now() / 1000 - (this.#zeroSeconds ?? 0);
    const count = this.#waiting.findIndex(({ decodeSeconds }) => decodeSeconds > nowSeconds);
    const due = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count);
    for (const sample of due) for (const listener of this.#listeners) listener(sample);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#waiting = [];
    this.#listeners.clear();
  }
}
