import { baseConfig } from "#common/node/base.config.ts";
import { restreamConfig } from "#common/node/restream.config.ts";
import { runProcess } from "#common/node/run-process.ts";
import { mediaConfig } from "../../media/media.config.ts";
import { liveConfig } from "../live.config.ts";
import { openLiveWorker } from "./live-worker.ts";

const [workerId = "", encoderPid = ""] = process.argv.slice(2);

await runProcess({
  name: "live",
  config: { ...baseConfig, ...mediaConfig, ...liveConfig, ...restreamConfig },
  open: (config, log) =>
    openLiveWorker({
      workerId,
      encoderPid: Number(encoderPid),
      config,
      log,
      end: () => process.kill(process.pid, "SIGTERM"),
    }),
});
