import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openCacheFolder } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { SetupError } from "./setup-error.mjs";
import { run } from "./shell.mjs";

/** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} LockedPackages */

/**
 * What npm installs: `npm ci`, unless `node_modules` holds what the lock file says already.
 * @param {string} root @returns {import("./steps.mjs").Step}
 */
export function createPackagesStep(root) {
  return {
    name: "packages",
    async run(progress) {
      if (isInstalled(root)) return "up to date";
      const rootHash = createHash("sha256").update(root).digest("hex").slice(0, 16);
      const lockPath = join(openCacheFolder("locks"), `packages-${rootHash}`);
      return withLock(
        lockPath,
        { waitMs: 15 * 60_000, onWait: () => progress.say("waiting for another set-up that runs") },
        async () => {
          if (isInstalled(root)) return "up to date";
          const packageCount = Object.keys(readPackages(join(root, "package-lock.json")) ?? {}).length;
          let fetchedCount = 0;
          progress.say("npm ci");
          const npm = npmCommand();
          const { code, tail } = await run(npm.command, [...npm.args, "ci", "--loglevel=http"], {
            cwd: root,
            onLine: (line) => {
              if (!line.startsWith("npm http fetch GET 200")) return;
              progress.say("npm ci", Math.min(0.99, ++fetchedCount / packageCount));
            },
          });
          if (code !== 0) {
            throw new SetupError(
              `Run "npm ci" in ${root} and mend what it reports, because the packages could not be installed.`,
              { cause: tail },
            );
          }
          return "installed";
        },
      );
    },
  };
}

/**
 * Does `node_modules` hold what `package-lock.json` names? npm writes its own record there when it has finished, so
 * an installation that was killed half-way has none.
 * @param {string} root
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === "") return true;
    const found = present[path];
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
}

/** @param {string} path @returns {LockedPackages | undefined} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs us, else the one beside Node: npm's own script needs no shell on any platform. */
export function npmCommand() {
  const running = process.env.npm_execpath;
  if (running?.endsWith("npm-cli.js")) return { command: process.execPath, args: [running] };
  if (process.platform !== "win32") return { command: "npm", args: [] };
  const script = join(dirname(process.execPath), "node_modules", "npm", "bin", "npm-cli.js");
  return { command: process.execPath, args: [script] };
}
