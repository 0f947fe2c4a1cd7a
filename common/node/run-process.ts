import type { Closable } from "./closer.ts";
import { ConfigError } from "./config.ts";
import type { Logger } from "./log.ts";

/**
 * Runs a process: opens it, says so to the supervisor, and closes it on SIGINT, SIGTERM or when the supervisor
 * is gone (its IPC channel closes). Ends the process: 0 after closing, 1 when it could not be opened or closed.
 */
export async function runProcess(log: Logger, open: () => Promise<Closable>): Promise<void> {
  let opened: Closable | undefined;
  let isClosing = false;
  const end = async (reason: string) => {
    if (isClosing) return;
    isClosing = true;
    log.info({ reason }, "closing");
    try {
      await opened?.close();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, "could not close in order");
      process.exit(1);
    }
  };
  process.once("SIGINT", () => end("SIGINT"));
  process.once("SIGTERM", () => end("SIGTERM"));
  process.once("disconnect", () => end("supervisor gone"));
  try {
    opened = await open();
    log.info("open");
    process.send?.({ event: "opened" });
  } catch (error) {
    if (error instanceof ConfigError) log.error(error.message);
    else log.error({ err: error }, "could not open");
    process.exit(1);
  }
}
