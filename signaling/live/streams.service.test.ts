import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import type { UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import {
  type CreatedStream,
  createStreamInputSchema,
  type StreamId,
  streamQuerySchema,
} from "#common/live/stream.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import type { LiveFacts } from "./live-facts.ts";
import type { StreamChanges } from "./stream-record.ts";
import { maxTargetsPerStream } from "./stream-targets.ts";
import {
  createStreamDesk,
  openStreamRecords,
  type StreamDesk,
  type StreamRecords,
  toRtmpUrl,
} from "./streams.room.ts";
import { createMemoryStreamStore, type MemoryStreamStore, makeStreamId } from "./streams.store.memory.ts";
import { createQuietLife } from "./testing/quiet-life.ts";

const absent = { code: "stream.not_found" };
const forbidden = { code: "auth.forbidden" };
const owner = makeAccount("creator");
const broadcastId = videoIdSchema.parse("b".repeat(15));

let nowMs: number;
let store: MemoryStreamStore;
let records: StreamRecords;
let desk: StreamDesk;
let facts: Partial<LiveFacts>;
let roles: Map<string, UserRole>;

function makeAccount(role: UserRole) {
  return { id: makeUserId(), role };
}

beforeEach(() => {
  nowMs = Date.parse("2036-01-01T00:00:00.000Z");
  const now = () => new Date(nowMs++);
  roles = new Map([[owner.id, "creator"]]);
  store = createMemoryStreamStore(now);
  records = openStreamRecords({
    store,
    feed: { isLive: () => true, on: () => () => {}, onReset: () => () => {} },
    secret: "a1".repeat(32),
    grantLifetimeSeconds: 3600,
    restreamPrivateHosts: false,
    roleOf: async (id) => roles.get(id),
    mayStream: (role) => role !== "viewer",
    log: pino({ level: "silent" }),
    lookup: async (host) => (host === "inner.example.org" ? ["10.0.0.1"] : ["203.0.113.7"]),
    now,
  });
  facts = {};
  desk = createStreamDesk({
    ...records,
    store,
    facts: createQuietLife({
      viewerCountOf: (id) => facts.viewerCountOf?.(id) ?? 0,
      targetStatesOf: (id) => facts.targetStatesOf?.(id) ?? new Map(),
      endBroadcast: async (id) => {
        if (!facts.endBroadcast) throw new ShoalError("stream.not_live", "It is not on air.");
        await facts.endBroadcast(id);
      },
    }),
    findChannels: async (ids) =>
      new Map([...ids].map((id) => [id, { id, handle: "owner", displayName: "Owner" }])),
    mayStream: (role) => role !== "viewer",
    maxStreamsPerAccount: 3,
    publicUrl: "https://shoal.test",
    rtmpUrl: toRtmpUrl("https://shoal.test", 1935),
    toIceServers: () => [{ urls: "stun:shoal.test" }],
    log: pino({ level: "silent" }),
    now,
  });
});

const make = (input: Partial<Parameters<typeof createStreamInputSchema.parse>[0]> & object = {}) =>
  desk.streams.create(owner, createStreamInputSchema.parse({ title: "Reef cam", ...input }));

/** Leads a stream on, as its life does. */
async function lead(id: StreamId, changes: StreamChanges): Promise<void> {
  await records.keeper.write(id, changes);
}

const target = { name: "There", url: "rtmp://live.example.org/app", key: "live_key_1" };

describe("refusals", () => {
  it("knows no private stream for others", async () => {
    const { id } = await make({ visibility: "private" });
    const { streams } = desk;
    for (const viewer of [null, makeAccount("viewer"), makeAccount("creator")]) {
      await expect(streams.get(viewer, id)).rejects.toMatchObject(absent);
      await expect(streams.findFor(viewer, id)).rejects.toMatchObject(absent);
    }
    await expect(streams.get(owner, makeStreamId())).rejects.toMatchObject(absent);
  });

  it("lets nobody but owner and moderators change a stream that all can see", async () => {
    const { id } = await make();
    const { streams } = desk;
    const stranger = makeAccount("creator");
    const added = await streams.addTarget(owner, id, target);
    for (const refused of [
      streams.getOwn(stranger, id),
      streams.update(stranger, id, { title: "Mine" }),
      streams.remove(stranger, id),
      streams.rollKey(stranger, id),
      streams.publish(stranger, id),
      streams.end(stranger, id),
      streams.addTarget(stranger, id, target),
      streams.setTarget(stranger, id, added.id, { isEnabled: false }),
      streams.removeTarget(stranger, id, added.id),
    ]) {
      await expect(refused).rejects.toMatchObject(absent);
    }
  });

  it("lets moderators do nothing that needs the owner's hand", async () => {
    const { id } = await make();
    const { streams } = desk;
    const added = await streams.addTarget(owner, id, target);
    for (const keeper of [makeAccount("moderator"), makeAccount("admin")]) {
      for (const refused of [
        streams.rollKey(keeper, id),
        streams.publish(keeper, id),
        streams.addTarget(keeper, id, target),
        streams.setTarget(keeper, id, added.id, { isEnabled: false }),
        streams.removeTarget(keeper, id, added.id),
      ]) {
        await expect(refused).rejects.toMatchObject(forbidden);
      }
      expect((await streams.update(keeper, id, { title: "Tidy" })).title).toBe("Tidy");
    }
  });

  it("takes no stream of who may not stream, and no more than an account may have", async () => {
    const input = createStreamInputSchema.parse({ title: "Reef cam" });
    await expect(desk.streams.create(makeAccount("viewer"), input)).rejects.toMatchObject(forbidden);
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => make()));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    await expect(make()).rejects.toMatchObject({ code: "stream.too_many" });
  });

  it("gives an owner who may not stream any more no ticket", async () => {
    const { id } = await make();
    await expect(desk.streams.publish({ ...owner, role: "viewer" }, id)).rejects.toMatchObject(forbidden);
  });

  it("announces nothing for the past", async () => {
    const past = { scheduledAt: "2035-12-31T23:00:00Z" };
    await expect(make(past)).rejects.toMatchObject({ code: "request.invalid" });
    const { id } = await make({ scheduledAt: "2036-01-01T01:00:00Z" });
    await expect(desk.streams.update(owner, id, past)).rejects.toMatchObject({ code: "request.invalid" });
    // a form that is sent again after the time has come changes nothing about it
    nowMs = Date.parse("2036-01-01T02:00:00Z");
    const again = { title: "Still", scheduledAt: "2036-01-01T01:00:00Z" };
    expect((await desk.streams.update(owner, id, again)).title).toBe("Still");
  });

  it.each([
    { ...target, url: "http://live.example.org/app" },
    { ...target, url: "rtmp://me:secret@live.example.org/app" },
    { ...target, url: "rtmp://127.0.0.1/app" },
    { ...target, url: "rtmps://localhost/app" },
    { ...target, url: "rtmp://inner.example.org/app" },
    { ...target, key: "a key" },
  ])("sends no stream to %o", async (bad) => {
    const { id } = await make();
    await expect(desk.streams.addTarget(owner, id, bad)).rejects.toMatchObject({ code: "stream.bad_target" });
    expect((await desk.streams.getOwn(owner, id)).targets).toEqual([]);
  });

  it("sends no stream to more than ten places", async () => {
    const { id } = await make();
    const added = await Promise.allSettled(
      Array.from({ length: maxTargetsPerStream + 3 }, () => desk.streams.addTarget(owner, id, target)),
    );
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(maxTargetsPerStream);
    for (const result of added.filter(({ status }) => status === "rejected")) {
      expect(result).toMatchObject({ reason: { code: "stream.bad_target" } });
    }
  });

  it("ends nothing that is not on air", async () => {
    const { id } = await make();
    await expect(desk.streams.end(owner, id)).rejects.toMatchObject({ code: "stream.not_live" });
  });
});

