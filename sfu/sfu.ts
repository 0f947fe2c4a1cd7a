import { availableParallelism } from "node:os";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type Closable, Closer } from "#common/node/closer.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import type { Logger } from "#common/node/log.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

/** An sfu that runs. */
export interface Sfu extends Closable {
  /** Where its internal server listens. */
  readonly url: string;
  readonly workers: WorkerPool;
}

/** Opens the workers and the internal server; what was opened is closed again when that fails half-way. */
export async function openSfu(
  config: { readonly sfuUrl: string; readonly sfuWorkerCount: number },
  log: Logger,
): Promise<Sfu> {
  const closer = new Closer();
  try {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const workerCount = config.sfuWorkerCount || availableParallelism();
    const workers = new WorkerPool({ workerCount, log, registry });
    closer.add("workers", () => workers.close());
    await workers.open();
    const server = await createInternalServer({
      url: config.sfuUrl,
      registry,
      isReady: () => workers.findSilent(),
    });
    closer.add("internal server", () => server.close());
    return { url: server.url, workers, close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}
