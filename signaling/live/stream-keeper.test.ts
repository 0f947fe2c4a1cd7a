import { beforeEach, describe, expect, it } from "vitest";
import { videoIdSchema } from "#common/videos/video.ts";
import type { StreamEvent } from "./stream-events.ts";
import { createStreamKeeper, type StreamKeeper } from "./stream-keeper.ts";
import type { NewStream, StreamRecord } from "./stream-record.ts";
import { maySee } from "./streams.rules.ts";
import { createMemoryStreamStore, type MemoryStreamStore, makeStreamId } from "./streams.store.memory.ts";
import type { StreamStore } from "./streams.store.ts";
import { makeNewStream } from "./testing/new-stream.ts";

const broadcastId = videoIdSchema.parse("b".repeat(15));
let nowMs: number;
let isFeedUp: boolean;
let store: MemoryStreamStore;
let keeper: StreamKeeper;
let events: StreamEvent[];
/** How often the store was asked what. */
let asked: Record<"find" | "listOnAir" | "listAnnounced", number>;
/** What the store waits for before it answers. */
let gate: Promise<void>;

beforeEach(() => {
  nowMs = Date.parse("2036-01-01T00:00:00.000Z");
  isFeedUp = true;
  asked = { find: 0, listOnAir: 0, listAnnounced: 0 };
  gate = Promise.resolve();
  // each write is a moment later than the one before
  store = createMemoryStreamStore(() => new Date(nowMs++));
  const counting: StreamStore = {
    ...store,
    async find(id) {
      asked.find++;
      const record = await store.find(id);
      await gate;
      return record;
    },
    async listOnAir() {
      asked.listOnAir++;
      const records = await store.listOnAir();
      await gate;
      return records;
    },
    async listAnnounced(after, limit) {
      asked.listAnnounced++;
      const records = await store.listAnnounced(after, limit);
      await gate;
      return records;
    },
  };
  events = [];
  keeper = createStreamKeeper({
    store: counting,
    isFeedUp: () => isFeedUp,
    onError: (error) => {
      throw error;
    },
    now: () => new Date(nowMs),
  });
  keeper.subscribe((event) => events.push(event));
});

async function make(stream: Partial<NewStream> = {}): Promise<StreamRecord> {
  return store.create(makeNewStream(stream));
}

/** Another front desk writes; nobody has told of it yet. */
async function writeElsewhere(record: StreamRecord, changes: Partial<StreamRecord>): Promise<StreamRecord> {
  const changed = await store.update(record.id, changes);
  if (!changed) throw new Error("it is gone");
  return changed;
}

function makeGate(): () => void {
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  return open;
}

describe("one stream", () => {
  it("is read once for all who ask, and again by nobody until it changes", async () => {
    const record = await make();
    const found = await Promise.all([keeper.find(record.id), keeper.find(record.id), keeper.find(record.id)]);
    expect(found).toEqual([record, record, record]);
    await keeper.findFor(null, record.id, maySee);
    expect(asked.find).toBe(1);
    const changed = await writeElsewhere(record, { title: "Kelp" });
    keeper.adopt(changed);
    expect((await keeper.find(record.id))?.title).toBe("Kelp");
    expect(asked.find).toBe(1);
  });

  it("is asked for each time while nobody tells of changes", async () => {
    const record = await make();
    await keeper.find(record.id);
    isFeedUp = false;
    await writeElsewhere(record, { title: "Kelp" });
    expect((await keeper.find(record.id))?.title).toBe("Kelp");
    expect(keeper.peek(record.id)).toBeUndefined();
  });

  it("is never older than what was told while it was read", async () => {
    const record = await make();
    const open = makeGate();
    const finding = keeper.find(record.id);
    keeper.adopt(await writeElsewhere(record, { visibility: "private" }));
    open();
    await finding;
    expect((await keeper.find(record.id))?.visibility).toBe("private");
  });

  it("does not exist for who may not see it", async () => {
    const { id } = await make({ visibility: "private" });
    const absent = { code: "stream.not_found" };
    await expect(keeper.findFor(null, id, maySee)).rejects.toMatchObject(absent);
    await expect(keeper.findFor(null, makeStreamId(), maySee)).rejects.toMatchObject(absent);
    await expect(keeper.findOwned(null, id)).rejects.toMatchObject(absent);
  });
});

describe("events", () => {
  it("tell of each change once, with what was before, whoever made it", async () => {
    const record = await make();
    const changed = await keeper.write(record.id, { visibility: "private" });
    // the feed tells of the same a little later, and of what is older by then
    keeper.adopt(changed);
    keeper.adopt(record);
    expect(events).toEqual([{ kind: "changed", record: changed, before: undefined }]);
    const again = await writeElsewhere(changed, { visibility: "public" });
    keeper.adopt(again);
    expect(events.at(-1)).toEqual({ kind: "changed", record: again, before: changed });
  });

  it("tell of a change that somebody happened to read before it was heard of", async () => {
    const record = await make();
    const changed = await writeElsewhere(record, { visibility: "private" });
    await keeper.find(record.id);
    keeper.adopt(changed);
    expect(events).toEqual([{ kind: "changed", record: changed, before: undefined }]);
  });

  it("tell of removals and of gaps", async () => {
    const record = await make();
    await keeper.remove(record);
    expect(await store.find(record.id)).toBeUndefined();
    keeper.reset();
    keeper.tellTargets(record.id);
    expect(events).toEqual([
      { kind: "removed", streamId: record.id, ownerId: record.ownerId },
      { kind: "reset" },
      { kind: "targets_changed", streamId: record.id },
    ]);
  });
});

