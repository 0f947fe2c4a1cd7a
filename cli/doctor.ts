import { join, resolve } from "node:path";
import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { toFindingText } from "./doctor/finding.ts";
import { examineDataDir, examineMemory, examineNode, examinePort } from "./doctor/machine.ts";
import { examineChromium, examineFfmpeg, examinePocketBase, examineWorker } from "./doctor/programs.ts";

const root = join(import.meta.dirname, "..");

/** `npm run doctor`: says what is there and what is not; exit code 1 when something that Shoal needs is missing. */
export async function main(): Promise<void> {
  const config = loadConfig(baseConfig);
  const findings = [
    ...(await examineNode()),
    ...(await examineFfmpeg()),
    examinePocketBase(),
    await examineWorker(root),
    await examineChromium(root),
    ...examineDataDir(resolve(root, config.dataDir)),
    await examinePort(config.port, config.host),
    examineMemory(),
  ];
  for (const finding of findings) console.log(toFindingText(finding));
  const missing = findings.filter(({ state }) => state === "missing");
  console.log(missing.length === 0 ? "\nShoal can run here." : "\nShoal cannot run here yet.");
  if (missing.length > 0) process.exitCode = 1;
}
