import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { cacheRoot } from "./cache.mjs";
import { hashSources } from "./client-build.step.mjs";
import { isNewEnough } from "./ffmpeg.step.mjs";
import { isInstalled } from "./packages.step.mjs";
import { run } from "./shell.mjs";
import { toDurationText } from "./steps.mjs";

const root = join(import.meta.dirname, "../..");
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

function write(root: string, path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test.each([
  [{ XDG_CACHE_HOME: "/caches" }, "linux", "/caches/shoal"],
  [{}, "linux", "/home/me/.cache/shoal"],
  [{}, "darwin", "/home/me/Library/Caches/shoal"],
] as const)("caches of %o on %s lie in %s", (env, platform, folder) => {
  expect(cacheRoot(env, platform, "/home/me")).toBe(folder);
});

const lock = (packages: object) => JSON.stringify({ packages });
const a = { version: "1.0.0", integrity: "sha512-a" };
test.each([
  ["all are there", { "": {}, a }, { a }, true],
  ["an optional one of another platform is not", { "": {}, a, b: { ...a, optional: true } }, { a }, true],
  ["one is missing", { "": {}, a, b: a }, { a }, false],
  ["a version is another", { a: { ...a, version: "1.0.1" } }, { a }, false],
  ["the bytes are others", { a: { ...a, integrity: "sha512-b" } }, { a }, false],
])("packages: %s", (_, wanted, present, expected) => {
  const root = makeTempFolder();
  write(root, "package-lock.json", lock(wanted));
  expect(isInstalled(root)).toBe(false);
  write(root, "node_modules/.package-lock.json", lock(present));
  expect(isInstalled(root)).toBe(expected);
});

/** npm leaves out of the lock file what its registry does not have; `npm ci` then refuses on every other machine. */
test("the lock file names the packages of every platform", () => {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")));
  const names = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  expect(optional.filter((name) => !names.has(name))).toEqual([]);
});

test("the page's hash follows its sources, and nothing else", () => {
  const root = makeTempFolder();
  write(root, "client/app/main.tsx", "1");
  const before = hashSources(root, ["client", "absent"]);
  write(root, "client/dist/index.html", "built");
  write(root, "client/app/main.test.ts", "test");
  write(root, "client/e2e/watch.e2e.ts", "test");
  expect(hashSources(root, ["client", "absent"])).toBe(before);
  write(root, "client/app/main.tsx", "2");
  const changed = hashSources(root, ["client"]);
  expect(changed).not.toBe(before);
  write(root, "client/app/other.tsx", "");
  expect(hashSources(root, ["client"])).not.toBe(changed);
});

test.each([
  ["5.1.9-0+deb12u1", true],
  ["n7.1", true],
  ["N-117000-gabc", true],
  ["git-2024-01-01", true],
  ["4.4.2-0ubuntu0.22.04.1", false],
  ["", false],
])("FFmpeg %s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test.each([
  [5, "5 ms"],
  [1500, "1.5 s"],
  [143_400, "2 min 23 s"],
])("%i ms read %s", (durationMs, text) => {
  expect(toDurationText(durationMs)).toBe(text);
});

test("a command says how it ended, what it said, and that it is not there", async () => {
  const lines: string[] = [];
  const script = 'console.log("out"); console.error("err"); process.exit(3)';
  const { code } = await run(process.execPath, ["-e", script], { onLine: (line) => lines.push(line) });
  expect([code, lines.sort()]).toEqual([3, ["err", "out"]]);
  expect(await run("/nowhere/program", [])).toMatchObject({ code: -1 });
});

test("a command that takes too long is ended with its children", async () => {
  const script = 'require("child_process").spawnSync("sleep", ["60"], { stdio: "inherit" })';
  expect((await run(process.execPath, ["-e", script], { timeoutMs: 200 })).code).toBe(-1);
});
