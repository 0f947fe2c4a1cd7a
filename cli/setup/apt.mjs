import { findProgram, run } from "./shell.mjs";

/** @typedef {import("./steps.mjs").Progress} Progress */

/**
 * Installs distribution packages where that is possible without asking anybody: `apt-get` exists and this user is
 * root or may `sudo` without a password. False when it is not possible or did not work.
 * @param {string[]} packages @param {Progress} progress
 */
export async function installWithApt(packages, progress) {
  const apt = await findApt();
  if (!apt) return false;
  if (await install(apt, packages, progress)) return true;
  // a fresh container has no package lists, an old one has stale ones
  progress.say("reading the distribution's package lists");
  await run(apt.command, [...apt.args, "-qq", "update"], { timeoutMs: 5 * 60_000 });
  return install(apt, packages, progress);
}

/** @returns {Promise<{ command: string, args: string[] } | undefined>} */
async function findApt() {
  const aptGet = findProgram("apt-get");
  if (!aptGet) return undefined;
  const quiet = ["DEBIAN_FRONTEND=noninteractive", aptGet, "-o", "DPkg::Lock::Timeout=120"];
  if (process.getuid?.() === 0) return { command: "env", args: quiet };
  const sudo = findProgram("sudo");
  if (!sudo || (await run(sudo, ["-n", "true"], { timeoutMs: 10_000 })).code !== 0) return undefined;
  return { command: sudo, args: ["-n", "env", ...quiet] };
}

/** @param {{ command: string, args: string[] }} apt @param {string[]} packages @param {Progress} progress */
async function install(apt, packages, progress) {
  const options = ["install", "-y", "--no-install-recommends", "-o", "APT::Status-Fd=1"];
  const { code } = await run(apt.command, [...apt.args, ...options, ...packages], {
    onLine: (line) => {
      const status = /^(dl|pm)status:[^:]*:([\d.]+):/.exec(line);
      if (!status) return;
      progress.say(
        status[1] === "dl" ? "downloading packages" : "installing packages",
        Number(status[2]) / 100,
      );
    },
  });
  return code === 0;
}
