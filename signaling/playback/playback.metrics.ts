import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { MediaMetrics } from "./media.http.ts";
import type { TrackerStats } from "./tracker.ts";

/** Counts what media delivery serves and refuses. */
export function createMediaMetrics(registry: Registry): MediaMetrics {
  const requests = new Counter({
    name: "shoal_media_requests_total",
    help: "Answered requests for media, by kind and whether memory had it.",
    labelNames: ["kind", "cache"],
    registers: [registry],
  });
  const bytes = new Counter({
    name: "shoal_media_served_bytes_total",
    help: "Bytes of media that were sent, by kind.",
    labelNames: ["kind"],
    registers: [registry],
  });
  const refusals = new Counter({
    name: "shoal_media_refusals_total",
    help: "Requests for media that were refused, by code.",
    labelNames: ["code"],
    registers: [registry],
  });
  return {
    served(kind, sentBytes, isHit) {
      requests.inc({ kind, cache: isHit ? "hit" : "miss" });
      bytes.inc({ kind }, sentBytes);
    },
    refused: (code) => refusals.inc({ code }),
  };
}

/** Shows how large swarms are, never whose. */
export function registerTrackerMetrics(registry: Registry, stats: () => TrackerStats): void {
  new Gauge({
    name: "shoal_tracker_connections",
    help: "Connections to the tracker.",
    registers: [registry],
    collect() {
      this.set(stats().connectionCount);
    },
  });
  new Gauge({
    name: "shoal_tracker_swarms",
    help: "Swarms with somebody in them.",
    registers: [registry],
    collect() {
      this.set(stats().peerCounts.length);
    },
  });
  const sizes = new Histogram({
    name: "shoal_tracker_swarm_peers",
    help: "Peers in each swarm at this moment.",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    registers: [registry],
    collect() {
      // a picture of now, not of all that was
      sizes.reset();
      for (const count of stats().peerCounts) sizes.observe(count);
    },
  });
}
