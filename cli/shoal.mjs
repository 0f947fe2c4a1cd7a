// The entry of every command. It runs on Node alone: whatever else is needed, its first steps bring.
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createChromiumStep } from "./setup/chromium.step.mjs";
import { createClientBuildStep } from "./setup/client-build.step.mjs";
import { ffmpegStep } from "./setup/ffmpeg.step.mjs";
import { followNpm } from "./setup/follow-npm.mjs";
import { foreignClientsStep } from "./setup/foreign-clients.step.mjs";
import { createMediasoupWorkerStep } from "./setup/mediasoup-worker.step.mjs";
import { nginxStep } from "./setup/nginx.step.mjs";
import { createPackagesStep } from "./setup/packages.step.mjs";
import { SetupError } from "./setup/setup-error.mjs";
import { runSteps } from "./setup/steps.mjs";

const leastNode = { major: 20, minor: 19 };
const cli = dirname(fileURLToPath(import.meta.url));
const root = dirname(cli);

const packages = createPackagesStep(root);
const chromium = createChromiumStep(root, process.env);
const worker = createMediasoupWorkerStep(root, process.env);
const page = createClientBuildStep(root);

/** What each command needs before it can run. @type {Record<string, import("./setup/steps.mjs").Step[]>} */
const stepsOfVerb = {
  start: [packages, ffmpegStep, worker, page],
  dev: [packages, ffmpegStep, worker],
  test: [packages, ffmpegStep, chromium, foreignClientsStep, worker, page],
  bench: [packages, ffmpegStep, chromium, worker, page, nginxStep],
  check: [packages],
  doctor: [packages],
  setup: [packages, ffmpegStep, chromium, foreignClientsStep, worker, page],
};

/** The commands that hear signals themselves. */
const closesInOrder = new Set(["start", "dev"]);

/** @param {string | undefined} verb @param {string[]} args */
async function main(verb, args) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < leastNode.major || (major === leastNode.major && minor < leastNode.minor)) {
    throw new SetupError(
      `Install Node ${leastNode.major}.${leastNode.minor} or newer, because this is Node ${process.versions.node}.`,
    );
  }
  const steps = stepsOfVerb[verb ?? ""];
  if (!verb || !steps) throw new SetupError(`Say one of: ${Object.keys(stepsOfVerb).join(", ")}.`);
  process.chdir(root);
  followNpm();
  // exiting ends whatever tool runs
  const stop = () => process.exit(130);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  await runSteps(steps);
  if (closesInOrder.has(verb)) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signal, stop);
  }
  if (verb === "setup") return;
  const { register } = await import("tsx/esm/api");
  register();
  const command = await import(pathToFileURL(join(cli, `${verb}.ts`)).href);
  await command.main(args);
}

main(process.argv[2], process.argv.slice(3)).catch((error) => {
  // what a person can mend is one sentence, with the words of the tool that failed before it
  if (error instanceof SetupError || error.name === "ConfigError") {
    if (typeof error.cause === "string") console.error(error.cause);
    console.error(error.message);
  } else console.error(error);
  process.exit(1);
});
