import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { pino } from "pino";
import { io, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { type LiveEvents, liveEvents, liveNamespace, type StreamReport } from "#common/live/live-events.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { openSocketServer, type SocketServer } from "../sockets/socket-server.ts";
import { maxRefusalsPerAddress } from "../sockets/sockets.rules.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import { type LiveSockets, openLiveSockets } from "./live-sockets.ts";
import { createStreamEvents } from "./stream-events.ts";
import type { StreamRecord } from "./stream-record.ts";
import { mayEdit, maySee, type Viewer } from "./streams.rules.ts";
import { createMemoryStreamStore } from "./streams.store.memory.ts";

type Page = Socket<LiveEvents, Record<string, (data: unknown, reply?: (answer: unknown) => void) => void>>;

const owner = { id: makeUserId(), role: "creator" } as const;
const viewer = { id: makeUserId(), role: "viewer" } as const;
const accounts: Record<string, NonNullable<Viewer>> = { owner, viewer };
const streamId = streamIdSchema.parse("streamaaaaaaaaa");
const otherId = streamIdSchema.parse("streambbbbbbbbb");

let server: Server;
let sockets: SocketServer;
let live: LiveSockets;
let url: string;
let pages: Page[];
let streams: Map<StreamId, StreamRecord>;
let events: ReturnType<typeof createStreamEvents>;
let isOnAir: boolean;
let reportCount: number;
let isAway: boolean;
let tellAccount: (id?: string) => void;

function makeStream(id: StreamId): Promise<StreamRecord> {
  return createMemoryStreamStore().create({
    id,
    ownerId: owner.id,
    title: "Herring, live",
    description: "",
    category: "other",
    language: "",
    visibility: "public",
    mode: "realtime",
    keyHint: "",
    keyHash: "",
    scheduledAt: null,
    isRecorded: true,
    dvrWindowSeconds: 1800,
    reconnectWindowSeconds: 60,
    peersAllowed: true,
  });
}

function change(patch: Partial<StreamRecord>): void {
  const before = streams.get(streamId);
  if (!before) throw new Error("no such stream");
  const record = { ...before, ...patch };
  streams.set(streamId, record);
  events.emit({ kind: "changed", record, before });
}

const report: StreamReport = {
  streamId,
  publisher: null,
  broadcast: null,
  realtimeViewerCount: 1,
  hlsViewerCount: 2,
};

beforeEach(async () => {
  pages = [];
  streams = new Map();
  for (const id of [streamId, otherId]) streams.set(id, await makeStream(id));
  events = createStreamEvents((error) => {
    throw error;
  });
  isOnAir = true;
  reportCount = 0;
  isAway = false;
  server = createServer((_request, response) => response.writeHead(404).end());
  const log = pino({ level: "silent" });
  sockets = openSocketServer({
    server,
    publicUrl: "https://shoal.test",
    cookieName: "shoal_session",
    async verifyToken(token) {
      if (isAway) throw new ShoalError("service.unavailable", "Try again.");
      const account = accounts[token.split("-")[0] ?? ""];
      if (!account) throw new ShoalError("auth.invalid_token", "Log in again.");
      return account;
    },
    onAccountChange: (listener) => {
      tellAccount = listener;
    },
    subscribe: () => () => undefined,
    progressOf: () => 0,
    toAddress: ({ socket }) => socket.remoteAddress ?? "",
    log,
  });
  const factsOf = (id: StreamId) => streams.get(id) ?? { ownerId: owner.id, visibility: "private" };
  live = openLiveSockets(sockets, {
    mayFollow: async (who, id) => streams.has(id) && maySee(who, factsOf(id)),
    mayHearReports: async (who, id) => mayEdit(who, factsOf(id)),
    async newsOf(id) {
      const record = streams.get(id);
      if (!record) return undefined;
      const { state, mode, title, broadcastId, lastVideoId, startedAt, scheduledAt } = record;
      return {
        ...{ streamId: id, state, mode, title, broadcastId, lastVideoId, startedAt, scheduledAt },
        viewerCount: live.watcherCountOf(id),
        reconnectUntil: null,
        grantVersion: 0,
      };
    },
    async reportOf() {
      reportCount += 1;
      return isOnAir ? report : undefined;
    },
    subscribe: events.subscribe,
    log,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = address && typeof address === "object" ? `http://127.0.0.1:${address.port}` : "";
});
afterEach(async () => {
  for (const page of pages) page.disconnect();
  await live.close();
  await sockets.close();
  server.closeAllConnections();
  server.close();
});

async function open(token?: string, reconnection = false): Promise<Page> {
  const page: Page = io(url + liveNamespace, {
    path: "/socket",
    transports: ["websocket"],
    reconnection,
    reconnectionDelay: 10,
    forceNew: true,
    auth: token ? { token } : {},
  });
  pages.push(page);
  await new Promise<void>((resolve, reject) => {
    page.once("connect", resolve);
    page.once("connect_error", reject);
  });
  return page;
}

const answerSchema = z.union([
  z.object({ ok: z.literal(true) }).transform(() => "ok"),
  z.object({ error: z.object({ code: z.string() }) }).transform(({ error }) => error.code),
]);
async function ask(page: Page, name: string, data: unknown): Promise<string> {
  return answerSchema.parse(await new Promise((resolve) => page.emit(name, data, resolve)));
}
const follow = (page: Page, id: StreamId = streamId, isWatching = true) =>
  ask(page, "stream.follow", { streamId: id, isWatching });
const next = <Name extends keyof LiveEvents>(page: Page, name: Name) =>
  new Promise<unknown>((resolve) => page.once<keyof LiveEvents>(name, resolve)).then((data) =>
    liveEvents[name].parse(data),
  );
const lost = (page: Page) => new Promise<string>((resolve) => page.once("disconnect", resolve));

async function eventually(isTrue: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 5000;
  while (!isTrue() && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isTrue()).toBe(true);
}

describe("refusals", () => {
  it("of a stream that is not there, or not for them", async () => {
    change({ visibility: "private" });
    const page = await open();
    expect(await follow(page)).toBe("stream.not_found");
    expect(await follow(await open("viewer"))).toBe("stream.not_found");
    expect(await follow(page, streamIdSchema.parse("absentaaaaaaaaa"))).toBe("stream.not_found");
    expect(live.watcherCountOf(streamId)).toBe(0);
    expect(await follow(await open("owner"))).toBe("ok");
  });

  it.each([
    ["another intent", "stream.explode", { streamId, isWatching: true }],
    ["no data", "stream.follow", null],
    ["half the data", "stream.follow", { streamId }],
    ["another shape", "stream.follow", { streamId: "../../etc", isWatching: true }],
    ["another name of the prototype", "constructor", {}],
  ])("of %s: the page is cut off", async (_what, name, data) => {
    const page = await open();
    const end = lost(page);
    expect(await ask(page, name, data)).toBe("request.invalid");
    expect(await end).toBe("io server disconnect");
  });

  it("of a flood: the page is cut off", async () => {
    const page = await open();
    const end = lost(page);
    for (let count = 0; count < 200; count++) page.emit("stream.follow", { streamId, isWatching: true });
    await end;
    await eventually(() => live.watcherCountOf(streamId) === 0);
  });

  it("of tokens that are tried, after a while; strangers without one are never counted", async () => {
    for (let count = 0; count < maxRefusalsPerAddress + 5; count++) (await open()).disconnect();
    for (let count = 0; count < maxRefusalsPerAddress; count++) (await open("guess")).disconnect();
    await expect(open()).rejects.toThrow();
  });

  it("of an account's page while the database is away: it comes back by itself", async () => {
    isAway = true;
    const connecting = open("owner", true);
    isAway = false;
    expect(await follow(await connecting)).toBe("ok");
  });
});

describe("a page that follows", () => {
  it("hears how the stream stands, and at once what changes", async () => {
    const page = await open();
    const first = next(page, "stream.changed");
    expect(await follow(page)).toBe("ok");
    expect(await first).toMatchObject({ state: "idle", title: "Herring, live" });
    const second = next(page, "stream.changed");
    change({ state: "live" });
    expect(await second).toMatchObject({ state: "live" });
  });

  it("hears of one stream at a time, and of none after it has stopped", async () => {
    const page = await open();
    const heard: unknown[] = [];
    await follow(page);
    await follow(page, otherId);
    page.on("stream.changed", (news) => heard.push(news.streamId));
    expect([live.watcherCountOf(streamId), live.watcherCountOf(otherId)]).toEqual([0, 1]);
    change({ title: "Not for this page" });
    expect(await ask(page, "stream.unfollow", { streamId })).toBe("ok");
    expect(live.watcherCountOf(otherId)).toBe(1);
    expect(await ask(page, "stream.unfollow", { streamId: otherId })).toBe("ok");
    expect(live.watcherCountOf(otherId)).toBe(0);
    expect(heard).not.toContain(streamId);
  });

  it("is told that the stream is gone, and hears no more of it", async () => {
    const page = await open();
    await follow(page);
    const gone = next(page, "stream.gone");
    streams.delete(streamId);
    events.emit({ kind: "removed", streamId, ownerId: owner.id });
    expect(await gone).toEqual({ streamId });
    expect(live.watcherCountOf(streamId)).toBe(0);
  });

  it("leaves when the stream becomes private, and its owner stays", async () => {
    const [stranger, mine] = [await open(), await open("owner")];
    await follow(stranger);
    await follow(mine);
    const gone = next(stranger, "stream.gone");
    change({ visibility: "private" });
    expect(await gone).toEqual({ streamId });
    expect(live.watcherCountOf(streamId)).toBe(1);
    const news = next(mine, "stream.changed");
    change({ title: "Among ourselves" });
    expect(await news).toMatchObject({ title: "Among ourselves" });
  });

  it("is looked at again when changes may have been missed", async () => {
    const page = await open();
    await follow(page);
    const record = streams.get(streamId);
    if (record) streams.set(streamId, { ...record, visibility: "private" });
    const gone = next(page, "stream.gone");
    events.emit({ kind: "reset" });
    expect(await gone).toEqual({ streamId });
  });

  it("loses a private stream with its session, and comes back as a stranger", async () => {
    const page = await open("owner-1", true);
    change({ visibility: "private" });
    await follow(page);
    const end = lost(page);
    sockets.disconnectToken("owner-1");
    // not by our word: then it would not come back
    expect(await end).toBe("transport close");
    page.auth = {};
    await new Promise<void>((resolve) => page.once("connect", resolve));
    expect(await follow(page)).toBe("stream.not_found");
  });

  it("loses what it may not hear any more when its account changes", async () => {
    const moderator = { id: makeUserId(), role: "moderator" } as const;
    accounts.moderator = moderator;
    const page = await open("moderator");
    change({ visibility: "private" });
    expect(await follow(page)).toBe("ok");
    await next(page, "stream.reported");
    const gone = next(page, "stream.gone");
    accounts.moderator = { ...moderator, role: "viewer" };
    tellAccount(moderator.id);
    expect(await gone).toEqual({ streamId });
  });
});

describe("viewers", () => {
  it("count once however many pages they have, and not when they only listen", async () => {
    const open2 = await Promise.all([open("viewer"), open("viewer-2"), open(), open(), open("owner")]);
    const [first, second, stranger, other, mine] = open2;
    await Promise.all([first, second, stranger, other].map((page) => follow(page)));
    await follow(mine, streamId, false);
    expect(live.watcherCountOf(streamId)).toBe(3);
    await follow(other, streamId, false);
    first.disconnect();
    await eventually(() => live.watcherCountOf(streamId) === 2);
    second.disconnect();
    stranger.disconnect();
    await eventually(() => live.watcherCountOf(streamId) === 0);
  });

  it("are told in one go after a while", async () => {
    const page = await open();
    const counts: number[] = [];
    page.on("stream.changed", ({ viewerCount }) => counts.push(viewerCount));
    await follow(page);
    await eventually(() => counts.length > 0);
    const others = await Promise.all(Array.from({ length: 8 }, () => open()));
    await Promise.all(others.map((other) => follow(other)));
    await eventually(() => counts.includes(9));
    expect(counts.length).toBeLessThanOrEqual(3);
  });
});

describe("reports", () => {
  it("go to the owner and those who keep order, and to nobody else", async () => {
    const [mine, others] = [await open("owner"), await open("viewer")];
    const heard: string[] = [];
    others.onAny((name: string) => heard.push(name));
    await follow(others);
    await follow(mine, streamId, false);
    expect(await next(mine, "stream.reported")).toEqual(report);
    expect(await next(mine, "stream.reported")).toEqual(report);
    expect(heard).not.toContain("stream.reported");
  });

  it("are silent off air", async () => {
    isOnAir = false;
    const mine = await open("owner");
    const heard: string[] = [];
    mine.onAny((name: string) => heard.push(name));
    await follow(mine, streamId, false);
    await eventually(() => reportCount > 0);
    expect(heard).not.toContain("stream.reported");
    isOnAir = true;
    await next(mine, "stream.reported");
  });
});
