import { expect, test } from "vitest";
import { collectStyleHashes } from "./csp-style-hashes.ts";

test("every element of the player brings the hashes of its styles", async () => {
  const hashes = await collectStyleHashes();
  expect(hashes.length).toBeGreaterThan(15);
  for (const hash of hashes) expect(hash).toMatch(/^'sha256-[A-Za-z0-9+/]{43}='$/);
  expect(new Set(hashes).size).toBe(hashes.length);
});
