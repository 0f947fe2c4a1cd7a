import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userIdSchema } from "#common/accounts/user.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import {
  createMemoryWatchProgressStore,
  createPocketBaseWatchProgressStore,
  type WatchProgressStore,
} from "./watch-progress.store.ts";

let pocketbase: TestPocketBase;
beforeAll(async () => {
  pocketbase = await startTestPocketBase();
});
afterAll(() => pocketbase.close());

async function makeRows() {
  const client = await pocketbase.service.client();
  const handle = makeUserId();
  const user = await client.collection("users").create({
    email: `${handle}@shoal.test`,
    password: "a-long-password",
    passwordConfirm: "a-long-password",
    handle,
    role: "viewer",
  });
  const video = await client
    .collection("videos")
    .create({ owner: user.id, title: "Herring", visibility: "public", state: "ready", category: "other" });
  return { userId: userIdSchema.parse(user.id), videoId: videoIdSchema.parse(video.id) };
}

const drivers: Array<[string, () => WatchProgressStore]> = [
  ["memory", createMemoryWatchProgressStore],
  ["PocketBase", () => createPocketBaseWatchProgressStore(pocketbase.service)],
];
describe.each(drivers)("watch progress: %s", (_name, create) => {
  it("knows nothing, then the last", async () => {
    const store = create();
    const { userId, videoId } = await makeRows();
    const other = await makeRows();
    expect(await store.find(userId, videoId)).toBeUndefined();
    await store.save(userId, videoId, 12.5);
    expect(await store.find(userId, videoId)).toBe(12.5);
    await store.save(userId, videoId, 3);
    expect(await store.find(userId, videoId)).toBe(3);
    expect(await store.find(other.userId, videoId)).toBeUndefined();
    expect(await store.find(userId, other.videoId)).toBeUndefined();
  });

  it("keeps one of those that were written at once", async () => {
    const store = create();
    const positions = [1, 2, 3, 4, 5, 6, 7, 8];
    for (let round = 0; round < 5; round++) {
      const { userId, videoId } = await makeRows();
      await Promise.all(positions.map((position) => store.save(userId, videoId, position)));
      expect(positions).toContain(await store.find(userId, videoId));
    }
  });
});
