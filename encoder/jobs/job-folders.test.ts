import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createJobFolders } from "./job-folders.ts";
import type { ClaimedJob } from "./job-queue.port.ts";
import { createMemoryHouse } from "./testing/memory-house.ts";

let house: ReturnType<typeof createMemoryHouse>;
let tempDir: string;
let claimed: ClaimedJob;

beforeEach(async () => {
  house = createMemoryHouse();
  tempDir = await mkdtemp(join(tmpdir(), "shoal-folders-"));
  house.addJob(house.addVideo());
  const next = await house.queue.claim("test", 60_000);
  if (!next) throw new Error("nothing to claim");
  claimed = next;
});
afterEach(() => rm(tempDir, { recursive: true, force: true }));

const left = () => readdir(join(tempDir, "jobs"));

test("a folder is gone when its use has failed", async () => {
  const folders = createJobFolders(tempDir, house.queue);
  const used = folders.withFolder(claimed, async (path) => {
    await writeFile(join(path, "file"), "x");
    throw new Error("it failed");
  });
  await expect(used).rejects.toThrow("it failed");
  expect(await left()).toEqual([]);
});

test("a sweep leaves what is used or leased, and nothing else", async () => {
  const leased = `${claimed.job.id}-${claimed.leaseToken.slice(0, 8)}`;
  const dead = `${claimed.job.id}-deadbeef`;
  for (const name of [leased, dead, "something"]) {
    await mkdir(join(tempDir, "jobs", name, "deep"), { recursive: true });
  }
  const folders = createJobFolders(tempDir, house.queue);
  await folders.sweep();
  expect(await left()).toEqual([leased]);
  await house.queue.settle(claimed, { result: "done", video: {} });
  await folders.withFolder(claimed, async () => {
    await folders.sweep();
    expect(await left()).toEqual([leased]);
  });
  await folders.sweep();
  expect(await left()).toEqual([]);
});
