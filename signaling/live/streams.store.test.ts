import { makeUserId } from "../videos/videos.store.memory.ts";
import { createMemoryStreamStore } from "./streams.store.memory.ts";
import { runStreamStoreSuite } from "./streams.store.suite.ts";

runStreamStoreSuite("memory", async () => ({
  store: createMemoryStreamStore(),
  makeOwner: async () => makeUserId(),
  close: async () => {},
}));