describe("a stream", () => {
  it("is made with a key that is shown once", async () => {
    const created: CreatedStream = await make({ scheduledAt: "2036-02-01T10:00:00Z" });
    const { id, streamKey } = created;
    expect(created).toEqual({
      id,
      streamKey,
      whipUrl: `https://shoal.test/whip/${id}`,
      rtmpUrl: "rtmp://shoal.test/live",
    });
    const own = await desk.streams.getOwn(owner, id);
    expect(own).toMatchObject({
      title: "Reef cam",
      visibility: "public",
      state: "idle",
      mode: "realtime",
      category: "other",
      scheduledAt: "2036-02-01T10:00:00.000Z",
      isRecorded: true,
      peersAllowed: true,
      dvrWindowSeconds: 1800,
      reconnectWindowSeconds: 60,
      keyHint: streamKey.slice(-4),
      ingest: null,
      targets: [],
      channel: { handle: "owner" },
    });
    expect(JSON.stringify([own, await desk.streams.mine(owner, 1)])).not.toContain(streamKey);
    expect((await records.keys.verify(streamKey)).id).toBe(id);
  });

  it("shows others nothing of its keeping", async () => {
    const { id } = await make();
    const seen = await desk.streams.get(null, id);
    for (const field of ["keyHint", "whipUrl", "rtmpUrl", "targets", "ingest", "isRecorded"]) {
      expect(seen).not.toHaveProperty(field);
    }
  });

  it("is changed in what is named", async () => {
    const { id } = await make({ description: "Fish." });
    const changed = await desk.streams.update(owner, id, { mode: "crowd", dvrWindowSeconds: 0 });
    expect(changed).toMatchObject({
      mode: "crowd",
      dvrWindowSeconds: 0,
      description: "Fish.",
      title: "Reef cam",
    });
    const scheduled = await desk.streams.update(owner, id, { scheduledAt: "2036-03-01T10:00:00Z" });
    expect(scheduled.scheduledAt).toBe("2036-03-01T10:00:00.000Z");
    expect((await desk.streams.update(owner, id, { scheduledAt: null })).scheduledAt).toBeNull();
  });

  it("tells at once that it is private now", async () => {
    const { id } = await make();
    await lead(id, { state: "live", broadcastId });
    const heard: unknown[] = [];
    records.keeper.subscribe((event) => {
      if (event.kind === "changed") heard.push([event.before?.visibility, event.record.visibility]);
    });
    await desk.streams.update(owner, id, { visibility: "private" });
    expect(heard).toEqual([["public", "private"]]);
    await expect(desk.streams.get(null, id)).rejects.toMatchObject(absent);
  });

  it("refuses its old key from the moment that there is a new one", async () => {
    const { id, streamKey } = await make();
    const rolled = await desk.streams.rollKey(owner, id);
    expect(rolled.streamKey).not.toBe(streamKey);
    await expect(records.keys.verify(streamKey)).rejects.toMatchObject({ code: "stream.wrong_key" });
    expect((await records.keys.admit(id, rolled.streamKey)).id).toBe(id);
    expect((await desk.streams.getOwn(owner, id)).keyHint).toBe(rolled.streamKey.slice(-4));
  });

  it("gives its owner a ticket to go live with", async () => {
    const { id } = await make();
    const ticket = await desk.streams.publish(owner, id);
    expect(ticket).toMatchObject({ whipUrl: `/whip/${id}`, iceServers: [{ urls: "stun:shoal.test" }] });
    expect((await records.keys.admit(id, ticket.token)).id).toBe(id);
    roles.set(owner.id, "viewer");
    await expect(records.keys.admit(id, ticket.token)).rejects.toMatchObject(forbidden);
  });

  it("is ended before it is removed, and its recording closed", async () => {
    const { id } = await make();
    await lead(id, { state: "live", broadcastId });
    const steps: string[] = [];
    facts.endBroadcast = async () => {
      steps.push("end");
      await lead(id, { state: "ending" });
    };
    const removing = desk.streams.remove(owner, id).then(() => steps.push("removed"));
    await expect.poll(() => steps).toEqual(["end"]);
    steps.push("closed");
    await lead(id, { state: "idle", broadcastId: null });
    await removing;
    expect(steps).toEqual(["end", "closed", "removed"]);
    await expect(desk.streams.get(owner, id)).rejects.toMatchObject(absent);
  });

  it("goes with its account, as all others of it", async () => {
    const made = [await make(), await make(), await make({ visibility: "private" })];
    await desk.streams.removeAllOf(owner.id);
    for (const { id } of made) expect(await store.find(id)).toBeUndefined();
    expect(await desk.streams.mine(owner, 1)).toMatchObject({ items: [], totalCount: 0, pageCount: 0 });
  });
});

