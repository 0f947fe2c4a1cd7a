import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { acquireLock, LockHeldError, withLock } from "./lock.mjs";

const quick = { beatMs: 20, staleMs: 400, pollMs: 10 };
const lockPathIn = (folder: string) => join(folder, "lock");

/** The lock of an owner as `acquireLock` writes it, last touched `ageMs` ago. */
function writeLock(path: string, owner: { pid: number; host: string }, ageMs = 0) {
  writeFileSync(path, JSON.stringify({ ...owner, id: "another" }));
  const touchedAt = new Date(Date.now() - ageMs);
  utimesSync(path, touchedAt, touchedAt);
}

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? 0;
}

test("one at a time, and gone when given back", async () => {
  const path = lockPathIn(makeTempFolder());
  const release = await acquireLock(path, quick);
  await expect(acquireLock(path, quick)).rejects.toThrow(LockHeldError);
  release();
  release();
  expect(existsSync(path)).toBe(false);
  await withLock(path, quick, async () => expect(existsSync(path)).toBe(true));
  expect(existsSync(path)).toBe(false);
});

test("is given back when the work fails", async () => {
  const path = lockPathIn(makeTempFolder());
  const work = withLock(path, quick, async () => {
    throw new Error("broken");
  });
  await expect(work).rejects.toThrow("broken");
  expect(existsSync(path)).toBe(false);
});

test("waits for the one who has it", async () => {
  const path = lockPathIn(makeTempFolder());
  const release = await acquireLock(path, quick);
  const second = acquireLock(path, { ...quick, waitMs: 10_000 });
  release();
  (await second)();
});

test.each([
  ["of a process that ended", async () => ({ pid: await endedPid(), host: hostname() }), 0],
  ["of an earlier life under our own id", async () => ({ pid: process.pid, host: hostname() }), 0],
  ["of another host that is silent", async () => ({ pid: 1, host: "elsewhere" }), 60_000],
  [
    "of a living process that is silent, its id used again",
    async () => ({ pid: 1, host: hostname() }),
    60_000,
  ],
])("takes over the lock %s", async (_, makeOwner, ageMs) => {
  const path = lockPathIn(makeTempFolder());
  writeLock(path, await makeOwner(), ageMs);
  const release = await acquireLock(path, { ...quick, staleMs: 30_000 });
  expect(JSON.parse(readFileSync(path, "utf8")).pid).toBe(process.pid);
  release();
});

test("watches a lock of another host until it is silent for long enough", async () => {
  const path = lockPathIn(makeTempFolder());
  writeLock(path, { pid: 1, host: "elsewhere" });
  (await acquireLock(path, quick))();
});

test("takes over an empty file that its owner never wrote", async () => {
  const path = lockPathIn(makeTempFolder());
  writeFileSync(path, "");
  (await acquireLock(path, quick))();
});

test("processes that want it at once never hold it together", async () => {
  const folder = makeTempFolder();
  const script = `
    import { readFileSync, writeFileSync } from "node:fs";
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.mjs"))};
    const [lock, count] = process.argv.slice(1);
    for (let i = 0; i < 5; i++) await withLock(lock, { waitMs: 30000, pollMs: 1 }, async () => {
      const value = Number(readFileSync(count, "utf8"));
      await new Promise((resolve) => setTimeout(resolve, 1));
      writeFileSync(count, String(value + 1));
    });`;
  const count = join(folder, "count");
  writeFileSync(count, "0");
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ["--input-type=module", "-e", script, lockPathIn(folder), count], {
      stdio: "inherit",
    }),
  );
  await Promise.all(children.map((child) => once(child, "exit")));
  expect(readFileSync(count, "utf8")).toBe("20");
  expect(readdirSync(folder)).toEqual(["count"]);
});
