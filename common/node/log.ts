import { type Logger, pino } from "pino";

export type { Logger } from "pino";

/**
 * The log of one process: one JSON line per event on standard output.
 * info: a life transition; warn: recovered by itself; error: gave up.
 */
export function createLog(process: string, level: string): Logger {
  return pino({
    level,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ["*.password", "*.token", "*.authorization", "*.cookie"], censor: "[hidden]" },
  });
}
