import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestPocketBase, type TestPocketBase } from "./pocketbase.ts";

let pocketbase: TestPocketBase;
beforeAll(async () => {
  pocketbase = await startTestPocketBase();
});
afterAll(() => pocketbase?.close());

test("has every collection of the contract, all rules closed", async () => {
  const client = await pocketbase.service.client();
  for (const name of ["users", "videos", "jobs", "watch_progress", "revoked_tokens"]) {
    const collection = await client.collections.getOne(name);
    const { listRule, viewRule, createRule, updateRule, deleteRule } = collection;
    expect([listRule, viewRule, createRule, updateRule, deleteRule], name).toEqual(Array(5).fill(null));
  }
});

test("comes back with the same data after it was killed", async () => {
  const client = await pocketbase.service.client();
  const expiresAt = new Date(Date.now() + 60_000);
  const record = await client.collection("revoked_tokens").create({ tokenHash: "ab".repeat(32), expiresAt });
  await pocketbase.kill();
  await expect(client.health.check()).rejects.toThrow();
  await pocketbase.start();
  const again = await client.collection("revoked_tokens").getOne(record.id);
  expect(again.tokenHash).toBe("ab".repeat(32));
});
