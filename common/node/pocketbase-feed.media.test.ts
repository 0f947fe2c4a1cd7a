import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createPocketBaseFeed, type FeedEvent, type PocketBaseFeed } from "./pocketbase-feed.ts";
import { startTestPocketBase, type TestPocketBase } from "./testing/pocketbase.ts";

let pocketbase: TestPocketBase;
let feed: PocketBaseFeed;
const events: FeedEvent[] = [];
let resetCount = 0;

beforeAll(async () => {
  pocketbase = await startTestPocketBase();
  feed = createPocketBaseFeed({
    url: pocketbase.url,
    service: pocketbase.service,
    collections: ["revoked_tokens"],
    log: pino({ level: "silent" }),
  });
  feed.onReset(() => {
    resetCount += 1;
  });
  feed.on("revoked_tokens", (event) => events.push(event));
  expect(await feed.untilLive(10_000)).toBe(true);
});
afterAll(async () => {
  await feed?.close();
  await pocketbase?.close();
});

async function revoke(tokenHash: string): Promise<string> {
  const client = await pocketbase.service.client();
  const expiresAt = new Date(Date.now() + 60_000);
  return (await client.collection("revoked_tokens").create({ tokenHash, expiresAt })).id;
}

test("refuses to follow what it was not opened for", () => {
  expect(() => feed.on("users", () => undefined)).toThrow("users");
});

test("tells of a record that is made and one that goes", async () => {
  const id = await revoke("1".repeat(64));
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ action: "create", record: { id } }));
  await (await pocketbase.service.client()).collection("revoked_tokens").delete(id);
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ action: "delete", record: { id } }));
});

test("knows that the database is away, and says when what was remembered must go", async () => {
  const before = resetCount;
  await pocketbase.kill();
  await vi.waitFor(() => expect(feed.isLive()).toBe(false), 5000);
  await pocketbase.start();
  expect(await feed.untilLive(15_000)).toBe(true);
  expect(resetCount).toBe(before + 1);
  const id = await revoke("2".repeat(64));
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ action: "create", record: { id } }));
});
