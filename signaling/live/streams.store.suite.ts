import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { UserId } from "#common/accounts/user.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import type { NewStream, StreamRecord } from "./stream-record.ts";
import { makeStreamId } from "./streams.store.memory.ts";
import type { StreamStore } from "./streams.store.ts";
import { makeNewStream } from "./testing/new-stream.ts";

/** A store with what the suite must be able to do besides. */
export interface StreamStoreUnderTest {
  readonly store: StreamStore;
  /** Makes an account and answers its id. */
  makeOwner(handle: string): Promise<UserId>;
  close(): Promise<void>;
}

/** What every driver of {@link StreamStore} does. */
export function runStreamStoreSuite(name: string, open: () => Promise<StreamStoreUnderTest>): void {
  describe(`stream store: ${name}`, () => {
    let under: StreamStoreUnderTest;
    let store: StreamStore;
    let ownerId: UserId;
    let owners = 0;
    let broadcasts = 0;

    beforeAll(async () => {
      under = await open();
      store = under.store;
    }, 60_000);
    afterAll(() => under.close());
    beforeEach(async () => {
      ownerId = await under.makeOwner(`owner-${++owners}`);
    });

    const make = (stream: Partial<NewStream> = {}) => store.create(makeNewStream({ ownerId, ...stream }));
    const makeBroadcastId = () => videoIdSchema.parse(`${++broadcasts}`.padStart(15, "b"));
    const absent = makeStreamId();

    it("has nothing where nothing is", async () => {
      expect(await store.find(absent)).toBeUndefined();
      expect(await store.findByBroadcast(makeBroadcastId())).toBeUndefined();
      expect(await store.findKeyHash(absent)).toBeUndefined();
      expect(await store.update(absent, { title: "x" })).toBeUndefined();
      expect(await store.update(absent, { title: "x" }, "idle")).toBeUndefined();
      expect(await store.listTargets(absent)).toEqual([]);
      expect(await store.updateTarget(absent, absent, { isEnabled: false })).toBeUndefined();
      expect(await store.removeTarget(absent, absent)).toBe(false);
      expect(await store.countByOwner(ownerId)).toBe(0);
      await store.remove(absent);
    });

    it("makes streams off air and finds them as they were made", async () => {
      const scheduledAt = "2036-01-02T03:04:05.678Z";
      const record = await make({ title: "Fish & 'chips'", scheduledAt, dvrWindowSeconds: 0 });
      expect(record).toMatchObject({
        ownerId,
        title: "Fish & 'chips'",
        scheduledAt,
        dvrWindowSeconds: 0,
        reconnectWindowSeconds: 60,
        isRecorded: true,
        state: "idle",
        broadcastId: null,
        revision: "",
        startedAt: null,
        silentSince: null,
        lastVideoId: null,
      });
      expect(Date.parse(record.createdAt)).not.toBeNaN();
      expect(await store.find(record.id)).toEqual(record);
      await expect(make({ id: record.id })).rejects.toThrow();
    });

    it("keeps the hash of a key apart from the record", async () => {
      const { id } = await make();
      const [before, after] = ["ab".repeat(32), "cd".repeat(32)];
      expect(await store.findKeyHash(id)).toBe(before);
      const changed = await store.update(id, { keyHash: after, keyHint: "1234" });
      expect(changed?.keyHint).toBe("1234");
      expect(await store.findKeyHash(id)).toBe(after);
      expect(JSON.stringify([changed, await store.find(id)])).not.toContain(after);
    });

    it("changes the named fields alone", async () => {
      const record = await make();
      const broadcastId = makeBroadcastId();
      const onAir = {
        state: "live",
        broadcastId,
        revision: "live-1",
        startedAt: "2026-01-02T03:04:05.678Z",
        silentSince: "2026-01-02T03:05:05.678Z",
      } as const;
      const changed = await store.update(record.id, onAir);
      expect(changed).toMatchObject({ ...onAir, title: record.title, isRecorded: true });
      expect(await store.findByBroadcast(broadcastId)).toEqual(changed);
      const offAir = { broadcastId: null, startedAt: null, silentSince: null, state: "idle" } as const;
      expect(await store.update(record.id, offAir)).toMatchObject({ ...offAir, revision: "live-1" });
      expect(await store.findByBroadcast(broadcastId)).toBeUndefined();
    });

    it("lets one of those who move a stream do it", async () => {
      const { id } = await make();
      const tries = Array.from({ length: 5 }, () =>
        store.update(id, { state: "live", broadcastId: makeBroadcastId() }, "idle"),
      );
      const moved = (await Promise.all(tries)).filter((record) => record !== undefined);
      expect(moved).toHaveLength(1);
      expect(await store.find(id)).toEqual(moved[0]);
      expect(await store.update(id, { silentSince: null, state: "ending" }, "live")).toMatchObject({
        state: "ending",
      });
    });

    it("lists what is not idle", async () => {
      const idle = await make();
      const expected: string[] = [];
      for (const state of ["live", "reconnecting", "ending"] as const) {
        const { id } = await make({ visibility: "private" });
        await store.update(id, { state });
        expected.push(id);
      }
      const ids = (await store.listOnAir()).map((record) => record.id);
      expect(ids).toEqual(expect.arrayContaining(expected));
      expect(ids).not.toContain(idle.id);
      expect(ids).toEqual([...ids].sort());
    });

    it("lists what is announced, soonest first", async () => {
      const at = (day: number) => `2036-03-0${day}T10:00:00.000Z`;
      const [later, sooner] = [await make({ scheduledAt: at(5) }), await make({ scheduledAt: at(3) })];
      const onAir = await make({ scheduledAt: at(4) });
      await store.update(onAir.id, { state: "live" });
      const hidden = [
        onAir,
        await make({ scheduledAt: at(1) }),
        await make(),
        await make({ scheduledAt: at(4), visibility: "unlisted" }),
      ];
      const ids = (await store.listAnnounced(at(2), 100)).map((record) => record.id);
      const own = ids.filter((id) => [later, sooner, ...hidden].some((record) => record.id === id));
      expect(own).toEqual([sooner.id, later.id]);
      expect(await store.listAnnounced(at(2), 1)).toHaveLength(1);
    });

    it("lists an owner's streams in pages and counts them", async () => {
      const records: StreamRecord[] = [await make(), await make(), await make()];
      const first = await store.listByOwner(ownerId, { page: 1, perPage: 2 });
      const second = await store.listByOwner(ownerId, { page: 2, perPage: 2 });
      expect([first.totalCount, first.records.length, second.records.length]).toEqual([3, 2, 1]);
      const ids = [...first.records, ...second.records].map((record) => record.id);
      expect(new Set(ids)).toEqual(new Set(records.map((record) => record.id)));
      expect(await store.countByOwner(ownerId)).toBe(3);
    });

    it("keeps a stream's targets, and loses them with it", async () => {
      const [stream, other] = [await make(), await make()];
      const target = { name: "There", url: "rtmp://live.example.org/app", keySealed: "sealed" };
      const made = await store.createTarget({ ...target, streamId: stream.id, isEnabled: true });
      expect(made).toMatchObject({ ...target, streamId: stream.id, isEnabled: true });
      expect(await store.listTargets(stream.id)).toEqual([made]);
      expect(await store.listTargets(other.id)).toEqual([]);
      // another stream's id does not open it
      expect(await store.updateTarget(other.id, made.id, { isEnabled: false })).toBeUndefined();
      expect(await store.removeTarget(other.id, made.id)).toBe(false);
      const changed = await store.updateTarget(stream.id, made.id, { isEnabled: false });
      expect(changed).toMatchObject({ ...target, isEnabled: false });
      expect(await store.removeTarget(stream.id, made.id)).toBe(true);
      expect(await store.listTargets(stream.id)).toEqual([]);
      await store.createTarget({ ...target, streamId: stream.id, isEnabled: true });
      await store.remove(stream.id);
      expect(await store.find(stream.id)).toBeUndefined();
      expect(await store.listTargets(stream.id)).toEqual([]);
    });
  });
}
