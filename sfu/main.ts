import { baseConfig } from "#common/node/base.config.ts";
import { runProcess } from "#common/node/run-process.ts";
import { liveConfig } from "./live/live.config.ts";
import { openSfu } from "./sfu.ts";
import { workersConfig } from "./workers/workers.config.ts";

await runProcess({ name: "sfu", config: { ...baseConfig, ...workersConfig, ...liveConfig }, open: openSfu });
