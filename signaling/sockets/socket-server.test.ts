import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { pino } from "pino";
import { io, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ShoalError } from "#common/errors.ts";
import type { ServerEvents, VideoProgress } from "#common/videos/video-events.ts";
import { createVideoEvents, type VideoEvents } from "../videos/video-events.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import { createMemoryVideoStore, makeUserId } from "../videos/videos.store.memory.ts";
import { openSocketServer, type SocketServer } from "./socket-server.ts";
import { isOwnOrigin, maxRefusalsPerAddress, toCookie } from "./sockets.rules.ts";

type Page = Socket<ServerEvents, Record<string, never>>;

const ownerId = makeUserId();
let server: Server;
let sockets: SocketServer;
let events: VideoEvents;
let url: string;
let pages: Page[];
let ended: Set<string>;
let isAway: boolean;
let askedCount: number;
let tellChange: (id?: string) => void;

beforeEach(async () => {
  pages = [];
  ended = new Set(["expired"]);
  isAway = false;
  askedCount = 0;
  events = createVideoEvents((error) => {
    throw error;
  });
  server = createServer((_request, response) => response.writeHead(404).end());
  sockets = openSocketServer({
    server,
    publicUrl: "https://shoal.test",
    cookieName: "shoal_session",
    verifyToken: async (token): Promise<Viewer> => {
      askedCount += 1;
      if (isAway) throw new ShoalError("service.unavailable", "Try again.");
      if (ended.has(token)) throw new ShoalError("auth.invalid_token", "Log in again.");
      if (token.startsWith("good")) return { id: ownerId, role: "creator" };
      return token === "other" ? { id: makeUserId(), role: "viewer" } : null;
    },
    onAccountChange: (listener) => {
      tellChange = listener;
    },
    subscribe: events.subscribe,
    progressOf: (record) => record.progress,
    toAddress: ({ socket }) => socket.remoteAddress ?? "",
    log: pino({ level: "silent" }),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = address && typeof address === "object" ? `http://127.0.0.1:${address.port}` : "";
});
afterEach(async () => {
  for (const page of pages) page.disconnect();
  await sockets.close();
  server.closeAllConnections();
  server.close();
});

/** Connects and answers what came first: the connection, or the reason why there is none. */
async function connect(options: {
  token?: string;
  headers?: Record<string, string>;
}): Promise<[Page, string]> {
  const page: Page = io(url, {
    path: "/socket",
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    auth: options.token ? { token: options.token } : {},
    extraHeaders: options.headers ?? {},
  });
  pages.push(page);
  const outcome = await new Promise<string>((resolve) => {
    page.on("connect", () => resolve("connected"));
    page.on("connect_error", (error) => resolve(error.message));
  });
  return [page, outcome];
}

async function makeRecord(facts: Partial<VideoRecord> = {}): Promise<VideoRecord> {
  const store = createMemoryVideoStore();
  const video = { title: "A", description: "", tags: [], language: "" };
  const record = await store.create({ ...video, ownerId, category: "other", visibility: "private" });
  return { ...record, ...facts };
}

function nextProgress(page: Page): Promise<VideoProgress> {
  return new Promise((resolve) => page.once("video.progressed", resolve));
}

describe("refusals", () => {
  it.each([
    ["without a token", {}],
    ["with a bad token", { token: "bad" }],
  ])("%s", async (_name, options) => {
    expect((await connect(options))[1]).toBe("auth.required");
  });

  it("with an expired token", async () => {
    expect((await connect({ token: "expired" }))[1]).toBe("auth.invalid_token");
  });

  it("from another origin", async () => {
    const headers = { origin: "https://elsewhere.test", cookie: "shoal_session=good" };
    expect((await connect({ headers }))[1]).not.toBe("connected");
  });

  it("of one connection that tries many tokens: one is looked at", async () => {
    const raw = new WebSocket(`${url.replace("http", "ws")}/socket/?EIO=4&transport=websocket`);
    await once(raw, "open");
    const closed = once(raw, "close");
    for (let at = 0; at < 50; at++) raw.send(`40{"token":"guess-${at}"}`);
    await closed;
    expect(askedCount).toBe(1);
  });

  it("of an address that has tried too often, for a while", async () => {
    for (let at = 0; at < maxRefusalsPerAddress; at++) await connect({ token: "expired" });
    askedCount = 0;
    expect((await connect({ token: "good" }))[1]).not.toBe("connected");
    expect(askedCount).toBe(0);
  });
});

describe("a page", () => {
  it("connects with its cookie from its own origin", async () => {
    const headers = { origin: "https://shoal.test", cookie: "a=b; shoal_session=good" };
    expect((await connect({ headers }))[1]).toBe("connected");
  });

  it("hears of its owner's videos alone, and the same news once", async () => {
    const [mine] = await connect({ token: "good" });
    const [others] = await connect({ token: "other" });
    const heard: string[] = [];
    others.onAny((name: string) => heard.push(name));
    const record = await makeRecord({ state: "encoding", progress: 0.25, step: "720p" });

    const first = nextProgress(mine);
    events.emit({ kind: "changed", record });
    const { id: videoId } = record;
    expect(await first).toEqual({ videoId, state: "encoding", progress: 0.25, step: "720p" });

    const news: VideoProgress[] = [];
    mine.on("video.progressed", (data) => news.push(data));
    const deleted = new Promise((resolve) => mine.once("video.deleted", resolve));
    events.emit({ kind: "changed", record: { ...record, viewCount: 7 } });
    events.emit({
      kind: "changed",
      record: { ...record, state: "failed", errorCode: "encode.empty", errorMessage: "Nothing in it." },
    });
    events.emit({ kind: "removed", videoId, ownerId });
    expect(await deleted).toEqual({ videoId });
    expect(news).toMatchObject([
      { state: "failed", error: { code: "encode.empty", message: "Nothing in it." } },
    ]);
    expect(heard).toEqual([]);
  });

  it("hears how far an upload in another page is", async () => {
    const [page] = await connect({ token: "good" });
    const { id: videoId } = await makeRecord();
    const news = nextProgress(page);
    sockets.tellUpload({ videoId, ownerId, progress: 0.5 });
    expect(await news).toMatchObject({ videoId, state: "uploading", progress: 0.5 });
  });

  it("is disconnected when its owner logs out, and other pages of the owner are not", async () => {
    const [leaving] = await connect({ token: "good-1" });
    const [staying] = await connect({ token: "good-2" });
    const left = new Promise((resolve) => leaving.once("disconnect", resolve));
    sockets.disconnectToken("good-1");
    expect(await left).toBe("io server disconnect");
    expect(staying.connected).toBe(true);
  });

  it.each([
    ["the password of its account was changed", ownerId],
    ["changes may have been missed", undefined],
  ])("is let go when its token has ended, because %s", async (_why, changed) => {
    const [ending] = await connect({ token: "good-1" });
    const [staying] = await connect({ token: "good-2" });
    const left = new Promise((resolve) => ending.once("disconnect", resolve));
    ended.add("good-1");
    tellChange(changed);
    // not by our word: then a page that has a new token would not come back by itself
    expect(await left).toBe("transport close");
    const news = nextProgress(staying);
    events.emit({ kind: "changed", record: await makeRecord({ state: "queued" }) });
    expect(await news).toMatchObject({ state: "queued" });
  });

  it("stays while nobody can say whether its token has ended", async () => {
    const [page] = await connect({ token: "good" });
    isAway = true;
    tellChange();
    const news = nextProgress(page);
    events.emit({ kind: "changed", record: await makeRecord({ state: "queued" }) });
    expect(await news).toMatchObject({ state: "queued" });
  });
});

it.each([
  [undefined, "shoal.test", true],
  ["https://shoal.test", "internal:3000", true],
  ["http://localhost:3000", "localhost:3000", true],
  ["https://elsewhere.test", "shoal.test", false],
  ["null", "shoal.test", false],
  ["https://shoal.test.elsewhere.test", "shoal.test", false],
])("origin %s at host %s: %s", (origin, host, isOwn) => {
  expect(isOwnOrigin(origin, host, "https://shoal.test")).toBe(isOwn);
});

it("reads cookies", () => {
  expect(toCookie("a=1; shoal_session=x%20y; b=2", "shoal_session")).toBe("x y");
  expect(toCookie("shoal_session=%E0%A4%A", "shoal_session")).toBeUndefined();
  expect(toCookie(undefined, "shoal_session")).toBeUndefined();
});
