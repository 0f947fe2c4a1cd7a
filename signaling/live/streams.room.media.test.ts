import { fastify } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type UserId, userIdSchema } from "#common/accounts/user.ts";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import { createStreamInputSchema } from "#common/live/stream.ts";
import { createPocketBaseFeed, type PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { videoIdSchema } from "#common/videos/video.ts";
import { createPocketBaseVideoStore } from "../videos/videos.store.pocketbase.ts";
import type { StreamEvent } from "./stream-events.ts";
import { createStreamDesk, openStreamRecords, type StreamDesk, type StreamRecords } from "./streams.room.ts";
import { createPocketBaseStreamStore } from "./streams.store.pocketbase.ts";
import { createQuietLife } from "./testing/quiet-life.ts";

const log = pino({ level: "silent" });
const app = fastify({ forceCloseConnections: true });
let pocketbase: TestPocketBase;
let owner: { id: UserId; role: "creator" };
/** Two front desks over one database. */
let here: OneDesk;
let there: OneDesk;
let url: string;

interface OneDesk {
  readonly records: StreamRecords;
  readonly desk: StreamDesk;
  readonly feed: PocketBaseFeed;
  readonly events: StreamEvent[];
}

async function openDesk(): Promise<OneDesk> {
  const { service } = pocketbase;
  const collections = ["streams", "stream_targets"];
  const feed = createPocketBaseFeed({ url: pocketbase.url, service, collections, log });
  const store = createPocketBaseStreamStore(service);
  const records = openStreamRecords({
    store,
    feed,
    secret: "a1".repeat(32),
    grantLifetimeSeconds: 3600,
    restreamPrivateHosts: false,
    roleOf: async () => "creator",
    mayStream: () => true,
    log,
  });
  const channels = createPocketBaseVideoStore(service);
  const desk = createStreamDesk({
    ...records,
    store,
    facts: createQuietLife(),
    findChannels: async (ids) =>
      new Map((await channels.findChannels([...ids])).map((channel) => [channel.id, channel])),
    mayStream: () => true,
    maxStreamsPerAccount: 20,
    publicUrl: "http://shoal.test",
    rtmpUrl: null,
    toIceServers: () => [],
    log,
  });
  const events: StreamEvent[] = [];
  records.keeper.subscribe((event) => events.push(event));
  await feed.untilLive(10_000);
  return { records, desk, feed, events };
}

async function makeUser(handle: string): Promise<UserId> {
  const client = await pocketbase.service.client();
  const password = "a long password";
  const email = `${handle}@shoal.test`;
  const account = { email, password, passwordConfirm: password, handle, role: "creator" };
  return userIdSchema.parse((await client.collection("users").create(account)).id);
}

beforeAll(async () => {
  pocketbase = await startTestPocketBase();
  owner = { id: await makeUser("owner"), role: "creator" };
  here = await openDesk();
  there = await openDesk();
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ShoalError) return reply.code(error.httpStatus).send(toErrorBody(error));
    return reply.code(500).send({ error: { code: "service.internal", message: String(error) } });
  });
  here.desk.mount(app, async ({ headers }) => (headers.authorization === "Bearer owner" ? owner : null));
  url = await app.listen({ port: 0, host: "127.0.0.1" });
}, 60_000);

afterAll(async () => {
  await app.close();
  for (const { records, feed } of [here, there]) {
    await records.close();
    await feed.close();
  }
  await pocketbase.close();
});

const make = (input: object = {}, account = owner) =>
  here.desk.streams.create(account, createStreamInputSchema.parse({ title: "Reef cam", ...input }));
const broadcastId = videoIdSchema.parse("c".repeat(15));

