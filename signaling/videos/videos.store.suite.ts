import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { UserId } from "#common/accounts/user.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import type { NewVideo, VideoRecord } from "./video-record.ts";
import type { VideoStore } from "./videos.store.ts";

/** A store with what the suite must be able to do besides. */
export interface VideoStoreUnderTest {
  readonly store: VideoStore;
  /** Makes an account and answers its id. */
  makeChannel(handle: string, displayName: string): Promise<UserId>;
  /** Writes as the encoder would. */
  write(record: VideoRecord): Promise<void>;
  storedBytesOf(ownerId: UserId): Promise<number>;
  close(): Promise<void>;
}

/** What every driver of {@link VideoStore} does. */
export function runVideoStoreSuite(name: string, open: () => Promise<VideoStoreUnderTest>): void {
  describe(`video store: ${name}`, () => {
    let under: VideoStoreUnderTest;
    let store: VideoStore;
    let ownerId: UserId;
    let handles = 0;

    beforeAll(async () => {
      under = await open();
      store = under.store;
    }, 60_000);
    afterAll(() => under.close());
    beforeEach(async () => {
      ownerId = await under.makeChannel(`owner-${++handles}`, "An owner");
    });

    const make = (video: Partial<NewVideo> = {}) =>
      store.create({
        ownerId,
        title: "A shoal",
        description: "",
        tags: [],
        category: "animals",
        language: "en",
        visibility: "public",
        ...video,
      });

    /** A video of this test's own category of facts, watchable. */
    async function publish(facts: Partial<VideoRecord> = {}): Promise<VideoRecord> {
      const record: VideoRecord = { ...(await make()), state: "ready", ...facts };
      await under.write(record);
      return record;
    }

    const absent = videoIdSchema.parse("absent000000000");

    it("has nothing where nothing is", async () => {
      expect(await store.find(absent)).toBeUndefined();
      expect(await store.update(absent, { title: "x" })).toBeUndefined();
      await store.remove(absent);
      await store.addViews(absent, 1);
      expect(await store.existing([absent])).toEqual(new Set());
      expect(await store.findChannels([])).toEqual([]);
      expect(await store.sumOriginalBytes(ownerId)).toBe(0);
    });

    it("makes drafts and finds them as they were made", async () => {
      const record = await make({
        title: "Fish & 'chips'",
        tags: ["sea", "blue water"],
        visibility: "private",
      });
      expect(record).toMatchObject({
        ownerId,
        title: "Fish & 'chips'",
        tags: ["sea", "blue water"],
        visibility: "private",
        state: "draft",
        publishedAt: null,
        renditions: [],
        viewCount: 0,
        peersAllowed: true,
      });
      expect(Date.parse(record.createdAt)).not.toBeNaN();
      expect(await store.find(record.id)).toEqual(record);
    });

    it("changes the named fields alone", async () => {
      const record = await make();
      const publishedAt = "2026-01-02T03:04:05.678Z";
      const changed = await store.update(record.id, {
        state: "uploading",
        publishedAt,
        sizeBytes: 5_000_000_000,
      });
      expect(changed).toMatchObject({
        title: record.title,
        state: "uploading",
        publishedAt,
        sizeBytes: 5_000_000_000,
      });
      expect((await store.update(record.id, { publishedAt: null }))?.publishedAt).toBeNull();
    });

    it("makes a recording's video under its id, once", async () => {
      const { id } = await make();
      await store.remove(id);
      const recording: Parameters<VideoStore["createRecording"]>[0] = {
        id,
        ownerId,
        title: "What was on air",
        description: "",
        category: "music",
        language: "",
        visibility: "unlisted",
        state: "ready",
        errorCode: "",
        errorMessage: "",
        durationSeconds: 12.5,
        aspectRatio: 1.5,
        renditions: [],
        audioTracks: [],
        revision: "live",
        masterName: "master-1.m3u8",
        posterRevision: "",
        hasStoryboard: false,
        peersAllowed: false,
        sizeBytes: 6_000_000_000,
        publishedAt: null,
      };
      const record = await store.createRecording(recording);
      expect(record).toMatchObject({ ...recording, tags: [], captions: [], viewCount: 0 });
      const again = await store.createRecording({ ...recording, title: "Another" });
      expect(again).toEqual(record);
      expect(await store.sumOriginalBytes(ownerId)).toBe(6_000_000_000);
    });

    it("removes", async () => {
      const record = await make();
      await store.remove(record.id);
      expect(await store.find(record.id)).toBeUndefined();
    });

    it("lists an owner's videos in pages and sums their originals", async () => {
      const records = [await make(), await make(), await make()];
      for (const record of records) await store.update(record.id, { sizeBytes: 7 });
      const first = await store.listOfOwner(ownerId, { page: 1, perPage: 2 });
      const second = await store.listOfOwner(ownerId, { page: 2, perPage: 2 });
      expect(first.totalCount).toBe(3);
      const ids = [...first.records, ...second.records].map((record) => record.id);
      expect(new Set(ids)).toEqual(new Set(records.map((record) => record.id)));
      expect(await store.sumOriginalBytes(ownerId)).toBe(21);
      await store.setStoredBytes(ownerId, 21);
      expect(await under.storedBytesOf(ownerId)).toBe(21);
    });

    it("lists what is public and watchable, in pieces", async () => {
      const listed = [await publish(), await publish({ state: "playable" }), await publish()];
      const hidden = [
        await publish({ visibility: "unlisted" }),
        await publish({ state: "failed" }),
        await make(),
      ];
      const seen: string[] = [];
      let after: VideoRecord["id"] | undefined;
      for (let calls = 0; calls < 100; calls++) {
        const some = await store.listListed(after, 2);
        seen.push(...some.map((record) => record.id));
        after = some.at(-1)?.id;
        if (some.length < 2) break;
      }
      expect(seen).toEqual([...seen].sort());
      for (const record of listed) expect(seen).toContain(record.id);
      for (const record of hidden) expect(seen).not.toContain(record.id);
    });

    it("finds listed videos by plain comparison", async () => {
      const whale = await publish({
        title: "Whale SONG",
        description: "deep",
        tags: ["ocean"],
        category: "music",
        durationSeconds: 300,
        publishedAt: "2026-02-01T00:00:00.000Z",
      });
      await publish({ title: "Gull", publishedAt: "2026-01-01T00:00:00.000Z" });
      const find = async (query: Parameters<VideoStore["searchListed"]>[0]) =>
        (await store.searchListed({ channelId: ownerId, ...query }, { page: 1, perPage: 10 })).records.map(
          (r) => r.title,
        );
      expect(await find({})).toEqual([whale.title, "Gull"]);
      for (const query of ["whale", "song whale", "deep", "ocean"])
        expect(await find({ query })).toEqual([whale.title]);
      expect(await find({ query: "whale gull" })).toEqual([]);
      expect(await find({ query: "' || id != '" })).toEqual([]);
      expect(await find({ category: "music" })).toEqual([whale.title]);
      expect(await find({ minSeconds: 240, maxSeconds: 1200 })).toEqual([whale.title]);
      expect(await find({ maxSeconds: 240 })).toEqual(["Gull"]);
      expect(await find({ publishedAfter: "2026-01-15T00:00:00.000Z" })).toEqual([whale.title]);
    });

    it("knows what waits for its publishing date, and what is in a state", async () => {
      const waiting = await publish();
      const published = await publish({ publishedAt: "2026-01-01T00:00:00.000Z" });
      const ids = (await store.listUnpublished(200)).map((record) => record.id);
      expect(ids).toContain(waiting.id);
      expect(ids).not.toContain(published.id);
      const uploading = await publish({ state: "uploading" });
      expect((await store.listInState("uploading", 200)).map((record) => record.id)).toContain(uploading.id);
    });

    it("tells which ids are videos, however many", async () => {
      const record = await make();
      const many = Array.from({ length: 120 }, (_, at) => `${at}`.padStart(15, "x"));
      expect(await store.existing([...many, record.id])).toEqual(new Set([record.id]));
    });

    it("adds views", async () => {
      const record = await make();
      await store.addViews(record.id, 2);
      await store.addViews(record.id, 3);
      expect((await store.find(record.id))?.viewCount).toBe(5);
    });

    it("finds channels, named by their handle when they have no other name", async () => {
      const nameless = await under.makeChannel("nameless", "");
      const channels = await store.findChannels([ownerId, nameless]);
      expect(new Map(channels.map((channel) => [channel.id, channel.displayName]))).toEqual(
        new Map([
          [ownerId, "An owner"],
          [nameless, "nameless"],
        ]),
      );
    });
  });
}
