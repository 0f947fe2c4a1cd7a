import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform, release } from "node:os";
import { join } from "node:path";

const releases = "https://github.com/versatica/mediasoup/releases/download";
const answerTimeoutMs = 5000;
const downloadTimeoutMs = 120_000;

/**
 * @typedef {object} DownloadOptions
 * @property {string} root
 * @property {string} version
 * @property {string} workFolder
 * @property {string} fileName
 * @property {import("../steps.mjs").Progress} progress
 *
 * mediasoup's prebuilt release for this platform; undefined when there is none or no way to it: many networks have none.
 * @param {DownloadOptions} options @returns {Promise<string | undefined>}
 */
export async function downloadWorker({ root, version, workFolder, fileName, progress }) {
  const kernel = platform() === "linux" ? `-kernel${release().split(".")[0]}` : "";
  const address = `${releases}/${version}/mediasoup-worker-${version}-${platform()}-${arch()}${kernel}.tgz`;
  progress.say("asking for the prebuilt release");
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(), answerTimeoutMs);
  try {
    const response = await fetch(address, { signal: giveUp.signal });
    clearTimeout(timer);
    if (!response.ok) return undefined;
    timer = setTimeout(() => giveUp.abort(), downloadTimeoutMs);
    progress.say("downloading the prebuilt release");
    mkdirSync(workFolder, { recursive: true });
    const archive = join(workFolder, "worker.tgz");
    writeFileSync(archive, new Uint8Array(await response.arrayBuffer()));
    await createRequire(join(root, "node_modules/mediasoup/package.json"))("tar").extract({
      file: archive,
      cwd: workFolder,
      strict: true,
    });
    return join(workFolder, fileName);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
