import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type UserId, userIdSchema } from "#common/accounts/user.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { makeStreamId } from "./streams.store.memory.ts";
import { createPocketBaseStreamStore } from "./streams.store.pocketbase.ts";
import { runStreamStoreSuite } from "./streams.store.suite.ts";

async function makeOwner({ service }: TestPocketBase, handle: string): Promise<UserId> {
  const client = await service.client();
  const password = "a long password";
  const email = `${handle}@shoal.test`;
  const account = { email, password, passwordConfirm: password, handle, role: "creator" };
  return userIdSchema.parse((await client.collection("users").create(account)).id);
}

runStreamStoreSuite("PocketBase", async () => {
  const pocketbase = await startTestPocketBase();
  return {
    store: createPocketBaseStreamStore(pocketbase.service),
    makeOwner: (handle) => makeOwner(pocketbase, handle),
    close: () => pocketbase.close(),
  };
});

describe("with a real PocketBase", () => {
  let pocketbase: TestPocketBase;
  beforeAll(async () => {
    pocketbase = await startTestPocketBase();
  }, 60_000);
  afterAll(() => pocketbase.close());

  it("lets nobody but Shoal move a stream", async () => {
    const move = `${pocketbase.url}/api/shoal/streams/${makeStreamId()}/move`;
    const body = JSON.stringify({ expectedState: "idle", changes: { state: "live" } });
    const headers = { "content-type": "application/json" };
    expect((await fetch(move, { method: "POST", headers, body })).status).toBe(401);
  });

  it("says that the database is away, and never that there is nothing", async () => {
    const store = createPocketBaseStreamStore(pocketbase.service);
    const ownerId = await makeOwner(pocketbase, "away");
    await pocketbase.kill();
    const away = { code: "service.unavailable" };
    await expect(store.find(makeStreamId())).rejects.toMatchObject(away);
    await expect(store.listOnAir()).rejects.toMatchObject(away);
    await expect(store.update(makeStreamId(), { state: "live" }, "idle")).rejects.toMatchObject(away);
    await pocketbase.start();
    expect(await store.countByOwner(ownerId)).toBe(0);
  });
});
