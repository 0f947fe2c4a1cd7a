import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { SetupError } from "./setup-error.mjs";

/**
 * Where this user's caches lie on this platform.
 * @param {NodeJS.ProcessEnv} env @param {NodeJS.Platform} platform @param {string} home
 */
export function cacheRoot(env = process.env, platform = process.platform, home = homedir()) {
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "shoal");
  if (platform === "win32") return join(env.LOCALAPPDATA || join(home, "AppData", "Local"), "shoal", "cache");
  if (platform === "darwin") return join(home, "Library", "Caches", "shoal");
  return join(home, ".cache", "shoal");
}

/**
 * A folder of the cache, made when it is not there.
 * @param {string[]} names
 */
export function openCacheFolder(...names) {
  const folder = join(cacheRoot(), ...names);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new SetupError(
      `Set XDG_CACHE_HOME to a folder that this user may write, because ${folder} cannot be made.`,
      {
        cause,
      },
    );
  }
  return folder;
}
