import { runProcess } from "#common/node/run-process.ts";
import { signalingConfig } from "./signaling.config.ts";
import { openSignaling } from "./signaling.ts";

await runProcess({ name: "signaling", config: signalingConfig, open: openSignaling });
