import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, openCacheFolder } from "./cache.mjs";
import { findProgram, isExecutable, run } from "./shell.mjs";

/**
 * nginx, which one benchmark measures against: the system's, else the distribution's package, unpacked into the cache
 * and not installed, because an installed one would begin to serve port 80. Without it only that benchmark does not run.
 */
export const nginxStep = {
  name: "nginx",
  /** @param {import("./steps.mjs").Progress} progress */
  async run(progress) {
    const found = findNginx();
    if (found) return found;
    progress.say("downloading the distribution's package");
    await unpackPackage();
    return findNginx() ?? "none here (Debian, Ubuntu: apt-get install nginx); only `segments` needs it";
  },
};

/** Path of an nginx that can be run, or undefined. */
export function findNginx() {
  const places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", join(cacheRoot(), "nginx", "usr/sbin/nginx")];
  return findProgram("nginx") ?? places.find(isExecutable);
}

async function unpackPackage() {
  const [aptGet, unpack] = [findProgram("apt-get"), findProgram("dpkg-deb")];
  if (!aptGet || !unpack) return;
  const cwd = openCacheFolder("nginx");
  const download = () => run(aptGet, ["-qq", "download", "nginx"], { cwd, timeoutMs: 60_000 });
  if ((await download()).code !== 0 && process.getuid?.() === 0) {
    // a fresh container has no package lists
    await run(aptGet, ["-qq", "update"], { timeoutMs: 5 * 60_000 });
    await download();
  }
  const file = readdirSync(cwd).find((name) => name.endsWith(".deb"));
  if (file) await run(unpack, ["-x", file, cwd], { cwd, timeoutMs: 60_000 });
}
