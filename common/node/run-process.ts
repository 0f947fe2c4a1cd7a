import { baseConfig } from "./base.config.ts";
import type { Closable } from "./closer.ts";
import { ConfigError, type ConfigFragment, type ConfigOf, loadConfig } from "./config.ts";
import { createLog, type Logger } from "./log.ts";

/** One process: the name that its log lines carry, its settings, and what builds it. */
export interface ProcessDefinition<Fragment extends ConfigFragment> {
  readonly name: string;
  readonly config: Fragment;
  open(config: ConfigOf<Fragment>, log: Logger): Promise<Closable>;
}

/**
 * Runs a process: reads its settings, opens it, says so to the supervisor, and closes it on SIGINT, SIGTERM or when
 * the supervisor is gone (its IPC channel closes). Ends the process: 0 after closing, 1 when it could not be opened or
 * closed; a bad setting is one sentence.
 */
export async function runProcess<Fragment extends ConfigFragment>(
  definition: ProcessDefinition<Fragment>,
): Promise<void> {
  // a level that cannot be is told below, together with every other bad setting
  const log = createLog(definition.name, toLevel(process.env[baseConfig.logLevel.env]));
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
    opened = await definition.open(loadConfig(definition.config), log);
    log.info("open");
    process.send?.({ event: "opened" });
  } catch (error) {
    if (error instanceof ConfigError) log.error(error.message);
    else log.error({ err: error }, "could not open");
    process.exit(1);
  }
}

function toLevel(text: string | undefined): string {
  const level = baseConfig.logLevel.schema.safeParse(text);
  return level.success ? level.data : baseConfig.logLevel.default;
}
