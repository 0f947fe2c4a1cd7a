import { instanceSchema } from "#common/instance/instance.ts";
import { ConfigError } from "#common/node/config.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { type Shoal, startShoal } from "./supervisor/start-shoal.ts";
import { ProcessError } from "./supervisor/supervised-process.ts";

/** `npm start`: runs Shoal until SIGINT or SIGTERM. */
export async function main(): Promise<void> {
  await runUntilSignal(async (signal) => {
    const shoal = await startShoal({ signal });
    await greet(shoal);
    return shoal;
  });
}

/** Opens something, and closes it when a signal comes, before it is open too; then the process ends. */
export async function runUntilSignal(
  open: (signal: AbortSignal) => Promise<{ close(): Promise<void> }>,
): Promise<void> {
  const asked = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => asked.abort());
  try {
    const opened = await open(asked.signal);
    if (!asked.signal.aborted) {
      await new Promise((resolve) => asked.signal.addEventListener("abort", resolve, { once: true }));
    }
    await opened.close();
  } catch (error) {
    if (!asked.signal.aborted) {
      console.error(error instanceof ConfigError || error instanceof ProcessError ? error.message : error);
      process.exit(1);
    }
  }
  process.exit(0);
}

/** Says where Shoal is and, as long as there is no administrator, how to become the first. */
export async function greet(shoal: Shoal): Promise<void> {
  console.log(`\nShoal is at ${shoal.publicUrl}`);
  const response = await fetch(`${shoal.url}/api/instance`, { signal: AbortSignal.timeout(5000) });
  if (instanceSchema.parse(await response.json()).needsFirstAdmin) {
    const { firstAdminToken } = readSecrets(shoal.dataDir);
    console.log(`Make the first administrator at ${shoal.publicUrl}/first-run#${firstAdminToken}`);
  }
  console.log("");
}
