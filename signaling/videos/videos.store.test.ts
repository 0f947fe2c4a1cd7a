import { createMemoryVideoStore, makeUserId } from "./videos.store.memory.ts";
import { runVideoStoreSuite } from "./videos.store.suite.ts";

runVideoStoreSuite("memory", async () => {
  const store = createMemoryVideoStore();
  return {
    store,
    async makeChannel(handle, displayName) {
      const id = makeUserId();
      store.putChannel({ id, handle, displayName: displayName || handle });
      return id;
    },
    write: async (record) => store.put(record),
    storedBytesOf: async (ownerId) => store.storedBytesOf(ownerId),
    close: async () => {},
  };
});
