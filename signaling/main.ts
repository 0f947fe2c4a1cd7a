import { loadConfig } from "#common/node/config.ts";
import { createLog } from "#common/node/log.ts";
import { runProcess } from "#common/node/run-process.ts";
import { signalingConfig } from "./signaling.config.ts";
import { openSignaling } from "./signaling.ts";

const config = loadConfig(signalingConfig);
const log = createLog("signaling", config.logLevel);
await runProcess(log, () => openSignaling(config, log));
