import { expect, test } from "vitest";
import { findBoundaryViolations, findImports } from "./boundaries.ts";
import { findMissingDocstrings } from "./docstrings.ts";

test("finds imports of every form", () => {
  const text = [
    'import a, { b } from "./a.ts";',
    "import {",
    "  c,",
    '} from "./c.ts";',
    'import type { D } from "./d.ts";',
    'export { e } from "./e.ts";',
    'export type { F } from "./f.ts";',
    'import "./g.css";',
    'const h = await import("./h.ts");',
    'const text = "a sentence from elsewhere";',
  ].join("\n");
  expect(findImports(text).map(({ specifier, isTypeOnly, line }) => [specifier, isTypeOnly, line])).toEqual([
    ["./a.ts", false, 1],
    ["./c.ts", false, 2],
    ["./d.ts", true, 5],
    ["./e.ts", false, 6],
    ["./f.ts", true, 7],
    ["./g.css", false, 8],
    ["./h.ts", false, 9],
  ]);
});

test.each([
  ["client/app/a.ts", 'import { a } from "#common/node/log.ts";', false],
  ["client/app/a.ts", 'import { a } from "../../common/node/log.ts";', false],
  ["client/app/a.ts", 'import type { A } from "#common/node/log.ts";', false],
  ["client/app/a.ts", 'import { readFileSync } from "node:fs";', false],
  ["client/app/a.ts", 'import { appRouter } from "../../signaling/app-router.ts";', false],
  ["client/app/a.ts", 'import type { A } from "../../signaling/videos/videos.service.ts";', false],
  ["common/errors.ts", 'import { a } from "./node/log.ts";', false],
  ["common/errors.ts", 'import { a } from "../client/app/a.ts";', false],
  ["sfu/main.ts", 'import { a } from "../encoder/main.ts";', false],
  ["encoder/main.ts", 'export { a } from "../signaling/main.ts";', false],
  ["signaling/main.ts", 'const a = await import("../sfu/main.ts");', false],
  ["signaling/main.ts", 'import { a } from "../cli/start.ts";', false],
  ["signaling/main.ts", 'import { a } from "#common/node/testing/pocketbase.ts";', false],
  ["client/app/a.ts", 'import type { A } from "../../signaling/app-router.ts";', true],
  ["client/app/a.ts", 'import { a } from "#common/errors.ts";', true],
  ["client/app/a.ts", 'import { a } from "solid-js";', true],
  ["signaling/main.ts", 'import { a } from "#common/node/log.ts";', true],
  ["common/node/log.ts", 'import { join } from "node:path";', true],
  ["cli/start.ts", 'import { a } from "../signaling/main.ts";', true],
  ["signaling/a.test.ts", 'import { a } from "../encoder/main.ts";', true],
])("%s: %s is allowed: %s", (path, text, isAllowed) => {
  expect(findBoundaryViolations([{ path, text }]).length === 0).toBe(isAllowed);
});

test("names what has no docstring", () => {
  const text = [
    "/** One. */",
    "export const one = 1;",
    "export async function two() {}",
    "/** Over",
    " * lines. */",
    "export interface Three {}",
    "export type Four = 4;",
    'export type { Five } from "./five.ts";',
    "// a comment is none",
    "export class Six {}",
  ].join("\n");
  const files = ["common/a.ts", "encoder/jobs/queue.port.ts", "encoder/main.ts", "common/a.test.ts"].map(
    (path) => ({ path, text }),
  );
  expect(findMissingDocstrings(files)).toEqual(
    ["common/a.ts", "encoder/jobs/queue.port.ts"].flatMap((path) =>
      ["3 two", "7 Four", "10 Six"].map((symbol) => `${path}:${symbol} has no docstring`),
    ),
  );
});
