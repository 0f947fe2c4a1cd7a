import { expect, test } from "vitest";
import { createPocketBase } from "#common/node/pocketbase.ts";
import { startTestPocketBase } from "#common/node/testing/pocketbase.ts";
import { createPocketBaseJobQueue } from "./job-queue.pocketbase.ts";
import { describeJobQueue } from "./job-queue.suite.ts";
import { createTestRecords } from "./testing/records.ts";

describeJobQueue("PocketBase", async () => {
  const pocketbase = await startTestPocketBase();
  const { service } = pocketbase;
  const records = createTestRecords(service);
  return {
    queue: createPocketBaseJobQueue(service),
    ...records,
    close: () => pocketbase.close(),
  };
});

test("the routes are for superusers alone", async () => {
  const pocketbase = await startTestPocketBase();
  try {
    const records = createTestRecords(pocketbase.service);
    const account = createPocketBase(pocketbase.url);
    await account
      .collection("users")
      .authWithPassword(await records.addAccountWithPassword("long enough 1"), "long enough 1");
    for (const client of [createPocketBase(pocketbase.url), account]) {
      for (const path of ["claim", "keep", "settle"]) {
        const asked = client.send(`/api/shoal/jobs/${path}`, { method: "POST", body: {} });
        await expect(asked).rejects.toMatchObject({ status: client === account ? 403 : 401 });
      }
    }
    const superuser = await pocketbase.service.client();
    for (const path of ["claim", "keep", "settle"]) {
      const asked = superuser.send(`/api/shoal/jobs/${path}`, { method: "POST", body: {} });
      await expect(asked).rejects.toMatchObject({ status: 400 });
    }
  } finally {
    await pocketbase.close();
  }
});
