import { createRequire } from "node:module";
import { join } from "node:path";
import { installWithApt } from "./apt.mjs";
import { SetupError } from "./setup-error.mjs";
import { findProgram, isExecutable, run } from "./shell.mjs";

/**
 * The browser of the tests and benchmarks, passed on as `SHOAL_CHROMIUM`: the system's, else the distribution's
 * package, else Playwright's download.
 * @param {string} root @param {NodeJS.ProcessEnv} env @returns {import("./steps.mjs").Step}
 */
export function createChromiumStep(root, env) {
  return {
    name: "Chromium",
    async run(progress) {
      const found = await findChromium(root, env);
      if (found) return use(found, "");
      if (await installWithApt(["chromium"], progress)) {
        const installed = await findChromium(root, env);
        if (installed) return use(installed, ", installed");
      }
      progress.say("downloading Playwright's Chromium");
      const script = join(root, "node_modules", "playwright-core", "cli.js");
      await run(process.execPath, [script, "install", "chromium"], {
        onLine: (line) => {
          const percent = /(\d+)%/.exec(line)?.[1];
          if (percent) progress.say("downloading Playwright's Chromium", Number(percent) / 100);
        },
        timeoutMs: 10 * 60_000,
      });
      const downloaded = await findChromium(root, env);
      if (downloaded) return use(downloaded, ", downloaded");
      throw new SetupError(
        "Install Chromium or Google Chrome, or set SHOAL_CHROMIUM to one that is there, because the tests need a real browser.",
      );
    },
  };

  /** @param {{ path: string, version: string }} chromium @param {string} how */
  function use({ path, version }, how) {
    env.SHOAL_CHROMIUM = path;
    return version + how;
  }
}

/**
 * A Chromium that starts: the one that SHOAL_CHROMIUM names, else the system's, else Playwright's.
 * @param {string} root @param {NodeJS.ProcessEnv} [env]
 */
export async function findChromium(root, env = process.env) {
  const candidates = [
    env.SHOAL_CHROMIUM,
    ...["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map((name) =>
      findProgram(name),
    ),
    playwrightsOwn(root),
  ];
  for (const path of candidates) {
    if (!path || !isExecutable(path)) continue;
    const { code, tail } = await run(path, ["--version"], { timeoutMs: 15_000 });
    const version = /\d+\.\d+\.\d+\S*/.exec(tail)?.[0];
    // Ubuntu's package of that name is a stub that fails
    if (code === 0 && version) return { path, version };
  }
  return undefined;
}

/** @param {string} root @returns {string | undefined} */
function playwrightsOwn(root) {
  try {
    return createRequire(join(root, "package.json"))("playwright-core").chromium.executablePath();
  } catch {
    return undefined;
  }
}
