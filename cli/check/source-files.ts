import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A source file of the house; `path` is relative to the root, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** The folders that hold TypeScript, by the name that the boundaries know them by. */
export const sourceFolders = ["client", "signaling", "sfu", "encoder", "common", "cli", "bench"] as const;

const leftOut = new Set(["node_modules", "dist"]);

/** Every `.ts` and `.tsx` of the house. */
export function readSourceFiles(root: string): SourceFile[] {
  return sourceFolders
    .flatMap((folder) => listFiles(root, folder))
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

function listFiles(root: string, folder: string): string[] {
  let entries: import("node:fs").Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter(({ name }) => !leftOut.has(name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, path) : [path];
    });
}

/** Tests, and what only tests use, may import whatever they try out. */
export function isTestFile(path: string): boolean {
  return /\.(test|suite|e2e)\.tsx?$/.test(path) || path.includes("/testing/") || path.includes("/e2e/");
}