describe("restream targets", () => {
  it("are kept with their keys sealed, and handed to the encoder with them", async () => {
    const { id } = await make();
    const added = await desk.streams.addTarget(owner, id, target);
    expect(added).toEqual({
      id: added.id,
      name: "There",
      url: target.url,
      isEnabled: true,
      state: "idle",
      trouble: "",
    });
    expect(JSON.stringify(await store.listTargets(id))).not.toContain(target.key);
    expect(await records.targets.toOrders(id)).toEqual([{ id: added.id, url: target.url, key: target.key }]);
    facts.targetStatesOf = () => new Map([[added.id, { state: "waiting", trouble: "It hung up." }]]);
    expect((await desk.streams.getOwn(owner, id)).targets).toMatchObject([
      { state: "waiting", trouble: "It hung up." },
    ]);
  });

  it("are switched off and on, and removed", async () => {
    const { id } = await make();
    const { id: targetId } = await desk.streams.addTarget(owner, id, target);
    const events: string[] = [];
    records.keeper.subscribe(({ kind }) => events.push(kind));
    expect(await desk.streams.setTarget(owner, id, targetId, { isEnabled: false })).toMatchObject({
      state: "off",
    });
    expect(await records.targets.toOrders(id)).toEqual([]);
    await desk.streams.setTarget(owner, id, targetId, { isEnabled: true });
    expect(await records.targets.toOrders(id)).toHaveLength(1);
    await desk.streams.removeTarget(owner, id, targetId);
    expect(await records.targets.toOrders(id)).toEqual([]);
    expect(events).toEqual(["targets_changed", "targets_changed", "targets_changed"]);
    const gone = { code: "request.not_found" };
    await expect(desk.streams.removeTarget(owner, id, targetId)).rejects.toMatchObject(gone);
    await expect(desk.streams.setTarget(owner, id, targetId, { isEnabled: true })).rejects.toMatchObject(
      gone,
    );
  });

  it("of another stream are none of this one", async () => {
    const [first, second] = [await make(), await make()];
    const { id: targetId } = await desk.streams.addTarget(owner, first.id, target);
    const gone = { code: "request.not_found" };
    await expect(desk.streams.removeTarget(owner, second.id, targetId)).rejects.toMatchObject(gone);
    expect(await records.targets.toOrders(first.id)).toHaveLength(1);
  });
});

