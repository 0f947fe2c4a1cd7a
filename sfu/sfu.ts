import { availableParallelism, hostname } from "node:os";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { baseConfig } from "#common/node/base.config.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import type { Logger } from "#common/node/log.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { createLiveCalls } from "./live/live.calls.ts";
import type { liveConfig } from "./live/live.config.ts";
import { registerLiveMetrics } from "./live/live.metrics.ts";
import { toAdvertisedUrl, toMediaAddress } from "./live/media-address.ts";
import { OriginWatches } from "./live/origin-watch.ts";
import { openRegistration } from "./live/registration.ts";
import { Rooms } from "./live/rooms.ts";
import { findAnnouncedAddresses } from "./workers/announced-addresses.ts";
import { WorkerPool } from "./workers/worker-pool.ts";
import type { workersConfig } from "./workers/workers.config.ts";

/** All settings of an sfu. */
export type SfuConfig = ConfigOf<typeof baseConfig> &
  ConfigOf<typeof workersConfig> &
  ConfigOf<typeof liveConfig>;

/** An sfu that runs. */
export interface Sfu extends Closable {
  /** Where its internal server listens. */
  readonly url: string;
  readonly workers: WorkerPool;
}

/** What a worker carries with some to spare: see the README. */
const viewersPerWorker = 200;

/** Opens workers, rooms and the internal server; what was opened is closed again when that fails half-way. */
export async function openSfu(config: SfuConfig, log: Logger): Promise<Sfu> {
  const closer = new Closer();
  try {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const { internalToken: token } = readSecrets(config.dataDir);
    const addresses = await findAnnouncedAddresses(config);
    const workerCount = config.sfuWorkerCount || availableParallelism();
    const pool = new WorkerPool({ ...config, workerCount, log, registry });
    closer.add("workers", () => pool.close());
    await pool.open();

    const client = createInternalClient({ token });
    const origins = new OriginWatches(client);
    closer.add("watches of origins", () => origins.close());
    // a node on any free port knows its address only when it listens
    let url = toAdvertisedUrl(config.sfuUrl, config.sfuAdvertisedUrl);
    const facts = {
      nodeId: config.sfuNodeId || toNodeId(url),
      region: config.sfuRegion,
      maxViewerCount: config.sfuMaxViewers || workerCount * viewersPerWorker,
    };
    const rooms = new Rooms(facts, { pool, media: toMediaAddress(url), addresses, client, origins, log });
    closer.add("rooms", () => rooms.close());
    registerLiveMetrics(rooms, registry);
    const server = await createInternalServer({
      url: config.sfuUrl,
      registry,
      isReady: () => pool.findSilent(),
      calls: {
        token,
        list: createLiveCalls(rooms, { ownUrl: () => url }),
        onError: (err, { method, path }) => log.error({ err, method, path }, "a call went wrong"),
      },
    });
    closer.add("internal server", () => server.close());
    url = toAdvertisedUrl(server.url, config.sfuAdvertisedUrl);
    const registration = openRegistration({
      signalingUrl: config.signalingUrl,
      node: { url, ...facts },
      client,
      log,
    });
    closer.add("registration", () => registration.close());
    log.info({ nodeId: facts.nodeId, url, addresses }, "sfu open");
    return { url: server.url, workers: pool, close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** Of the machine's name and the port: two nodes of one machine are two. */
function toNodeId(url: string): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 50);
  return `${name}-${new URL(url).port || "80"}`;
}