describe("moves", () => {
  it("are made by one of those who try", async () => {
    const { id } = await make();
    const first = await keeper.move(id, "idle", { state: "live", broadcastId });
    expect(first?.state).toBe("live");
    expect(await keeper.move(id, "idle", { state: "live" })).toBeUndefined();
    expect(events).toHaveLength(1);
  });

  it("are waited for", async () => {
    const record = await make();
    expect(await keeper.untilIdle(record.id, 1000)).toBe(true);
    const ending = await keeper.write(record.id, { state: "ending" });
    expect(await keeper.untilIdle(record.id, 1)).toBe(false);
    const waiting = keeper.untilIdle(record.id, 10_000);
    keeper.adopt(await writeElsewhere(ending, { state: "idle" }));
    expect(await waiting).toBe(true);
    await keeper.write(record.id, { state: "ending" });
    const waitingForEnd = keeper.untilIdle(record.id, 10_000);
    keeper.forget(record.id, record.ownerId);
    expect(await waitingForEnd).toBe(true);
  });
});

describe("what is on air and announced", () => {
  const at = (hour: number) =>
    new Date(Date.parse("2036-01-01T00:00:00.000Z") + hour * 3_600_000).toISOString();

  it("is read once, and then kept by what is heard", async () => {
    const [onAir, announced, idle] = [await make(), await make({ scheduledAt: at(5) }), await make()];
    await writeElsewhere(onAir, { state: "live", broadcastId });
    const [first, second] = await Promise.all([keeper.listOnAir(), keeper.listAnnounced()]);
    expect([first, second].map((records) => records.map(({ id }) => id))).toEqual([
      [onAir.id],
      [announced.id],
    ]);
    expect((await keeper.findByBroadcast(broadcastId))?.id).toBe(onAir.id);
    keeper.adopt(await writeElsewhere(idle, { scheduledAt: at(3) }));
    keeper.adopt(await writeElsewhere(announced, { state: "live" }));
    expect((await keeper.listOnAir()).map(({ id }) => id).sort()).toEqual([onAir.id, announced.id].sort());
    expect((await keeper.listAnnounced()).map(({ id }) => id)).toEqual([idle.id]);
    keeper.adopt(await writeElsewhere(onAir, { state: "idle", broadcastId: null }));
    keeper.forget(announced.id, announced.ownerId);
    expect(await keeper.listOnAir()).toEqual([]);
    expect(await keeper.findByBroadcast(broadcastId)).toBeUndefined();
    expect(asked).toMatchObject({ listOnAir: 1, listAnnounced: 1 });
  });

  it("counts its changes", async () => {
    const record = await make();
    const before = keeper.listVersion();
    await keeper.listOnAir();
    expect(keeper.listVersion()).toBe(before);
    await keeper.write(record.id, { title: "Kelp" });
    expect(keeper.listVersion()).toBeGreaterThan(before);
  });

  it("takes in what is told while it is read", async () => {
    const [ending, starting, gone] = [await make(), await make(), await make()];
    const wasLive = await writeElsewhere(ending, { state: "live" });
    await writeElsewhere(gone, { state: "live" });
    const open = makeGate();
    const listing = keeper.listOnAir();
    keeper.adopt(await writeElsewhere(wasLive, { state: "idle" }));
    keeper.adopt(await writeElsewhere(starting, { state: "live" }));
    keeper.forget(gone.id, gone.ownerId);
    open();
    expect((await listing).map(({ id }) => id)).toEqual([starting.id]);
  });

  it("is read anew after a gap, and each time while nobody tells", async () => {
    const record = await make();
    await keeper.listOnAir();
    await writeElsewhere(record, { state: "live" });
    keeper.reset();
    expect(await keeper.listOnAir()).toHaveLength(1);
    isFeedUp = false;
    await writeElsewhere(record, { state: "idle" });
    expect(await keeper.listOnAir()).toEqual([]);
    await writeElsewhere(record, { state: "live", broadcastId });
    expect((await keeper.findByBroadcast(broadcastId))?.id).toBe(record.id);
    expect(asked.listOnAir).toBe(3);
  });

  it("throws what the store throws, and asks again the next time", async () => {
    gate = Promise.reject(new Error("away"));
    await expect(keeper.listOnAir()).rejects.toThrow("away");
    gate = Promise.resolve();
    expect(await keeper.listOnAir()).toEqual([]);
  });

  it("shows what is late for an hour", async () => {
    await make({ scheduledAt: at(1) });
    expect(await keeper.listAnnounced()).toHaveLength(1);
    nowMs = Date.parse(at(2)) - 1000;
    expect(await keeper.listAnnounced()).toHaveLength(1);
    nowMs = Date.parse(at(2)) + 1000;
    expect(await keeper.listAnnounced()).toEqual([]);
  });
});
