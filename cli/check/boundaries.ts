import { posix } from "node:path";
import { isTestFile, type SourceFile } from "./source-files.ts";

/** One import: what it names, whether only types come of it, and the line that it stands in. */
export interface FoundImport {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
  readonly line: number;
}

const patterns = [
  // import x from "…", export { x } from "…", over several lines too
  /^[ \t]*(?:import|export)\b(?<kind>\s+type\b)?[^"';]*?\bfrom\s*["'](?<specifier>[^"']+)["']/gm,
  // import "…"
  /^[ \t]*import\s*["'](?<specifier>[^"']+)["']/gm,
  // import("…")
  /\bimport\(\s*["'](?<specifier>[^"']+)["']\s*\)/g,
];

/** Every static import, re-export and dynamic import with a literal name. */
export function findImports(text: string): FoundImport[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      specifier: match.groups?.specifier ?? "",
      isTypeOnly: match.groups?.kind !== undefined,
      line: text.slice(0, match.index).split("\n").length,
    })),
  );
}

/** The one thing of a server that the page may know, and only as a type. */
const apiOfThePage = "signaling/app-router.ts";

/** Plugins of vite.config.ts: they lie with what they serve, and run in Node when the page is built. */
const buildTimeFiles = new Set(["client/playback/csp-style-hashes.ts"]);

/** What is imported across a boundary, as sentences; empty: all is well. */
export function findBoundaryViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    findImports(file.text).flatMap((found) => {
      const reason = findReason(file.path, found);
      return reason ? [`${file.path}:${found.line} imports ${found.specifier}: ${reason}`] : [];
    }),
  );
}

function findReason(importer: string, { specifier, isTypeOnly }: FoundImport): string | undefined {
  if (isTestFile(importer) || buildTimeFiles.has(importer)) return undefined;
  const folder = topOf(importer);
  if (folder === "cli" || folder === "bench") return undefined;
  const isForThePage = folder === "client" || (folder === "common" && !importer.startsWith("common/node/"));
  if (specifier.startsWith("node:")) {
    return isForThePage && !isTypeOnly ? "the page runs in a browser" : undefined;
  }
  const target = resolveTarget(importer, specifier);
  if (target === undefined) return undefined;
  if (isForThePage && target.startsWith("common/node/")) return "common/node is for servers";
  if (isTestFile(target)) return "that is for tests";
  const targetFolder = topOf(target);
  if (targetFolder === folder || targetFolder === "common") return undefined;
  if (folder === "client" && target === apiOfThePage) {
    return isTypeOnly ? undefined : "the API is for the page a type only";
  }
  return `${folder} may import itself and common`;
}

/** The file of the house that a specifier names; undefined for a package. */
function resolveTarget(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith("#common/")) return specifier.slice(1);
  if (!specifier.startsWith(".")) return undefined;
  return posix.join(posix.dirname(importer), specifier);
}

function topOf(path: string): string {
  return path.split("/")[0] ?? "";
}
