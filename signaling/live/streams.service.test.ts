import { beforeEach, describe, expect, it } from "vitest";
import { type CreatedStream, createStreamInputSchema } from "#common/live/stream.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { toRtmpUrl } from "./streams.room.ts";
import { makeStreamId } from "./streams.store.memory.ts";
import { type MemoryDesk, makeAccount, maxStreamsPerAccount, openMemoryDesk } from "./testing/memory-desk.ts";

const absent = { code: "stream.not_found" };
const forbidden = { code: "auth.forbidden" };
const broadcastId = videoIdSchema.parse("b".repeat(15));
const target = { name: "There", url: "rtmp://live.example.org/app", key: "live_key_1" };

let desk: MemoryDesk;
let owner: MemoryDesk["owner"];
beforeEach(() => {
  desk = openMemoryDesk();
  owner = desk.owner;
});

describe("refusals", () => {
  it("knows no private stream for others", async () => {
    const { id } = await desk.make({ visibility: "private" });
    const { streams } = desk;
    for (const viewer of [null, makeAccount("viewer"), makeAccount("creator")]) {
      await expect(streams.get(viewer, id)).rejects.toMatchObject(absent);
      await expect(streams.findFor(viewer, id)).rejects.toMatchObject(absent);
    }
    await expect(streams.get(owner, makeStreamId())).rejects.toMatchObject(absent);
  });

  it("lets nobody but owner and moderators change a stream that all can see", async () => {
    const { id } = await desk.make();
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
    const { id } = await desk.make();
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
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => desk.make()));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(maxStreamsPerAccount);
    await expect(desk.make()).rejects.toMatchObject({ code: "stream.too_many" });
  });

  it("gives an owner who may not stream any more no ticket", async () => {
    const { id } = await desk.make();
    await expect(desk.streams.publish({ ...owner, role: "viewer" }, id)).rejects.toMatchObject(forbidden);
  });

  it("announces nothing for the past", async () => {
    const past = { scheduledAt: "2035-12-31T23:00:00Z" };
    await expect(desk.make(past)).rejects.toMatchObject({ code: "request.invalid" });
    const { id } = await desk.make({ scheduledAt: "2036-01-01T01:00:00Z" });
    await expect(desk.streams.update(owner, id, past)).rejects.toMatchObject({ code: "request.invalid" });
    // a form that is sent again after the time has come changes nothing about it
    desk.clock.nowMs = Date.parse("2036-01-01T02:00:00Z");
    const again = { title: "Still", scheduledAt: "2036-01-01T01:00:00Z" };
    expect((await desk.streams.update(owner, id, again)).title).toBe("Still");
  });

  it("ends nothing that is not on air", async () => {
    const { id } = await desk.make();
    await expect(desk.streams.end(owner, id)).rejects.toMatchObject({ code: "stream.not_live" });
  });
});

describe("a stream", () => {
  it("is made with a key that is shown once", async () => {
    const created: CreatedStream = await desk.make({ scheduledAt: "2036-02-01T10:00:00Z" });
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
    expect((await desk.records.keys.verify(streamKey)).id).toBe(id);
  });

  it("shows others nothing of its keeping", async () => {
    const { id } = await desk.make();
    const seen = await desk.streams.get(null, id);
    for (const field of ["keyHint", "whipUrl", "rtmpUrl", "targets", "ingest", "isRecorded"]) {
      expect(seen).not.toHaveProperty(field);
    }
  });

  it("is changed in what is named", async () => {
    const { id } = await desk.make({ description: "Fish." });
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
    const { id } = await desk.make();
    await desk.lead(id, { state: "live", broadcastId });
    const heard: unknown[] = [];
    desk.records.keeper.subscribe((event) => {
      if (event.kind === "changed") heard.push([event.before?.visibility, event.record.visibility]);
    });
    await desk.streams.update(owner, id, { visibility: "private" });
    expect(heard).toEqual([["public", "private"]]);
    await expect(desk.streams.get(null, id)).rejects.toMatchObject(absent);
  });

  it("refuses its old key from the moment that there is a new one", async () => {
    const { id, streamKey } = await desk.make();
    const rolled = await desk.streams.rollKey(owner, id);
    expect(rolled.streamKey).not.toBe(streamKey);
    await expect(desk.records.keys.verify(streamKey)).rejects.toMatchObject({ code: "stream.wrong_key" });
    expect((await desk.records.keys.admit(id, rolled.streamKey)).id).toBe(id);
    expect((await desk.streams.getOwn(owner, id)).keyHint).toBe(rolled.streamKey.slice(-4));
  });

  it("gives its owner a ticket to go live with", async () => {
    const { id } = await desk.make();
    const ticket = await desk.streams.publish(owner, id);
    expect(ticket).toMatchObject({ whipUrl: `/whip/${id}`, iceServers: [{ urls: "stun:shoal.test" }] });
    expect((await desk.records.keys.admit(id, ticket.token)).id).toBe(id);
    desk.roles.set(owner.id, "viewer");
    await expect(desk.records.keys.admit(id, ticket.token)).rejects.toMatchObject(forbidden);
  });

  it("is ended before it is removed, and its recording closed", async () => {
    const { id } = await desk.make();
    await desk.lead(id, { state: "live", broadcastId });
    const steps: string[] = [];
    desk.facts.endBroadcast = async () => {
      steps.push("end");
      await desk.lead(id, { state: "ending" });
    };
    const removing = desk.streams.remove(owner, id).then(() => steps.push("removed"));
    await expect.poll(() => steps).toEqual(["end"]);
    steps.push("closed");
    await desk.lead(id, { state: "idle", broadcastId: null });
    await removing;
    expect(steps).toEqual(["end", "closed", "removed"]);
    await expect(desk.streams.get(owner, id)).rejects.toMatchObject(absent);
  });

  it("goes with its account, as all others of it", async () => {
    const made = [await desk.make(), await desk.make(), await desk.make({ visibility: "private" })];
    await desk.streams.removeAllOf(owner.id);
    for (const { id } of made) expect(await desk.store.find(id)).toBeUndefined();
    expect(await desk.streams.mine(owner, 1)).toMatchObject({ items: [], totalCount: 0, pageCount: 0 });
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
