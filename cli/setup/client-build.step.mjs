import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openCacheFolder } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { SetupError } from "./setup-error.mjs";
import { run } from "./shell.mjs";

const sources = ["client", "common", "vite.config.ts", "tsconfig.json", "package-lock.json"];
const leftOut = new Set(["dist", "e2e", "node_modules", "README.md"]);
const stampName = ".shoal-build";

/**
 * The page, built by Vite into `client/dist` unless its sources are the same as last time.
 * @param {string} root @returns {import("./steps.mjs").Step}
 */
export function createClientBuildStep(root) {
  const stampPath = join(root, "client", "dist", stampName);
  /** @param {string} hash */
  const isBuilt = (hash) => existsSync(stampPath) && readFileSync(stampPath, "utf8") === hash;
  return {
    name: "page",
    async run(progress) {
      const hash = hashSources(root, sources);
      if (isBuilt(hash)) return "up to date";
      const rootHash = createHash("sha256").update(root).digest("hex").slice(0, 16);
      const lockPath = join(openCacheFolder("locks"), `page-${rootHash}`);
      return withLock(
        lockPath,
        { waitMs: 5 * 60_000, onWait: () => progress.say("waiting for another set-up that runs") },
        async () => {
          if (isBuilt(hash)) return "up to date";
          progress.say("building with Vite");
          const vite = join(root, "node_modules", "vite", "bin", "vite.js");
          const { code, tail } = await run(process.execPath, [vite, "build"], {
            cwd: root,
            env: { ...process.env, NODE_ENV: "production" },
          });
          if (code !== 0) {
            throw new SetupError(
              'Run "npx vite build" and mend what it reports, because the page could not be built.',
              {
                cause: tail,
              },
            );
          }
          writeFileSync(stampPath, hash);
          return "built";
        },
      );
    },
  };
}

/**
 * One hash over the names and contents of these files and folders.
 * @param {string} root @param {string[]} paths
 */
export function hashSources(root, paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((name) => listFiles(root, name))) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** @param {string} root @param {string} path @returns {string[]} */
function listFiles(root, path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (!stats) return [];
  if (stats.isFile()) return [path];
  return readdirSync(join(root, path))
    .filter((name) => !leftOut.has(name) && !/\.test\.tsx?$/.test(name))
    .sort()
    .flatMap((name) => listFiles(root, `${path}/${name}`));
}
