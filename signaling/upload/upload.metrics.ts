import { Counter, Gauge, type Registry } from "prom-client";
import type { UploadFiles } from "./upload-files.ts";

/** Counts what uploads do, in a registry that `/metrics` shows. */
export function createUploadMetrics(registry: Registry, files: Pick<UploadFiles, "all">) {
  new Gauge({
    name: "shoal_uploads_in_flight",
    help: "Uploads that have begun and not ended, paused ones included.",
    registers: [registry],
    collect() {
      this.set(files.all().filter((entry) => !entry.isFinished).length);
    },
  });
  const receivedBytes = new Counter({
    name: "shoal_upload_received_bytes_total",
    help: "Bytes of uploaded files that have arrived.",
    registers: [registry],
  });
  return {
    received: (sizeBytes: number) => receivedBytes.inc(sizeBytes),
  };
}
