import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Storage } from "./storage.port.ts";

/** What every {@link Storage} driver must do. `open` gives an empty storage; what it needs may lie in `dir`. */
export function describeStorage(name: string, open: (dir: string) => Promise<Storage>): void {
  describe(`storage: ${name}`, () => {
    let dir: string;
    let storage: Storage;
    const readText = async (key: string) => (await storage.read(key))?.toString();
    const keysOf = async (prefix: string) => (await storage.list(prefix)).map((object) => object.key);

    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), "shoal-storage-"));
      storage = await open(dir);
    });
    afterEach(() => rm(dir, { recursive: true, force: true }));

    for (const key of [
      "",
      "/",
      "..",
      "a/..",
      "../a",
      "a/../b",
      "a//b",
      "/a",
      "a/",
      ".hidden",
      "a/.b",
      "a\\b",
      "a b",
      "a\0",
      "ä",
      `${"a".repeat(513)}`,
    ]) {
      it(`refuses the key ${JSON.stringify(key.slice(0, 20))} everywhere`, async () => {
        const file = join(dir, "file");
        await writeFile(file, "x");
        await expect(storage.put(key, Buffer.from("x"))).rejects.toThrow("not a storage key");
        await expect(storage.putFile(key, file)).rejects.toThrow("not a storage key");
        await expect(storage.head(key)).rejects.toThrow("not a storage key");
        await expect(storage.read(key)).rejects.toThrow("not a storage key");
        await expect(storage.open(key)).rejects.toThrow("not a storage key");
        await expect(storage.stream(key)).rejects.toThrow("not a storage key");
        await expect(storage.withLocalFile(key, async () => 1)).rejects.toThrow("not a storage key");
        expect(existsSync(file)).toBe(true);
      });
    }

    it("refuses prefixes that lead elsewhere", async () => {
      for (const prefix of ["..", "../", "a/../", "/", "//", ".work/"]) {
        await expect(storage.list(prefix)).rejects.toThrow("not a storage key");
        await expect(storage.remove(prefix)).rejects.toThrow("not a storage key");
      }
    });

    it("says undefined of what is absent, also of folders and of paths below objects", async () => {
      await storage.put("a/b", Buffer.from("x"));
      for (const key of ["nothing", "a", "a/c", "a/b/c"]) {
        expect(await storage.head(key)).toBeUndefined();
        expect(await storage.read(key)).toBeUndefined();
        expect(await storage.open(key)).toBeUndefined();
        expect(await storage.stream(key)).toBeUndefined();
        expect(await storage.withLocalFile(key, async () => 1)).toBeUndefined();
      }
      expect(await storage.list("nothing/")).toEqual([]);
      expect(await storage.list("a/b/")).toEqual([]);
    });

    it("stores bytes and streams and replaces them", async () => {
      await storage.put("a/one", Buffer.from("first"));
      expect(await readText("a/one")).toBe("first");
      await storage.put("a/one", Readable.from([Buffer.from("sec"), Buffer.from("ond")]));
      expect(await readText("a/one")).toBe("second");
      expect(await storage.head("a/one")).toMatchObject({ key: "a/one", sizeBytes: 6 });
      await storage.put("a/empty", Buffer.alloc(0));
      expect(await storage.head("a/empty")).toMatchObject({ sizeBytes: 0 });
      expect((await storage.read("a/empty"))?.length).toBe(0);
    });

    it("opens an object to read it whole or in pieces", async () => {
      const body = Buffer.from(Array.from({ length: 1_500_000 }, (_, index) => index % 251));
      await storage.put("a/large", body);
      const object = await storage.open("a/large");
      expect(object?.stored).toEqual(await storage.head("a/large"));
      expect((await object?.readWhole())?.equals(body)).toBe(true);
      for (const [from, to] of [
        [0, body.length - 1],
        [0, 0],
        [700_000, 1_300_000],
        [body.length - 1, body.length - 1],
      ] as const) {
        const pieces: Buffer[] = [];
        await object?.readPieces({ from, to }, async (piece) => {
          pieces.push(Buffer.from(piece));
        });
        expect(Buffer.concat(pieces).equals(body.subarray(from, to + 1))).toBe(true);
      }
      const stopped = object?.readPieces({ from: 0, to: 10 }, async () => {
        throw new Error("reader gone");
      });
      await expect(stopped).rejects.toThrow("reader gone");
      await object?.close();
      await object?.close();
      await storage.put("a/empty", Buffer.alloc(0));
      await using empty = await storage.open("a/empty");
      expect(await empty?.readWhole()).toHaveLength(0);
    });

    it("keeps the old object when the new body breaks off", async () => {
      await storage.put("a", Buffer.from("old"));
      const broken = Readable.from(
        (function* () {
          yield Buffer.from("half");
          throw new Error("line cut");
        })(),
      );
      await expect(storage.put("a", broken)).rejects.toThrow("line cut");
      expect(await readText("a")).toBe("old");
      expect(await keysOf("")).toEqual(["a"]);
    });

    it("stores a local file", async () => {
      const file = join(dir, "local");
      await writeFile(file, "from a file");
      await storage.putFile("b/file", file);
      expect(await readText("b/file")).toBe("from a file");
      await expect(storage.putFile("b/absent", join(dir, "absent"))).rejects.toThrow();
    });

    it("does not store what a link points at", async () => {
      await writeFile(join(dir, "secret"), "secret");
      await symlink(join(dir, "secret"), join(dir, "link"));
      await expect(storage.putFile("b/link", join(dir, "link"))).rejects.toThrow("plain file");
      expect(await storage.head("b/link")).toBeUndefined();
    });

    it("streams all or a range", async () => {
      const body = Buffer.from("0123456789");
      await storage.put("digits", body);
      for (const [range, expected] of [
        [undefined, "0123456789"],
        [{ from: 0, to: 0 }, "0"],
        [{ from: 3, to: 5 }, "345"],
        [{ from: 8, to: 99 }, "89"],
        [{ from: 10, to: 12 }, ""],
      ] as const) {
        const stream = await storage.stream("digits", range);
        expect(stream && (await text(stream))).toBe(expected);
      }
    });

    it("streams large objects and lets the reader stop early", async () => {
      const body = Buffer.alloc(1_000_000, "shoal");
      await storage.put("large", body);
      const whole = await storage.stream("large");
      expect(whole && body.equals(await buffer(whole))).toBe(true);
      const stopped = await storage.stream("large");
      stopped?.destroy();
      await storage.remove("large");
      expect(await storage.head("large")).toBeUndefined();
    });

    it("gives a local path while it is used", async () => {
      await storage.put("a/clip", Buffer.from("clip"));
      const found = await storage.withLocalFile("a/clip", async (path) => await readFile(path, "utf8"));
      expect(found).toBe("clip");
      const failed = storage.withLocalFile("a/clip", async () => {
        throw new Error("use failed");
      });
      await expect(failed).rejects.toThrow("use failed");
      expect(await readText("a/clip")).toBe("clip");
    });

    it("lists in lexical order of the whole key", async () => {
      const keys = ["a-b/x", "a/1", "a/10", "a/2", "a/b/c", "a.b", "b"];
      for (const key of [...keys].reverse()) await storage.put(key, Buffer.from(key));
      expect(await keysOf("")).toEqual(["a-b/x", "a.b", "a/1", "a/10", "a/2", "a/b/c", "b"]);
      expect(await keysOf("a/")).toEqual(["a/1", "a/10", "a/2", "a/b/c"]);
      expect(await storage.list("a/b/")).toMatchObject([{ key: "a/b/c", sizeBytes: 5 }]);
    });

    it("removes a prefix or one object, and nothing beside it", async () => {
      for (const key of ["m/ab/1", "m/ab/2/x", "m/abc/1", "m/b"]) await storage.put(key, Buffer.from("x"));
      await storage.remove("m/ab");
      expect(await keysOf("m/ab/")).toHaveLength(2);
      await storage.remove("m/b/");
      expect(await keysOf("")).toContain("m/b");
      await storage.remove("m/ab/");
      await storage.remove("m/b");
      await storage.remove("m/absent/");
      await storage.remove("m/absent");
      expect(await keysOf("")).toEqual(["m/abc/1"]);
      await storage.remove("");
      expect(await keysOf("")).toEqual([]);
    });

    it("never shows half an object while many write and one removes", async () => {
      const bodies = Array.from({ length: 8 }, (_, i) => Buffer.alloc(200_000, String(i)));
      await storage.put("hot/one", bodies[0] ?? Buffer.alloc(0));
      const writes = bodies.map((body) => storage.put("hot/one", body));
      const removal = storage.remove("hot/");
      const reads = Array.from({ length: 20 }, () => storage.read("hot/one"));
      for (const read of await Promise.all(reads)) {
        expect(read === undefined || bodies.some((body) => body.equals(read))).toBe(true);
      }
      await Promise.all([...writes, removal]);
    });

    it("says that it works", async () => {
      await storage.check();
      expect(await keysOf("")).toEqual([]);
    });
  });
}
