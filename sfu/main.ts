import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { createLog } from "#common/node/log.ts";
import { runProcess } from "#common/node/run-process.ts";
import { openSfu } from "./sfu.ts";
import { workersConfig } from "./workers/workers.config.ts";

const config = loadConfig({ ...baseConfig, ...workersConfig });
const log = createLog("sfu", config.logLevel);
await runProcess(log, () => openSfu(config, log));
