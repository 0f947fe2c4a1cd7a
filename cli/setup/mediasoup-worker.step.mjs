import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import { cacheRoot, openCacheFolder } from "./cache.mjs";
import { withLock } from "./lock.mjs";
import { buildWorker } from "./mediasoup-worker/build.mjs";
import { downloadWorker } from "./mediasoup-worker/download.mjs";
import { SetupError } from "./setup-error.mjs";
import { isExecutable, run } from "./shell.mjs";

/** Grows with every change of the recipe, so that no old binary is taken for a new one. */
const recipe = 1;
const notMyFatherCode = 41;
const fileName = platform() === "win32" ? "mediasoup-worker.exe" : "mediasoup-worker";

/**
 * The WebRTC worker, passed on as `MEDIASOUP_WORKER_BIN`: the one named there, else the cached one, else mediasoup's
 * prebuilt release, else a build from the npm package's own source.
 * @param {string} root @param {NodeJS.ProcessEnv} env @returns {import("./steps.mjs").Step}
 */
export function createMediasoupWorkerStep(root, env) {
  return {
    name: "WebRTC worker",
    async run(progress) {
      if (env.MEDIASOUP_WORKER_BIN) {
        if (await isWorker(env.MEDIASOUP_WORKER_BIN)) return "the one that MEDIASOUP_WORKER_BIN names";
        throw new SetupError(
          `Unset MEDIASOUP_WORKER_BIN or let it name a mediasoup-worker that runs here, because ${env.MEDIASOUP_WORKER_BIN} does not.`,
        );
      }
      const { version, path } = cachedWorker(root);
      env.MEDIASOUP_WORKER_BIN = path;
      if (await isWorker(path)) return `${version} from the cache`;
      const folder = openCacheFolder(...cacheNames(version));
      return withLock(
        join(folder, "lock"),
        { waitMs: 30 * 60_000, onWait: () => progress.say("waiting for another set-up that runs") },
        async () => {
          if (await isWorker(path)) return `${version} from the cache`;
          const workFolder = join(folder, "work");
          rmSync(workFolder, { recursive: true, force: true, maxRetries: 5 });
          try {
            const downloaded = await downloadWorker({ root, version, workFolder, fileName, progress });
            if (downloaded && (await isWorker(downloaded))) {
              moveIn(downloaded, path);
              return `${version} downloaded`;
            }
            const built = await buildWorker({ root, workFolder, fileName, progress });
            if (!(await isWorker(built))) throw new Error("the worker that was built does not run");
            moveIn(built, path);
            return `${version} built`;
          } finally {
            rmSync(workFolder, { recursive: true, force: true, maxRetries: 5 });
          }
        },
      );
    },
  };
}

/**
 * Where the cached worker for this checkout lies, whether it is there or not.
 * @param {string} root
 */
export function cachedWorker(root) {
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/mediasoup/package.json"), "utf8"));
  return { version, path: join(cacheRoot(), ...cacheNames(version), fileName) };
}

/** @param {string} version */
function cacheNames(version) {
  return ["mediasoup-worker", `${version}-r${recipe}-${platform()}-${arch()}`];
}

/**
 * Does this worker run here? Started by anybody but mediasoup it ends at once with a code of its own.
 * @param {string} path
 */
export async function isWorker(path) {
  if (!isExecutable(path)) return false;
  const { MEDIASOUP_VERSION: _, ...env } = process.env;
  return (await run(path, [], { env, timeoutMs: 10_000 })).code === notMyFatherCode;
}

/** Nobody ever sees half a file. @param {string} from @param {string} to */
function moveIn(from, to) {
  const beside = `${to}.${process.pid}`;
  copyFileSync(from, beside);
  chmodSync(beside, 0o755);
  renameSync(beside, to);
}
