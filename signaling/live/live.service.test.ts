import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { streamNewsSchema, streamReportSchema } from "#common/live/live-events.ts";
import { livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import type { StreamId } from "#common/live/stream.ts";
import { toMediaSource } from "../playback/broadcasts.ts";
import { createGrants } from "../playback/grants.ts";
import { createMediaLinks } from "../playback/media-links.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import { createLiveService, type LiveService } from "./live.service.ts";
import { createLiveBroadcasts } from "./live-broadcasts.ts";
import { createLiveReports, type LiveReports } from "./live-reports.ts";
import { createLiveSight } from "./live-sight.ts";
import type { StreamRecord } from "./stream-record.ts";
import { type LiveWorld, openLiveWorld, type TestDesk } from "./testing/live-world.ts";
import { createWhepTokens, type WhepTokens } from "./whep-tokens.ts";

const stranger = null;
const somebody = { id: makeUserId(), role: "viewer" } as const;
const moderator = { id: makeUserId(), role: "moderator" } as const;

let world: LiveWorld;
let desk: TestDesk;
let live: LiveService;
let reports: LiveReports;
let whepTokens: WhepTokens;
let watcherCount: number;
/** Who may watch the recordings, by id. */
let watchable: Map<string, "public" | "private">;

beforeEach(async () => {
  world = await openLiveWorld();
  desk = world.openDesk();
  watcherCount = 0;
  watchable = new Map();
  const { streams, rooms, orders, keeper } = desk;
  const sight = createLiveSight({
    rooms,
    orders,
    watcherCountOf: () => watcherCount,
    isOnAir: keeper.isOnAir,
  });
  const grants = createGrants({ key: "a1".repeat(32), lifetimeSeconds: 3600 });
  whepTokens = createWhepTokens({ secret: "b2".repeat(32), lifetimeSeconds: 3600 });
  live = createLiveService({
    streams,
    keeper,
    sight,
    broadcasts: createLiveBroadcasts(streams),
    playback: {
      toLinks: (broadcast, viewer) => createMediaLinks(grants, toMediaSource(broadcast), viewer),
      toPeerPolicy: async () => ({ mode: "off", reason: "instance" }),
    },
    whepTokens,
    toIceServers: () => [{ urls: "stun:stun.shoal.test" }],
    async findVideo(viewer, id) {
      const visibility = watchable.get(id);
      if (visibility === "public" || (visibility && viewer)) return { state: "ready" };
      throw new ShoalError("video.not_found", "There is no such video.");
    },
  });
  reports = createLiveReports({ streams, sight, facts: live.facts });
});
afterEach(() => world.close());

/** On air, and known to be. */
async function goLive(stream: Partial<StreamRecord> = {}): Promise<StreamRecord & { id: StreamId }> {
  const id = await world.makeStream({ visibility: "public", ...stream });
  world.sfu.publish(id);
  await expect.poll(async () => (await world.find(id)).state).toBe("live");
  const record = await world.find(id);
  await expect.poll(() => desk.orders.statusOfStream(id)).toBeDefined();
  return record;
}

async function write(record: StreamRecord, thumbnailNumber = 0): Promise<void> {
  if (record.broadcastId === null) throw new Error("no broadcast");
  world.encoder.report(record.broadcastId, {
    state: "writing",
    liveName: "live.m3u8",
    thumbnailNumber,
    ingest: { videoCodec: "h264", audioCodec: "opus", video: "copied", reason: "" },
  });
  await expect.poll(() => desk.orders.statusOfStream(record.id)?.liveName).toBe("live.m3u8");
}

const grant = async (...args: Parameters<LiveService["grant"]>) =>
  livePlaybackGrantSchema.parse(await live.grant(...args));

describe("a grant is refused", () => {
  it.each([
    ["a stranger", stranger],
    ["an account", somebody],
  ])("%s, as if there were no stream, when it is private", async (_name, viewer) => {
    const { id } = await goLive({ visibility: "private" });
    await expect(live.grant(viewer, id)).rejects.toMatchObject({ code: "stream.not_found" });
  });
});

describe("a grant", () => {
  it("of a stream that is off air says so", async () => {
    const id = await world.makeStream({ visibility: "public" });
    expect(await grant(stranger, id)).toMatchObject({
      mode: "waiting",
      reason: "off_air",
      broadcastId: null,
      whepUrl: null,
      hlsUrl: null,
      iceServers: [],
      p2p: { mode: "off" },
    });
  });

  it("is WebRTC from the first moment, and HLS beside it from the first segment", async () => {
    const record = await goLive();
    expect(await grant(stranger, record.id)).toMatchObject({
      mode: "webrtc",
      reason: null,
      broadcastId: record.broadcastId,
      whepUrl: `/whep/${record.id}`,
      whepToken: null,
      iceServers: [{ urls: "stun:stun.shoal.test" }],
      videoCodec: "h264",
      hlsUrl: null,
      expiresAt: null,
    });
    await write(record);
    expect(await grant(stranger, record.id)).toMatchObject({
      mode: "webrtc",
      hlsUrl: `/media/${record.broadcastId}/live/live.m3u8`,
      expiresAt: null,
    });
  });

  it("is HLS when the room is full, and when the streamer wants the crowd", async () => {
    const record = await goLive();
    await write(record);
    world.sfu.setViewers(record.id, 100);
    await desk.rooms.refresh();
    expect(await grant(stranger, record.id)).toMatchObject({ mode: "hls", reason: "full", whepUrl: null });
    world.sfu.setViewers(record.id, 0);
    await desk.rooms.refresh();
    await world.store.update(record.id, { mode: "crowd" });
    expect(await grant(stranger, record.id)).toMatchObject({ mode: "hls", reason: "crowd", whepUrl: null });
  });

  it("of an unlisted stream has addresses and a token of its own, which end", async () => {
    const record = await goLive({ visibility: "unlisted" });
    await write(record);
    const given = await grant(stranger, record.id);
    expect(given.hlsUrl).toMatch(new RegExp(`^/media/~[^/]+/${record.broadcastId}/live/live.m3u8$`));
    expect(Date.parse(given.expiresAt ?? "")).toBeGreaterThan(Date.now());
    await whepTokens.assertMayWatch(record, given.whepToken);
    const closed = { ...record, visibility: "private" } as const;
    await expect(whepTokens.assertMayWatch(closed, given.whepToken)).rejects.toThrow(ShoalError);
  });

  it("of a private stream is for who keeps order", async () => {
    const record = await goLive({ visibility: "private" });
    const given = await grant(moderator, record.id);
    await whepTokens.assertMayWatch(record, given.whepToken);
  });
});

describe("what is known of a stream", () => {
  it("is its viewers, its picture, what comes in and where it goes", async () => {
    const record = await goLive();
    await write(record, 7);
    world.sfu.setViewers(record.id, 3);
    await desk.rooms.refresh();
    watcherCount = 2;
    expect(live.facts.viewerCountOf(record.id)).toBe(3);
    watcherCount = 5;
    expect(live.facts.viewerCountOf(record.id)).toBe(5);
    expect(await live.facts.thumbnailOf(record, null)).toBe(
      `/media/${record.broadcastId}/live/thumbnails/7.jpg`,
    );
    expect(live.facts.ingestOf(record.id)).toMatchObject({ video: "copied" });
    expect([...live.facts.targetStatesOf(record.id)]).toEqual([]);
    expect(streamReportSchema.parse(await reports.reportOf(record.id))).toMatchObject({
      publisher: { via: "webrtc", state: "live" },
      broadcast: { state: "writing" },
      realtimeViewerCount: 3,
      hlsViewerCount: 2,
    });
  });

  it("is nothing off air", async () => {
    const id = await world.makeStream();
    expect(live.facts.ingestOf(id)).toBeNull();
    expect(await live.facts.thumbnailOf(await world.find(id), null)).toBeNull();
    expect(await reports.reportOf(id)).toBeUndefined();
    await expect(live.facts.endBroadcast(id)).rejects.toMatchObject({ code: "stream.not_live" });
  });

  it("is until when it waits for its publisher", async () => {
    const silentSince = "2026-03-01T12:00:00.000Z";
    const id = await world.makeStream({ state: "reconnecting", silentSince, reconnectWindowSeconds: 90 });
    const record = await world.find(id);
    expect(live.facts.reconnectUntilOf(record)).toBe("2026-03-01T12:01:30.000Z");
    expect(live.facts.reconnectUntilOf({ ...record, state: "live" })).toBeNull();
  });

  it("is the last recording, for who may watch it", async () => {
    const { broadcastId } = await goLive();
    const record = await world.find(await world.makeStream({ lastVideoId: broadcastId }));
    expect(await live.facts.lastVideoOf(record, somebody)).toBeNull();
    watchable.set(broadcastId ?? "", "private");
    expect(await live.facts.lastVideoOf(record, stranger)).toBeNull();
    expect(await live.facts.lastVideoOf(record, somebody)).toBe(broadcastId);
  });
});

describe("news", () => {
  const newsOf = async (id: StreamId) => streamNewsSchema.parse(await reports.newsOf(id));

  it("say how a stream stands; of none there are none", async () => {
    const record = await goLive();
    expect(await newsOf(record.id)).toMatchObject({
      state: "live",
      title: record.title,
      broadcastId: record.broadcastId,
      startedAt: record.startedAt,
      reconnectUntil: null,
    });
    await world.store.remove(record.id);
    expect(await reports.newsOf(record.id)).toBeUndefined();
  });

  it("make viewers ask again when their grant would be another, and not otherwise", async () => {
    const record = await goLive();
    const { id } = record;
    const first = (await newsOf(id)).grantVersion;
    world.sfu.setViewers(id, 9);
    await desk.rooms.refresh();
    expect((await newsOf(id)).grantVersion).toBe(first);
    await write(record);
    const withSegments = (await newsOf(id)).grantVersion;
    expect(withSegments).toBeGreaterThan(first);
    // lost and found again: the same place
    world.sfu.publish(id, null);
    await expect.poll(async () => (await newsOf(id)).state).toBe("reconnecting");
    expect((await newsOf(id)).grantVersion).toBe(withSegments);
    await world.store.update(id, { mode: "crowd" });
    expect((await newsOf(id)).grantVersion).toBeGreaterThan(withSegments);
  });
});
