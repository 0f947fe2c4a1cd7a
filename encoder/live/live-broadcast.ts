import type { BroadcastOrder, BroadcastStatus } from "#common/live/broadcast.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { LiveMetrics } from "./live-metrics.ts";
import type { Pictures } from "./pictures.ts";
import type { WorkerHandle } from "./worker/worker-handle.ts";
import type { WorkerReport } from "./worker/worker-wire.ts";

/** What a {@link LiveBroadcast} needs. */
export interface LiveBroadcastOptions {
  readonly startWorker: () => Promise<WorkerHandle>;
  /** The worker that an encoder before us left, if it lives. */
  readonly adoptWorker: (broadcastId: string) => Promise<WorkerHandle | undefined>;
  readonly createPictures: (order: BroadcastOrder) => Pictures;
  readonly metrics: LiveMetrics;
  readonly log: Logger;
}

const askEveryMs = 500;
const askAtEndMs = 50;
/** A worker that lives and does not answer for so long is ended. */
const deafMs = 8000;
const firstRetryMs = 100;
const longestRetryMs = 5000;

/** One broadcast of this encoder: sees to it that a worker writes it and that there are pictures of it. */
export class LiveBroadcast implements Closable {
  readonly #options: LiveBroadcastOptions;
  readonly #pictures: Pictures;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  #order: BroadcastOrder;
  #worker: WorkerHandle | undefined;
  #report: WorkerReport | undefined;
  #answeredAtMs = performance.now();
  #retryMs = firstRetryMs;
  #isFinished = false;
  #hears = new Set<() => void>();
  #wake: () => void = () => undefined;

  constructor(order: BroadcastOrder, options: LiveBroadcastOptions) {
    this.#order = order;
    this.#options = options;
    this.#pictures = options.createPictures(order);
    this.#running = this.#run();
  }

  /** Takes the newest order; resolves with the next answer of the worker, or after `patienceMs` without one. */
  async follow(order: BroadcastOrder, patienceMs: number): Promise<void> {
    this.#order = order;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, patienceMs);
      const hears = this.#hears;
      function done() {
        clearTimeout(timer);
        hears.delete(done);
        resolve();
      }
      hears.add(done);
      this.#wake();
    });
  }

  get status(): BroadcastStatus {
    const { thumbnailNumber, hasPoster } = this.#pictures;
    const pictures = { thumbnailNumber, hasPoster, hasStoryboard: false };
    const report = this.#report;
    if (!report) return { ...emptyStatus(this.#order), ...pictures };
    // the recording has its poster from its first moment on
    const isEarly = report.status.state === "finished" && !this.#isFinished;
    const state = isEarly ? "writing" : report.status.state;
    return { ...report.status, ...pictures, state, masterName: isEarly ? "" : report.status.masterName };
  }

  /** Lets go: the worker keeps what came so far and ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#wake();
    await this.#running;
    await Promise.all([this.#worker?.close(), this.#pictures.close()]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      let waitMs = askEveryMs;
      try {
        await this.#round();
        this.#retryMs = firstRetryMs;
        if (this.#order.wanted === "finished" && !this.#isFinished) waitMs = askAtEndMs;
      } catch (err) {
        this.#options.log.warn({ err }, "a live worker has trouble");
        waitMs = this.#retryMs;
        this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2);
      }
      if (!signal.aborted) await this.#pause(waitMs);
    }
  }

  async #round(): Promise<void> {
    const worker = await this.#openWorker();
    const before = this.#report?.workerId === worker.workerId ? this.#report.counts : undefined;
    const report = await worker.ask(this.#order);
    this.#answeredAtMs = performance.now();
    this.#options.metrics.counted(report.counts, before);
    this.#report = report;
    if (report.status.state === "finished") {
      if (!this.#isFinished && this.#order.isRecorded) await this.#pictures.settle(report);
      this.#isFinished = true;
    } else this.#pictures.follow(report);
    for (const hear of this.#hears) hear();
  }

  async #openWorker(): Promise<WorkerHandle> {
    const known = this.#worker;
    if (known) {
      const isDeaf = performance.now() - this.#answeredAtMs > deafMs;
      if (known.isAlive() && !isDeaf) return known;
      this.#options.log.warn({ workerId: known.workerId, isDeaf }, "a live worker is replaced");
      this.#options.metrics.workerReplaced();
      this.#worker = undefined;
      await known.close();
    }
    const { adoptWorker, startWorker } = this.#options;
    const adopted = known ? undefined : await adoptWorker(this.#order.broadcastId);
    if (adopted) this.#options.log.info({ workerId: adopted.workerId }, "a live worker is taken over");
    this.#worker = adopted ?? (await startWorker());
    this.#worker.onEnd(() => this.#wake());
    this.#answeredAtMs = performance.now();
    return this.#worker;
  }

  async #pause(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function emptyStatus(order: BroadcastOrder): BroadcastStatus {
  return {
    broadcastId: order.broadcastId,
    state: "waiting",
    trouble: "",
    liveName: "",
    masterName: "",
    ingest: { videoCodec: null, audioCodec: null, video: "none", reason: "" },
    renditions: [],
    audioTracks: [],
    durationSeconds: 0,
    sizeBytes: 0,
    aspectRatio: 0,
    thumbnailNumber: 0,
    hasPoster: false,
    hasStoryboard: false,
    targets: [],
  };
}
