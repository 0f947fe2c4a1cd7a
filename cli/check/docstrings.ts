import { isTestFile, type SourceFile } from "./source-files.ts";

const declaration =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class|interface|type|enum)\s+(\w+)/;

/** Must every exported symbol of this file have a docstring? */
export function isDocumented(path: string): boolean {
  return !isTestFile(path) && (path.startsWith("common/") || path.endsWith(".port.ts"));
}

/** The exported symbols without a docstring right above them, as sentences; empty: all is well. */
export function findMissingDocstrings(files: readonly SourceFile[]): string[] {
  return files.filter(({ path }) => isDocumented(path)).flatMap(findMissingIn);
}

function findMissingIn({ path, text }: SourceFile): string[] {
  const lines = text.split("\n");
  const seen = new Set<string>();
  return lines.flatMap((line, index) => {
    const name = declaration.exec(line)?.[1];
    // the later forms of an overloaded function share the first one's docstring
    if (name === undefined || seen.has(name)) return [];
    seen.add(name);
    return lines[index - 1]?.trimEnd().endsWith("*/")
      ? []
      : [`${path}:${index + 1} ${name} has no docstring`];
  });
}
