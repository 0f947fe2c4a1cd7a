import { Counter, Gauge, type Registry } from "prom-client";
import type { StreamId } from "#common/live/stream.ts";
import { type StreamState, streamStates } from "#common/live/stream-state.ts";
import type { LiveSight } from "./live-sight.ts";
import type { LiveMove } from "./live-state.rules.ts";
import type { SfuNodes } from "./sfu-nodes.ts";

/** Shows what is on air and who watches, and counts what happened; answers who must be told of moves. */
export function registerLiveMetrics(
  registry: Registry,
  options: {
    readonly sight: Pick<LiveSight, "countsOf">;
    readonly nodes: Pick<SfuNodes, "list">;
    /** Streams that are not idle. */
    readonly listOnAir: () => Promise<ReadonlyArray<{ readonly id: StreamId; readonly state: StreamState }>>;
  },
): (move: LiveMove) => void {
  const { sight } = options;
  const registers = [registry];
  new Gauge({
    name: "shoal_live_streams",
    help: "Streams that are not idle, by state.",
    labelNames: ["state"],
    registers,
    async collect() {
      const streams = await options.listOnAir().catch(() => undefined);
      this.reset();
      if (!streams) return;
      for (const state of streamStates) {
        if (state !== "idle") this.set({ state }, streams.filter((stream) => stream.state === state).length);
      }
    },
  });
  new Gauge({
    name: "shoal_live_viewers",
    help: "Viewers of streams, by the way that they watch.",
    labelNames: ["mode"],
    registers,
    async collect() {
      const streams = await options.listOnAir().catch(() => []);
      const counts = streams.map(({ id }) => sight.countsOf(id));
      this.set(
        { mode: "webrtc" },
        counts.reduce((sum, { realtime }) => sum + realtime, 0),
      );
      this.set(
        { mode: "hls" },
        counts.reduce((sum, { hls }) => sum + hls, 0),
      );
    },
  });
  new Gauge({
    name: "shoal_live_sfu_nodes",
    help: "Sfu nodes that answer.",
    registers,
    collect() {
      this.set(options.nodes.list().filter(({ state }) => state !== undefined).length);
    },
  });
  const broadcasts = new Counter({
    name: "shoal_live_broadcasts_total",
    help: "Broadcasts that began.",
    registers,
  });
  const losses = new Counter({
    name: "shoal_live_losses_total",
    help: "Times that a stream lost its publisher.",
    registers,
  });
  const reconnects = new Counter({
    name: "shoal_live_reconnects_total",
    help: "Times that a stream's publisher came back in time.",
    registers,
  });
  const recordings = new Counter({
    name: "shoal_live_recordings_total",
    help: "Broadcasts that are over, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  return (move) => {
    if (move.kind === "begin") broadcasts.inc();
    else if (move.kind === "lose") losses.inc();
    else if (move.kind === "resume") reconnects.inc();
    else if (move.kind === "settle") recordings.inc({ outcome: move.as });
  };
}
