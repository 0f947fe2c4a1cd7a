import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { installWithApt } from "../apt.mjs";
import { SetupError } from "../setup-error.mjs";
import { findProgram, run } from "../shell.mjs";

const packages = [
  ...["libssl-dev", "libuv1-dev", "libsrtp2-dev", "libusrsctp-dev", "libabsl-dev", "libflatbuffers-dev"],
  ...["flatbuffers-compiler", "meson", "ninja-build", "pkg-config", "g++"],
];
const programs = [["g++", "c++"], ["ninja", "ninja-build"], ["pkg-config"], ["flatc"]];
const libraries = ["openssl", "libuv", "libsrtp2", "usrsctp", "absl_flat_hash_map"];
const memoryPerJobBytes = 2 ** 30;

/**
 * @typedef {object} BuildOptions
 * @property {string} root
 * @property {string} workFolder
 * @property {string} fileName
 * @property {import("../steps.mjs").Progress} progress
 *
 * Builds the worker from the npm package's own source against the distribution's libraries; answers its path.
 * @param {BuildOptions} options
 */
export async function buildWorker({ root, workFolder, fileName, progress }) {
  await requireTools(progress);
  const source = join(workFolder, "source");
  const output = join(workFolder, "out");
  cpSync(join(root, "node_modules/mediasoup/worker"), source, { recursive: true });
  patchSource(source);
  const meson = await requireMeson(workFolder, progress);
  const options = ["--buildtype=release", "-Db_ndebug=true", "-Dms_disable_liburing=true"];
  progress.say("configuring");
  await must(meson, ["setup", ...options, "--wrap-mode=nodownload", output, source], progress);
  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / memoryPerJobBytes)));
  // the generated headers come first: the sources do not declare that they need them
  for (const target of ["flatbuffers-generator", "mediasoup-worker"]) {
    await must(meson, ["compile", "-C", output, "-j", String(jobs), target], progress);
  }
  return join(output, fileName);
}

/** @param {import("../steps.mjs").Progress} progress */
async function requireTools(progress) {
  if (await hasTools()) return;
  if ((await installWithApt(packages, progress)) && (await hasTools())) return;
  throw new SetupError(
    `Install what the WebRTC worker is built from (Debian, Ubuntu: sudo apt-get install ${packages.join(" ")}) or set ` +
      "MEDIASOUP_WORKER_BIN to a mediasoup-worker that runs here, because no prebuilt one could be fetched.",
  );
}

async function hasTools() {
  if (programs.some((names) => !findProgram(...names))) return false;
  return (await run("pkg-config", ["--exists", ...libraries], { timeoutMs: 10_000 })).code === 0;
}

/** Turns the copy of the source into one that the distribution's libraries and tools can build. @param {string} source */
function patchSource(source) {
  // mediasoup's own subprojects are downloads; ours stand for the system's libraries under the same names
  rmSync(join(source, "subprojects"), { recursive: true });
  cpSync(join(import.meta.dirname, "subprojects"), join(source, "subprojects"), { recursive: true });
  // OpenSSL with kernel TLS asks the BIO about it; a 1 for an answer makes it leave its write buffer unallocated
  replaceOnce(join(source, "src/RTC/DtlsTransport.cpp"), {
    from: "(operationType == BIO_CB_RETURN)",
    to: "(operationType & BIO_CB_RETURN)",
  });
  // nothing newer than Debian 12's meson 1.0 is used
  replaceOnce(join(source, "meson.build"), {
    from: "meson_version: '>= 1.1.0'",
    to: "meson_version: '>= 1.0.0'",
  });
}

/** @param {string} path @param {{ from: string, to: string }} change */
function replaceOnce(path, { from, to }) {
  const parts = readFileSync(path, "utf8").split(from);
  if (parts.length !== 2) throw new Error(`${path} is not the source that the recipe was written for`);
  writeFileSync(path, parts.join(to));
}

/** A meson that is new enough: the system's, else one from PyPI in a virtual environment of its own.
 * @param {string} workFolder @param {import("../steps.mjs").Progress} progress */
async function requireMeson(workFolder, progress) {
  const system = findProgram("meson");
  if (system) {
    const version = (await run(system, ["--version"], { timeoutMs: 30_000 })).tail.trim();
    if (/^([1-9]\d*)\./.test(version)) return system;
  }
  progress.say("fetching meson");
  const environment = join(workFolder, "python");
  const python = findProgram("python3");
  const install = ["-m", "pip", "install", "--quiet", "meson>=1.0"];
  if (
    python &&
    (await run(python, ["-m", "venv", environment])).code === 0 &&
    (await run(join(environment, "bin/python"), install, { timeoutMs: 120_000 })).code === 0
  ) {
    return join(environment, "bin/meson");
  }
  throw new SetupError("Install meson 1.0 or newer, because the WebRTC worker is built with it.");
}

/** @param {string} command @param {string[]} args @param {import("../steps.mjs").Progress} progress */
async function must(command, args, progress) {
  const { code, tail } = await run(command, args, {
    onLine: (line) => {
      const [, done, all] = /^\[(\d+)\/(\d+)\]/.exec(line) ?? [];
      if (done && all) progress.say(`compiling ${all} files`, Number(done) / Number(all));
    },
  });
  if (code === 0) return;
  throw new SetupError(
    "Set MEDIASOUP_WORKER_BIN to a mediasoup-worker that runs here, because it could not be built: see the last lines above.",
    { cause: tail },
  );
}
