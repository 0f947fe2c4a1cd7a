import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Registry } from "prom-client";
import {
  type BroadcastOrder,
  type BroadcastStatus,
  broadcastOrdersSchema,
  type IngestReport,
} from "#common/live/broadcast.ts";
import type { Closable } from "#common/node/closer.ts";
import { defineCall, type InternalCall } from "#common/node/internal-calls.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { MediaConfig } from "../media/media.config.ts";
import type { LiveConfig } from "./live.config.ts";
import { LiveBroadcast } from "./live-broadcast.ts";
import { createLiveMetrics } from "./live-metrics.ts";
import { Pictures } from "./pictures.ts";
import { openWorkFolder, type WorkFolder } from "./worker/work-folder.ts";
import { adoptWorker, isWorker } from "./worker/worker-handle.ts";
import { WorkerPool } from "./worker/worker-pool.ts";

/** What the room `live` is made of. */
export interface LiveOptions {
  readonly config: MediaConfig & LiveConfig;
  /** Folder for work in progress. */
  readonly tempDir: string;
  readonly storage: Storage;
  readonly client: InternalClient;
  readonly registry: Registry;
  /** What came in by another door and was made ready there; `null`: it did not come by that door. */
  readonly ingestReportOf: (streamId: string) => IngestReport | null;
  readonly log: Logger;
}

/** The broadcasts of this encoder. */
export interface Live extends Closable {
  /** `PUT /live/broadcasts`. */
  readonly calls: readonly InternalCall[];
}

const patienceMs = 700;
const checkEveryMs = 1000;

/** Opens the room: nothing is written until somebody says what shall be. */
export async function openLive(options: LiveOptions): Promise<Live> {
  const { config, client, log, registry } = options;
  const folder = await openWorkFolder(options.tempDir);
  const metrics = createLiveMetrics(registry);
  const pool = new WorkerPool({ folder, client }, log);
  const broadcasts = new Map<string, LiveBroadcast>();
  const leaving = new Set<Promise<void>>();
  let toldAtMs: number | undefined;

  function createPictures({ broadcastId, revision }: BroadcastOrder): Pictures {
    const { storage, tempDir } = options;
    return new Pictures({ storage, config, broadcastId, revision, tempDir, log });
  }

  function letGo(key: string): void {
    const broadcast = broadcasts.get(key);
    broadcasts.delete(key);
    const left = broadcast?.close().catch((err) => log.warn({ err }, "a broadcast could not be let go"));
    if (left) leaving.add(left.finally(() => leaving.delete(left)));
  }

  async function follow(orders: readonly BroadcastOrder[]): Promise<BroadcastStatus[]> {
    toldAtMs = performance.now();
    const keys = new Set(orders.map(keyOf));
    for (const key of broadcasts.keys()) if (!keys.has(key)) letGo(key);
    const statuses = await Promise.all(
      orders.map(async (order) => {
        const known = broadcasts.get(keyOf(order));
        const broadcast =
          known ??
          new LiveBroadcast(order, {
            startWorker: () => pool.take(),
            adoptWorker: (broadcastId) => adoptWorker(broadcastId, { folder, client }),
            createPictures,
            metrics,
            log: log.child({ broadcastId: order.broadcastId }),
          });
        broadcasts.set(keyOf(order), broadcast);
        await broadcast.follow(order, patienceMs);
        const { status } = broadcast;
        const ingest = status.ingest.video === "transcoded" ? null : options.ingestReportOf(order.streamId);
        return { ...status, ingest: ingest ?? status.ingest };
      }),
    );
    metrics.observe(statuses.map(({ state }) => state));
    if (broadcasts.size === 0) await pool.rest();
    else pool.prepare();
    return statuses;
  }

  const timer = setInterval(() => {
    if (toldAtMs === undefined || performance.now() - toldAtMs < config.liveGraceSeconds * 1000) return;
    if (broadcasts.size > 0) log.warn("nobody says what shall be on air: all broadcasts are let go");
    for (const key of broadcasts.keys()) letGo(key);
    metrics.observe([]);
    pool.rest().catch((err) => log.warn({ err }, "a live worker could not be ended"));
  }, checkEveryMs);
  await sweep(folder, options).catch((err) => log.warn({ err }, "what was left of live media was not swept"));

  return {
    calls: [
      defineCall({
        method: "PUT",
        path: "/live/broadcasts",
        body: broadcastOrdersSchema,
        handle: async ({ body }) => ({ broadcasts: await follow(body.broadcasts) }),
      }),
    ],
    async close() {
      clearInterval(timer);
      for (const key of broadcasts.keys()) letGo(key);
      await Promise.all([...leaving, pool.close()]);
    },
  };
}

function keyOf({ broadcastId, revision }: BroadcastOrder): string {
  return `${broadcastId}/${revision}`;
}

/** Takes away what workers that died have left: cards, folders, and media that nobody wants to keep. */
async function sweep(folder: WorkFolder, { storage, tempDir, log }: LiveOptions): Promise<void> {
  for (const name of await readdir(tempDir)) {
    if (name.startsWith("pictures-")) await rm(join(tempDir, name), { recursive: true, force: true });
  }
  for (const card of await folder.listWorkers()) {
    if (!isWorker(card)) await folder.forgetWorker(card.workerId);
  }
  for (const broadcastId of await folder.listBroadcasts()) {
    const owner = await folder.readOwner(broadcastId);
    if (!owner?.isDiscarded || isWorker(owner)) continue;
    await storage.remove(storageLayout.revision(broadcastId, owner.revision));
    await folder.forgetBroadcast(broadcastId);
    log.info({ broadcastId }, "a broadcast that is not kept was taken away");
  }
}
