import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userIdSchema } from "#common/accounts/user.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { createPocketBaseJobOrders } from "./job-orders.ts";
import { createPocketBaseVideoStore } from "./videos.store.pocketbase.ts";
import { runVideoStoreSuite } from "./videos.store.suite.ts";

async function makeChannel({ service }: TestPocketBase, handle: string, displayName: string) {
  const client = await service.client();
  const account = await client.collection("users").create({
    email: `${handle}@shoal.test`,
    password: "a long password",
    passwordConfirm: "a long password",
    handle,
    displayName,
    role: "creator",
  });
  return userIdSchema.parse(account.id);
}

runVideoStoreSuite("PocketBase", async () => {
  const pocketbase = await startTestPocketBase();
  return {
    store: createPocketBaseVideoStore(pocketbase.service),
    makeChannel: (handle, displayName) => makeChannel(pocketbase, handle, displayName),
    async write({ id, createdAt, updatedAt, ...record }) {
      const client = await pocketbase.service.client();
      await client.collection("videos").update(id, { ...record, publishedAt: record.publishedAt ?? "" });
    },
    async storedBytesOf(ownerId) {
      const client = await pocketbase.service.client();
      return (await client.collection("users").getOne(ownerId)).storedBytes;
    },
    close: () => pocketbase.close(),
  };
});

describe("with a real PocketBase", () => {
  let pocketbase: TestPocketBase;
  beforeAll(async () => {
    pocketbase = await startTestPocketBase();
  }, 60_000);
  afterAll(() => pocketbase.close());

  it("orders a job once, cancels it, and loses it with its video", async () => {
    const store = createPocketBaseVideoStore(pocketbase.service);
    const jobs = createPocketBaseJobOrders(pocketbase.service);
    const ownerId = await makeChannel(pocketbase, "orders", "");
    const video = { title: "A", description: "", tags: [], language: "" };
    const { id: videoId } = await store.create({
      ...video,
      ownerId,
      category: "other",
      visibility: "private",
    });
    const order = { kind: "encode", videoId, cause: "upload-1", priority: 3 } as const;
    expect(await jobs.has(order)).toBe(false);
    await Promise.all([jobs.place(order), jobs.place(order), jobs.place(order)]);
    expect([await jobs.count(videoId), await jobs.isActive(videoId), await jobs.has(order)]).toEqual([
      1,
      true,
      true,
    ]);
    expect(await jobs.isWaiting(order)).toBe(true);
    expect(await jobs.isWaiting({ kind: "thumbnail", videoId })).toBe(false);
    await jobs.cancel(videoId);
    expect([await jobs.isActive(videoId), await jobs.isWaiting(order)]).toEqual([false, false]);
    await jobs.place(order);
    expect([await jobs.count(videoId), await jobs.isActive(videoId)]).toEqual([1, false]);
    await store.remove(videoId);
    expect(await jobs.count(videoId)).toBe(0);
  });

  it("says that the database is away, and never that there is nothing", async () => {
    const store = createPocketBaseVideoStore(pocketbase.service);
    const ownerId = await makeChannel(pocketbase, "away", "");
    await pocketbase.kill();
    const away = { code: "service.unavailable" };
    await expect(store.listListed(undefined, 10)).rejects.toMatchObject(away);
    await expect(store.sumOriginalBytes(ownerId)).rejects.toMatchObject(away);
    await expect(store.findChannels([ownerId])).rejects.toMatchObject(away);
    await pocketbase.start();
    expect(await store.sumOriginalBytes(ownerId)).toBe(0);
  });
});
