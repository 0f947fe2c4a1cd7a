import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "#common/node/config.ts";
import { readSecrets, type Secrets, secretsPath } from "#common/node/secrets.ts";
import { acquireLock, LockHeldError } from "../setup/lock.mjs";

/**
 * Makes the data folder where it is missing, and keeps every other Shoal out of it until the function that it returns
 * is called. Throws {@link ConfigError} when it cannot be written or another Shoal has it.
 */
export async function openDataDir(dataDir: string): Promise<() => void> {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const probe = join(dataDir, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(
      `Set SHOAL_DATA_DIR to a folder that this user may write, because ${dataDir} is none: ${reason}.`,
    );
  }
  try {
    return await acquireLock(join(dataDir, "lock"));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    const who = error.owner ? `process ${error.owner.pid} on ${error.owner.host}` : "one that is running";
    throw new ConfigError(
      `Stop the other Shoal (${who}) or set SHOAL_DATA_DIR to another folder, because it uses ${dataDir}.`,
    );
  }
}

/** The secrets of a data folder, made at the first start and readable by this user only. */
export function openSecrets(dataDir: string): Secrets {
  const path = secretsPath(dataDir);
  if (!existsSync(path)) {
    const beside = `${path}.${process.pid}`;
    writeFileSync(beside, `${JSON.stringify(createSecrets(), null, 2)}\n`, { mode: 0o600 });
    renameSync(beside, path);
  }
  chmodSync(path, 0o600);
  try {
    return readSecrets(dataDir);
  } catch {
    throw new ConfigError(`Bring back ${path} from a backup, because it cannot be read as Shoal's secrets.`);
  }
}

/** New secrets; `randomKey` gives 64 hex digits. */
export function createSecrets(randomKey: () => string = () => randomBytes(32).toString("hex")): Secrets {
  return {
    pocketbaseEmail: "shoal@shoal.invalid",
    pocketbasePassword: randomKey(),
    grantKey: randomKey(),
    swarmKey: randomKey(),
    internalToken: randomKey(),
    firstAdminToken: randomKey(),
  };
}
