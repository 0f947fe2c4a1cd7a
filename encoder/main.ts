import { baseConfig } from "#common/node/base.config.ts";
import { runProcess } from "#common/node/run-process.ts";
import { openEncoder } from "./encoder.ts";
import { ingestConfig } from "./ingest/ingest.config.ts";
import { jobsConfig } from "./jobs/jobs.config.ts";
import { liveConfig } from "./live/live.config.ts";
import { mediaConfig } from "./media/media.config.ts";

await runProcess({
  name: "encoder",
  config: { ...baseConfig, ...mediaConfig, ...jobsConfig, ...liveConfig, ...ingestConfig },
  open: openEncoder,
});
