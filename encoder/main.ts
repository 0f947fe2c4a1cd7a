import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { createLog } from "#common/node/log.ts";
import { runProcess } from "#common/node/run-process.ts";
import { openEncoder } from "./encoder.ts";
import { jobsConfig } from "./jobs/jobs.config.ts";
import { mediaConfig } from "./media/media.config.ts";

const log = createLog("encoder", process.env.SHOAL_LOG_LEVEL || "info");
await runProcess(log, async () =>
  openEncoder(loadConfig({ ...baseConfig, ...mediaConfig, ...jobsConfig }), log),
);
