import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfigFields, toConfigTable, withConfigTable } from "./config-table.ts";

test("the README's configuration table is what the fragments say", async () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  expect(withConfigTable(readme, toConfigTable(await readConfigFields()))).toBe(readme);
});

test("every setting has a variable of Shoal's own, a sentence, and a default that its schema takes", async () => {
  for (const field of await readConfigFields()) {
    expect(field.env).toMatch(/^SHOAL_[A-Z0-9_]+$/);
    expect(field.doc).toMatch(/^\S.*[.?]$/s);
    expect(field.schema.safeParse(field.default).success, field.env).toBe(true);
  }
});
