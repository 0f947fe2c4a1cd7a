import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import { startWorker, type WorkerHandle, type WorkerHandleOptions } from "./worker-handle.ts";

/**
 * Keeps one worker ready while there are broadcasts: starting one takes a second or more on a busy machine, and that would be lost
 * when a worker dies.
 */
export class WorkerPool implements Closable {
  readonly #options: WorkerHandleOptions;
  readonly #log: Logger;
  #spare: Promise<WorkerHandle | undefined> | undefined;

  constructor(options: WorkerHandleOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  /** A worker that nobody has; who takes it closes it. */
  async take(): Promise<WorkerHandle> {
    const preparing = this.#spare;
    this.#spare = undefined;
    const spare = await preparing;
    const worker = spare?.isAlive() ? spare : await startWorker(this.#options);
    this.prepare();
    return worker;
  }

  /** Sees to it that there is one ready. */
  prepare(): void {
    this.#spare ??= startWorker(this.#options).catch((err) => {
      this.#log.warn({ err }, "no live worker could be made ready");
      this.#spare = undefined;
      return undefined;
    });
  }

  /** None is needed any more. */
  async rest(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    await (await spare)?.close();
  }

  async close(): Promise<void> {
    await this.rest();
  }
}
