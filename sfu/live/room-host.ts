import type { InternalClient } from "#common/node/internal-client.ts";
import type { Logger } from "#common/node/log.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import type { MediaAddress } from "./media-address.ts";
import type { OriginWatches } from "./origin-watch.ts";

/** What a room has from its node. */
export interface RoomHost {
  readonly pool: WorkerPool;
  readonly media: MediaAddress;
  /** Under which browsers reach the WebRTC ports. */
  readonly addresses: readonly string[];
  /** Asks other nodes. */
  readonly client: InternalClient;
  readonly origins: OriginWatches;
  readonly log: Logger;
  /** Something has changed that others want to know at once. */
  changed(): void;
}
