import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { toOpenedObject } from "./opened-file.ts";
import { assertStorageKey, type OpenedObject, type Storage, type StoredObject } from "./storage.port.ts";

/** What a crash left in the folder for work in progress is swept after this time, in milliseconds. */
const staleAfterMs = 24 * 60 * 60 * 1000;

/** The folder of the file storage inside a data folder: the same for every process. */
export function storageRoot(dataDir: string): string {
  return join(dataDir, "storage");
}

/** Links are not followed, and a pipe that somebody put there does not hold the reader up. */
const readWithoutWaiting = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function isAbsence(error: unknown): boolean {
  // ELOOP: O_NOFOLLOW met a symbolic link
  return error instanceof Error && "code" in error && /^(ENOENT|ENOTDIR|ELOOP)$/.test(String(error.code));
}

async function orAbsent<Result>(promise: Promise<Result>): Promise<Result | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * A {@link Storage} of plain files below `root`, which is made when absent. Files are written beside their place,
 * flushed, and renamed into it, so a reader and a power cut see all of an object or nothing of it.
 * Symbolic links below the root are never followed: what lies behind one is absent.
 * `withLocalFile` gives the object's own path: no copy is made, and `use` must only read.
 */
export async function openFileStorage(root: string, now: () => number = Date.now): Promise<Storage> {
  await fs.mkdir(resolve(root), { recursive: true });
  const realRoot = await fs.realpath(resolve(root));
  // keys never start with a dot, so this folder cannot be reached by one
  const workDir = join(realRoot, ".work");
  await fs.mkdir(workDir, { recursive: true });
  await sweep(workDir, now() - staleAfterMs);

  const toPath = (key: string) => join(realRoot, ...key.split("/"));
  const toWorkPath = () => join(workDir, randomUUID());

  /** Opens an object for reading; `undefined` when it is absent, no file, or behind a link. The caller closes it. */
  async function openFile(key: string): Promise<{ handle: fs.FileHandle; stored: StoredObject } | undefined> {
    assertStorageKey(key);
    const path = toPath(key);
    const parent = dirname(path);
    if ((await orAbsent(fs.realpath(parent))) !== parent) return undefined;
    const handle = await orAbsent(fs.open(path, readWithoutWaiting));
    if (!handle) return undefined;
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, stored: { key, sizeBytes: stat.size, modifiedAt: stat.mtime } };
    await handle.close();
    return undefined;
  }

  async function open(key: string): Promise<OpenedObject | undefined> {
    const file = await openFile(key);
    return file && toOpenedObject(file.handle, file.stored);
  }

  /** Makes the folder of an object; throws when a link stands in the way. */
  async function makeParent(path: string): Promise<void> {
    const parent = dirname(path);
    let existing = parent;
    let real = await orAbsent(fs.realpath(existing));
    while (real === undefined && existing !== realRoot) {
      existing = dirname(existing);
      real = await orAbsent(fs.realpath(existing));
    }
    if (real !== existing) throw new Error("a symbolic link stands in the storage");
    await fs.mkdir(parent, { recursive: true });
  }

  async function moveIntoPlace(from: string, key: string): Promise<void> {
    const path = toPath(key);
    for (let attempt = 1; ; attempt++) {
      await makeParent(path);
      try {
        return await fs.rename(from, path);
      } catch (error) {
        // somebody removed the folder in between
        if (attempt === 3 || !isAbsence(error)) throw error;
      }
    }
  }

  async function writeObject(key: string, fill: (path: string) => Promise<void>): Promise<void> {
    const workPath = toWorkPath();
    try {
      await fill(workPath);
      await flush(workPath);
      await moveIntoPlace(workPath, key);
    } catch (error) {
      await fs.rm(workPath, { force: true });
      throw error;
    }
  }

  async function put(key: string, body: Uint8Array | Readable): Promise<void> {
    assertStorageKey(key);
    await writeObject(key, (path) => fs.writeFile(path, body, { flag: "wx" }));
  }

  return {
    put,

    async putFile(key, path) {
      assertStorageKey(key);
      if (!(await fs.lstat(path)).isFile()) throw new Error("only a plain file can be stored");
      await flush(path);
      try {
        await moveIntoPlace(path, key);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EXDEV")) throw error;
        await writeObject(key, (workPath) => fs.copyFile(path, workPath));
        await fs.rm(path, { force: true });
      }
    },

    open,

    async head(key) {
      await using object = await open(key);
      return object?.stored;
    },

    async read(key) {
      await using object = await open(key);
      return await object?.readWhole();
    },

    async stream(key, range) {
      const file = await openFile(key);
      return file?.handle.createReadStream(range && { start: range.from, end: range.to });
    },

    async withLocalFile(key, use) {
      await using object = await open(key);
      return object && (await use(toPath(key)));
    },

    async list(prefix) {
      assertStorageKey(prefix, "prefix");
      const folder = prefix.replace(/\/$/, "");
      const path = folder === "" ? realRoot : toPath(folder);
      if ((await orAbsent(fs.realpath(path))) !== path) return [];
      const objects: StoredObject[] = [];
      await walk(path, folder === "" ? "" : `${folder}/`, objects);
      return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
    },

    async remove(prefix) {
      assertStorageKey(prefix, "prefix");
      const key = prefix.replace(/\/$/, "");
      if (key === "") {
        const names = (await fs.readdir(realRoot)).filter((name) => !name.startsWith("."));
        await Promise.all(names.map((name) => discard(join(realRoot, name))));
        return;
      }
      const path = toPath(key);
      const parent = dirname(path);
      if ((await orAbsent(fs.realpath(parent))) !== parent) return;
      const stat = await orAbsent(fs.lstat(path));
      if (!stat || stat.isDirectory() !== prefix.endsWith("/")) return;
      await discard(path);
    },

    async check() {
      const workPath = toWorkPath();
      try {
        await fs.writeFile(workPath, "shoal", { flag: "wx" });
        if ((await fs.readFile(workPath, "utf8")) !== "shoal")
          throw new Error("storage reads what was not written");
      } finally {
        await fs.rm(workPath, { force: true });
      }
    },
  };

  /** Takes a file or folder out of the storage at once, and then deletes it. */
  async function discard(path: string): Promise<void> {
    const workPath = toWorkPath();
    await orAbsent(fs.rename(path, workPath));
    await fs.rm(workPath, { recursive: true, force: true });
  }
}

async function flush(path: string): Promise<void> {
  const handle = await fs.open(path, "r+");
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function walk(path: string, keyPrefix: string, objects: StoredObject[]): Promise<void> {
  for (const entry of (await orAbsent(fs.readdir(path, { withFileTypes: true }))) ?? []) {
    if (entry.name.startsWith(".")) continue;
    const key = keyPrefix + entry.name;
    const entryPath = path + sep + entry.name;
    if (entry.isDirectory()) {
      await walk(entryPath, `${key}/`, objects);
    } else if (entry.isFile()) {
      const stat = await orAbsent(fs.lstat(entryPath));
      if (stat) objects.push({ key, sizeBytes: stat.size, modifiedAt: stat.mtime });
    }
  }
}

async function sweep(workDir: string, olderThanMs: number): Promise<void> {
  for (const name of await fs.readdir(workDir)) {
    const path = join(workDir, name);
    const stat = await orAbsent(fs.lstat(path));
    // a rename renews ctime, not mtime
    if (stat && stat.ctimeMs < olderThanMs) await fs.rm(path, { recursive: true, force: true });
  }
}
