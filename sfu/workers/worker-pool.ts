import { setTimeout as sleep } from "node:timers/promises";
import { Counter, Gauge, type Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import { openRtcWorker, type RtcListening, type RtcWorker } from "./rtc-worker.ts";

/** What a {@link WorkerPool} needs. */
export interface WorkerPoolOptions extends RtcListening {
  readonly workerCount: number;
  readonly log: Logger;
  readonly registry: Registry;
  /** How long a worker may take to answer before it counts as silent; default 2000. */
  readonly answerTimeoutMs?: number;
}

const firstWaitMs = 100;
const longestWaitMs = 10_000;
const healthyMs = 60_000;

/**
 * A fixed number of mediasoup workers, each a process of its own in a numbered place, with a port of its own for WebRTC.
 * One that dies takes its routers along (they emit `workerclose`) and is replaced in its place, after a wait that doubles
 * while the place does not stay healthy.
 */
export class WorkerPool implements Closable {
  readonly #options: WorkerPoolOptions;
  readonly #places: Array<RtcWorker | undefined>;
  readonly #closing = new AbortController();
  readonly #replacements = new Set<Promise<void>>();
  readonly #deaths: Counter;
  /** The next wait of each place. */
  readonly #waitsMs = new Map<number, number>();

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.workerCount }, () => undefined);
    const registers = [options.registry];
    this.#deaths = new Counter({
      name: "shoal_sfu_worker_deaths_total",
      help: "Workers that died and had to be replaced.",
      registers,
    });
    const places = this.#places;
    new Gauge({
      name: "shoal_sfu_workers",
      help: "Workers that run now.",
      registers,
      collect() {
        this.set(places.filter((worker) => worker !== undefined).length);
      },
    });
  }

  /** Starts all workers; throws when one does not start. */
  async open(): Promise<void> {
    const opened = await Promise.allSettled(this.#places.map((_, place) => this.#fill(place)));
    for (const result of opened) if (result.status === "rejected") throw result.reason;
  }

  /** The workers that run now. */
  list(): RtcWorker[] {
    return this.#places.flatMap((worker) => worker ?? []);
  }

  /** The worker with the least to do; throws `service.unavailable` while none runs. */
  leastLoaded(): RtcWorker {
    const [first, ...others] = this.list();
    if (!first) throw new ShoalError("service.unavailable", "Live media is starting again. Try again soon.");
    return others.reduce((least, worker) => (worker.load < least.load ? worker : least), first);
  }

  /** The process ids of the workers that run now. */
  pids(): number[] {
    return this.list().map(({ worker }) => worker.pid);
  }

  /** The places whose worker is dead or does not answer in time, as `worker 0`, …; empty: all is well. */
  async findSilent(): Promise<string[]> {
    const answers = await Promise.all(this.#places.map((worker) => this.#doesAnswer(worker)));
    return answers.flatMap((isHeard, place) => (isHeard ? [] : [`worker ${place}`]));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#replacements);
    await Promise.all(this.list().map((worker) => worker.close()));
    this.#places.fill(undefined);
  }

  async #fill(place: number): Promise<void> {
    const opened = await openRtcWorker(place, this.#options);
    if (this.#closing.signal.aborted) return opened.close();
    this.#places[place] = opened;
    const { worker } = opened;
    const openedAt = Date.now();
    worker.once("died", (error) => {
      this.#places[place] = undefined;
      this.#deaths.inc();
      this.#options.log.warn({ place, pid: worker.pid, reason: error.message }, "worker died");
      const wasHealthy = Date.now() - openedAt >= healthyMs;
      const replacement = this.#replace(place, wasHealthy).finally(() =>
        this.#replacements.delete(replacement),
      );
      this.#replacements.add(replacement);
    });
    this.#options.log.info({ place, pid: worker.pid }, "worker open");
  }

  async #replace(place: number, wasHealthy: boolean): Promise<void> {
    if (wasHealthy) this.#waitsMs.delete(place);
    while (!this.#closing.signal.aborted) {
      const waitMs = this.#waitsMs.get(place) ?? firstWaitMs;
      this.#waitsMs.set(place, Math.min(longestWaitMs, waitMs * 2));
      try {
        await sleep(waitMs, undefined, { signal: this.#closing.signal });
        return await this.#fill(place);
      } catch (error) {
        if (!this.#closing.signal.aborted) {
          this.#options.log.error({ place, err: error }, "worker could not be replaced");
        }
      }
    }
  }

  async #doesAnswer(opened: RtcWorker | undefined): Promise<boolean> {
    if (!opened) return false;
    const answered = opened.worker.getResourceUsage().then(
      () => true,
      () => false,
    );
    const timer = new AbortController();
    const late = sleep(this.#options.answerTimeoutMs ?? 2000, false, { signal: timer.signal });
    try {
      return await Promise.race([answered, late]);
    } finally {
      timer.abort();
      late.catch(() => {});
    }
  }
}