describe("lists", () => {
  const query = (some: object = {}) => streamQuerySchema.parse(some);
  const list = async (some: object = {}) =>
    (await desk.lists.list(query(some))).items.map(({ title }) => title);

  it("have what is public and on air, most viewers first", async () => {
    const [quiet, loud, hidden] = [
      await make({ title: "Quiet" }),
      await make({ title: "Loud", category: "music" }),
      await make({ title: "Hidden", visibility: "unlisted" }),
    ];
    expect(await list()).toEqual([]);
    for (const { id } of [quiet, loud, hidden]) await lead(id, { state: "live" });
    facts.viewerCountOf = (id) => (id === loud.id ? 7 : 1);
    expect(await list()).toEqual(["Loud", "Quiet"]);
    expect(await list({ category: "music" })).toEqual(["Loud"]);
    expect(await list({ channelId: owner.id, page: "1" })).toHaveLength(2);
    expect(await list({ channelId: makeUserId() })).toEqual([]);
    expect(await list({ page: 2 })).toEqual([]);
    expect(await desk.lists.list(query())).toMatchObject({ page: 1, pageCount: 1, totalCount: 2 });
    await lead(loud.id, { state: "ending" });
    await desk.streams.update(owner, quiet.id, { visibility: "private" });
    expect(await list()).toEqual([]);
  });

  it("have what is announced, soonest first", async () => {
    await make({ title: "Later", scheduledAt: "2036-01-03T00:00:00Z" });
    const sooner = await make({ title: "Sooner", scheduledAt: "2036-01-02T00:00:00Z" });
    expect(await list({ state: "scheduled" })).toEqual(["Sooner", "Later"]);
    await lead(sooner.id, { state: "live" });
    expect(await list({ state: "scheduled" })).toEqual(["Later"]);
  });

  it("are made once for a crowd, and anew when a stream changes", async () => {
    const { id } = await make();
    await lead(id, { state: "live" });
    let count = 0;
    facts.viewerCountOf = () => count++;
    const first = await Promise.all(Array.from({ length: 50 }, () => desk.lists.listJson(query())));
    expect(new Set(first).size).toBe(1);
    const made = count;
    expect(await desk.lists.listJson(query())).toBe(first[0]);
    expect(count).toBe(made);
    await desk.streams.update(owner, id, { title: "Kelp" });
    expect(await desk.lists.listJson(query())).toContain("Kelp");
  });
});

describe("the address for RTMP", () => {
  it.each([
    ["https://shoal.test", 1935, "rtmp://shoal.test/live"],
    ["http://shoal.test:3000", 1936, "rtmp://shoal.test:1936/live"],
    ["http://[::1]:3000", 1935, "rtmp://[::1]/live"],
    ["https://shoal.test", 0, null],
  ])("of %s with port %d is %s", (publicUrl, port, expected) => {
    expect(toRtmpUrl(publicUrl, port)).toBe(expected);
  });
});
