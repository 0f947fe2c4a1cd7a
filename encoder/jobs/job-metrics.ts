import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Job } from "#common/jobs/job.ts";
import type { LeaseEnd } from "./lease.ts";

/** How an attempt ended, as it is counted. */
export type AttemptEnd = "done" | "failed" | "released" | LeaseEnd;

/** What an encoder counts; built by {@link createJobMetrics}. */
export interface JobMetrics {
  attemptBegan(kind: Job["kind"]): void;
  attemptEnded(kind: Job["kind"], end: AttemptEnd): void;
  /** Media seconds made in these seconds of time. */
  encoded(mediaSeconds: number, wallSeconds: number): void;
}

/** Registers what an encoder counts. */
export function createJobMetrics(registry: Registry): JobMetrics {
  const registers = [registry];
  const running = new Gauge({
    name: "shoal_jobs_running",
    help: "Jobs that this encoder works on.",
    labelNames: ["kind"],
    registers,
  });
  const attempts = new Counter({
    name: "shoal_job_attempts_total",
    help: "Attempts that this encoder began.",
    labelNames: ["kind"],
    registers,
  });
  const ended = new Counter({
    name: "shoal_jobs_total",
    help: "Attempts that ended, by how: done, failed, released, lost, cancelled, expired.",
    labelNames: ["kind", "end"],
    registers,
  });
  const leaseLosses = new Counter({
    name: "shoal_lease_losses_total",
    help: "Leases that ended before their job: lost to another encoder, or not renewed in time.",
    registers,
  });
  const speed = new Histogram({
    name: "shoal_encode_speed_ratio",
    help: "Seconds of media encoded per second of time, per video.",
    buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32],
    registers,
  });
  return {
    attemptBegan(kind) {
      attempts.inc({ kind });
      running.inc({ kind });
    },
    attemptEnded(kind, end) {
      running.dec({ kind });
      ended.inc({ kind, end });
      if (end === "lost" || end === "expired") leaseLosses.inc();
    },
    encoded(mediaSeconds, wallSeconds) {
      speed.observe(mediaSeconds / wallSeconds);
    },
  };
}
