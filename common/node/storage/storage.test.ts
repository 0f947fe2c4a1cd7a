import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFileStorage } from "./file-storage.ts";
import { createMemoryStorage } from "./memory-storage.ts";
import { describeStorage } from "./storage.suite.ts";

describeStorage("files", (dir) => openFileStorage(join(dir, "root")));
describeStorage("memory", async () => createMemoryStorage());

describe("file storage", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "shoal-files-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("follows no link out of its root", async () => {
    const outside = join(dir, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "secret");
    const storage = await openFileStorage(join(dir, "root"));
    await storage.put("media/a", Buffer.from("a"));
    await symlink(outside, join(dir, "root/media/folder"));
    await symlink(join(outside, "secret"), join(dir, "root/media/file"));

    for (const key of ["media/folder/secret", "media/file"]) {
      expect(await storage.read(key)).toBeUndefined();
      expect(await storage.open(key)).toBeUndefined();
      expect(await storage.head(key)).toBeUndefined();
      expect(await storage.stream(key)).toBeUndefined();
      expect(await storage.withLocalFile(key, async () => 1)).toBeUndefined();
    }
    await expect(storage.put("media/folder/new", Buffer.from("x"))).rejects.toThrow("symbolic link");
    await expect(storage.put("media/folder/sub/new", Buffer.from("x"))).rejects.toThrow("symbolic link");
    expect(await readdir(outside)).toEqual(["secret"]);
    expect(await storage.list("media/folder/")).toEqual([]);
    expect((await storage.list("")).map((object) => object.key)).toEqual(["media/a"]);

    // a link that is overwritten or removed goes itself, not its target
    await storage.put("media/file", Buffer.from("mine"));
    await storage.remove("media/folder/secret");
    await storage.remove("media/");
    expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
  });

  it("may itself stand behind a link", async () => {
    await mkdir(join(dir, "real"));
    await symlink(join(dir, "real"), join(dir, "root"));
    const storage = await openFileStorage(join(dir, "root"));
    await storage.put("a/b", Buffer.from("x"));
    expect((await storage.read("a/b"))?.toString()).toBe("x");
  });

  it("sweeps what a crash left behind, once it is old", async () => {
    const root = join(dir, "root");
    await openFileStorage(root);
    await writeFile(join(root, ".work/left-over"), "half");
    await openFileStorage(root);
    expect(existsSync(join(root, ".work/left-over"))).toBe(true);
    await openFileStorage(root, () => Date.now() + 25 * 60 * 60 * 1000);
    expect(existsSync(join(root, ".work/left-over"))).toBe(false);
  });

  it("leaves no work behind after a failed write", async () => {
    const root = join(dir, "root");
    const storage = await openFileStorage(root);
    await storage.put("a", Buffer.from("x"));
    await expect(storage.put("a/b", Buffer.from("x"))).rejects.toThrow();
    expect(await readdir(join(root, ".work"))).toEqual([]);
  });

  it("says when it cannot be written to", async () => {
    const root = join(dir, "root");
    const storage = await openFileStorage(root);
    await rm(join(root, ".work"), { recursive: true });
    await expect(storage.check()).rejects.toThrow();
  });
});
