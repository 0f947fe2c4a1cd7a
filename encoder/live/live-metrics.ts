import { Counter, Gauge, type Registry } from "prom-client";
import type { BroadcastStatus } from "#common/live/broadcast.ts";
import type { WorkerReport } from "./worker/worker-wire.ts";

type Counts = WorkerReport["counts"];

/** What an encoder counts of its broadcasts; built by {@link createLiveMetrics}. */
export interface LiveMetrics {
  /** States of all broadcasts now. */
  observe(states: readonly BroadcastStatus["state"][]): void;
  /** What a worker has counted since it was asked the last time. */
  counted(counts: Counts, before: Counts | undefined): void;
  /** A worker died and another one goes on. */
  workerReplaced(): void;
}

/** Registers what an encoder counts of its broadcasts. */
export function createLiveMetrics(registry: Registry): LiveMetrics {
  const registers = [registry];
  const broadcasts = new Gauge({
    name: "shoal_live_broadcasts",
    help: "Broadcasts of this encoder by state.",
    labelNames: ["state"],
    registers,
  });
  const counter = (name: string, help: string) =>
    new Counter({ name: `shoal_live_${name}`, help, registers });
  const counters = {
    segments: counter("segments_total", "Segments that were cut, of all tracks at once."),
    borrowed: counter("borrowed_segments_total", "Segments that a rung borrowed of another."),
    restarts: counter("ffmpeg_restarts_total", "FFmpegs that died or hung and were started again."),
    eras: counter("eras_total", "Times that a publisher came or came back."),
    toolCpuSeconds: counter(
      "ffmpeg_cpu_seconds_total",
      "Processor time of FFmpeg for live sound and pictures.",
    ),
  } as const;
  const replaced = counter("worker_restarts_total", "Live workers that died and were replaced.");
  return {
    observe(states) {
      broadcasts.reset();
      for (const state of states) broadcasts.inc({ state });
    },
    counted(counts, before) {
      const names = ["segments", "borrowed", "restarts", "eras", "toolCpuSeconds"] as const;
      for (const name of names) counters[name].inc(Math.max(0, counts[name] - (before?.[name] ?? 0)));
    },
    workerReplaced: () => replaced.inc(),
  };
}
