import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ConfigField } from "#common/node/config.ts";

const root = join(import.meta.dirname, "..");
const serverFolders = ["common/node", "signaling", "encoder", "sfu", "cli"];
const beginMark = "<!-- config table: begin (npm run config-table writes it) -->\n";
const endMark = "<!-- config table: end -->";

function isConfigField(value: unknown): value is ConfigField {
  return typeof value === "object" && value !== null && "env" in value && "doc" in value && "schema" in value;
}

/** Every setting of every `*.config.ts` of the server processes, by variable. */
export async function readConfigFields(): Promise<ConfigField[]> {
  const fields = new Map<string, ConfigField>();
  for (const folder of serverFolders) {
    const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
    for (const name of names.filter((path) => path.endsWith(".config.ts"))) {
      const module: object = await import(pathToFileURL(join(root, folder, name)).href);
      const candidates = Object.values(module).flatMap((fragment) =>
        typeof fragment === "object" && fragment !== null ? Object.values(fragment) : [],
      );
      for (const field of candidates) if (isConfigField(field)) fields.set(field.env, field);
    }
  }
  return [...fields.values()].sort((a, b) => a.env.localeCompare(b.env));
}

/** The README's table: one row per setting that a person may set. */
export function toConfigTable(fields: readonly ConfigField[]): string {
  const rows = fields
    .filter((field) => !field.isInternal)
    .map((field) => {
      const shown = field.isSecret || field.default === "" ? "" : `\`${String(field.default)}\``;
      return `| \`${field.env}\` | ${shown} | ${field.doc.replaceAll("|", "\\|")} |`;
    });
  return ["| variable | default | meaning |", "|---|---|---|", ...rows, ""].join("\n");
}

/** The README with its table replaced; throws when the marks are missing. */
export function withConfigTable(readme: string, table: string): string {
  const begin = readme.indexOf(beginMark);
  const end = readme.indexOf(endMark);
  if (begin < 0 || end < begin) throw new Error("the README has lost the marks of its configuration table");
  return readme.slice(0, begin + beginMark.length) + table + readme.slice(end);
}

/** Writes the table into the README. */
export async function writeConfigTable(): Promise<void> {
  const path = join(root, "README.md");
  writeFileSync(path, withConfigTable(readFileSync(path, "utf8"), toConfigTable(await readConfigFields())));
}

if (process.argv[1] === import.meta.filename) await writeConfigTable();