describe("with two front desks", () => {
  it("what one writes the other hears at once: visibility, life, removal", async () => {
    const { id } = await make();
    expect((await there.desk.streams.get(null, id)).title).toBe("Reef cam");
    await here.desk.streams.update(owner, id, { visibility: "private" });
    await expect.poll(() => there.records.keeper.peek(id)?.visibility).toBe("private");
    await expect(there.desk.streams.get(null, id)).rejects.toMatchObject({ code: "stream.not_found" });

    await here.records.keeper.move(id, "idle", { state: "live", broadcastId });
    await expect.poll(async () => (await there.records.keeper.findByBroadcast(broadcastId))?.id).toBe(id);
    expect(await there.records.keeper.move(id, "idle", { state: "live" })).toBeUndefined();
    await here.records.keeper.move(id, "live", { state: "ending" });
    await here.records.keeper.move(id, "ending", { state: "idle", broadcastId: null });
    await here.desk.streams.remove(owner, id);
    await expect
      .poll(() => there.events)
      .toContainEqual({ kind: "removed", streamId: id, ownerId: owner.id });
  });

  it("of two who begin a broadcast at once one does", async () => {
    const { id } = await make();
    const moved = await Promise.all(
      [here, there, here, there].map(({ records }) => records.keeper.move(id, "idle", { state: "live" })),
    );
    expect(moved.filter((record) => record !== undefined)).toHaveLength(1);
    await here.records.keeper.move(id, "live", { state: "ending" });
    await here.records.keeper.move(id, "ending", { state: "idle" });
  });

  it("a key that one has rolled the other refuses", async () => {
    const { id, streamKey } = await make();
    expect((await there.records.keys.admit(id, streamKey)).id).toBe(id);
    const rolled = await here.desk.streams.rollKey(owner, id);
    await expect(there.records.keys.admit(id, streamKey)).rejects.toMatchObject({ code: "stream.wrong_key" });
    expect((await there.records.keys.admit(id, rolled.streamKey)).id).toBe(id);
  });

  it("targets that one adds the other sends to", async () => {
    const { id } = await make();
    expect(await there.records.targets.toOrders(id)).toEqual([]);
    const input = { name: "There", url: "rtmp://203.0.113.7/app", key: "live_key_1" };
    const { id: targetId } = await here.desk.streams.addTarget(owner, id, input);
    const order = { id: targetId, url: input.url, key: input.key };
    await expect.poll(() => there.records.targets.toOrders(id)).toEqual([order]);
    await here.desk.streams.removeTarget(owner, id, targetId);
    await expect.poll(() => there.records.targets.toOrders(id)).toEqual([]);
  });

  it("nobody hears a key or what is kept of one", async () => {
    const { id, streamKey } = await make();
    await here.desk.streams.addTarget(owner, id, {
      name: "There",
      url: "rtmp://203.0.113.7/app",
      key: "live_key_2",
    });
    await here.desk.streams.update(owner, id, { title: "Kelp" });
    await expect.poll(() => there.records.keeper.peek(id)?.title).toBe("Kelp");
    const heard = JSON.stringify([here.events, there.events, await there.desk.streams.getOwn(owner, id)]);
    expect(heard).not.toContain(streamKey.slice(-20));
    expect(heard).not.toMatch(/keyHash|keySealed|live_key/);
  });

  it("an account that goes takes its streams with it", async () => {
    const leaver = { id: await makeUser("leaver"), role: "creator" } as const;
    const { id } = await make({}, leaver);
    expect((await there.desk.streams.get(null, id)).channel.handle).toBe("leaver");
    const client = await pocketbase.service.client();
    await client.collection("users").delete(leaver.id);
    await expect
      .poll(() => there.events)
      .toContainEqual({ kind: "removed", streamId: id, ownerId: leaver.id });
    await expect(there.desk.streams.get(null, id)).rejects.toMatchObject({ code: "stream.not_found" });
  });
});

describe("plain HTTP", () => {
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, { headers });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it("gives no calendar entry of what is private, absent, or not announced", async () => {
    const hidden = await make({ visibility: "private", scheduledAt: "2036-03-01T20:30:00Z" });
    const plain = await make();
    for (const [path, status] of [
      [`/api/streams/${hidden.id}/calendar.ics`, 404],
      ["/api/streams/aaaaaaaaaaaaaaa/calendar.ics", 404],
      [`/api/streams/${plain.id}/calendar.ics`, 404],
      ["/api/streams/..%2f/calendar.ics", 400],
    ] as const) {
      expect((await ask(path)).status, path).toBe(status);
    }
    const own = await ask(`/api/streams/${hidden.id}/calendar.ics`, { authorization: "Bearer owner" });
    expect(own.status).toBe(200);
  });

  it("gives the calendar entry of what is announced", async () => {
    const { id } = await make({ title: "Reef, by night", scheduledAt: "2036-03-01T20:30:00Z" });
    const { status, headers, text } = await ask(`/api/streams/${id}/calendar.ics`);
    expect([status, headers.get("content-type")]).toEqual([200, "text/calendar; charset=utf-8"]);
    expect(headers.get("content-disposition")).toContain(".ics");
    expect(text).toContain("DTSTART:20360301T203000Z");
    expect(text).toContain("SUMMARY:Reef\\, by night");
    expect(text).toContain(`UID:stream-${id}@shoal.test`);
  });

  it("lists what is on air and announced", async () => {
    const { id } = await make({ title: "On air" });
    await there.records.keeper.move(id, "idle", { state: "live" });
    await expect.poll(async () => (await ask("/api/streams")).text).toContain("On air");
    expect((await ask("/api/streams?state=scheduled")).text).toContain("Reef, by night");
    expect((await ask("/api/streams?state=ended")).status).toBe(400);
    expect((await ask("/api/streams?page=0")).status).toBe(400);
  });
});

describe("while the database is away", () => {
  it("says so, and shows what is true as soon as it is back", async () => {
    const { id } = await make({ title: "Before" });
    await here.desk.streams.get(null, id);
    await pocketbase.kill();
    await expect.poll(() => here.feed.isLive()).toBe(false);
    const away = { code: "service.unavailable" };
    await expect(here.desk.streams.get(null, id)).rejects.toMatchObject(away);
    await expect(here.records.keeper.listOnAir()).rejects.toMatchObject(away);
    await pocketbase.start();
    const client = await pocketbase.service.client();
    await client.collection("streams").update(id, { title: "Meanwhile" });
    expect((await here.desk.streams.get(null, id)).title).toBe("Meanwhile");
    expect(await here.feed.untilLive(15_000)).toBe(true);
    expect((await here.desk.streams.get(null, id)).title).toBe("Meanwhile");
  });
});
