// the package has no types; these are of what the tracker room uses
declare module "bittorrent-tracker/server" {
  import type { EventEmitter } from "node:events";

  export interface TrackerSwarm {
    readonly complete: number;
    readonly incomplete: number;
  }

  export interface TrackerServerOptions {
    /** Announce interval × 5 in milliseconds: peers over WebSocket are told a fifth of it. */
    interval: number;
    http: false;
    udp: false;
    ws: false;
    stats: false;
    /** Peers that a swarm remembers. */
    peersCacheLength?: number;
    peersCacheTtl?: number;
  }

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export default class Server extends EventEmitter {
    constructor(options: TrackerServerOptions);
    /** Swarms by info hash, as hex digits. */
    readonly torrents: Record<string, TrackerSwarm>;
    onWebSocketConnection(socket: EventEmitter): void;
    close(done?: () => void): void;
  }
}
