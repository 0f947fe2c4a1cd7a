import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { createLog } from "#common/node/log.ts";
import { runProcess } from "#common/node/run-process.ts";
import { signalingConfig } from "./signaling.config.ts";
import { openSignaling } from "./signaling.ts";

const { logLevel } = loadConfig({ logLevel: baseConfig.logLevel });
const log = createLog("signaling", logLevel);
// a bad setting is said in one sentence by whoever runs this
await runProcess(log, async () => openSignaling(loadConfig(signalingConfig), log));
