import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type UserId, userIdSchema } from "#common/accounts/user.ts";
import { videoQuerySchema } from "#common/discovery/video-query.ts";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import { loadConfig } from "#common/node/config.ts";
import { createPocketBaseFeed, type PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import type { VideoId } from "#common/videos/video.ts";
import { callTus, codeOf, toLengthHeader } from "../upload/testing/tus-calls.ts";
import { uploadConfig } from "../upload/upload.config.ts";
import { createPocketBaseJobOrders } from "./job-orders.ts";
import { openVideosRoom, type VideosRoom } from "./videos.room.ts";
import { createPocketBaseVideoStore } from "./videos.store.pocketbase.ts";

const log = pino({ level: "silent" });
const app = fastify({ forceCloseConnections: true });
const registry = new Registry();
let pocketbase: TestPocketBase;
let feed: PocketBaseFeed;
let directory: string;
let storage: Storage;
let room: VideosRoom;
let owner: { id: UserId; role: "creator" };
let url: string;

beforeAll(async () => {
  pocketbase = await startTestPocketBase();
  directory = await mkdtemp(join(tmpdir(), "shoal-videos-"));
  storage = await openFileStorage(join(directory, "storage"));
  const { service } = pocketbase;
  feed = createPocketBaseFeed({ url: pocketbase.url, service, collections: ["videos", "users"], log });
  room = await openVideosRoom({
    config: loadConfig(uploadConfig, {}),
    dataDir: directory,
    publicUrl: "http://localhost:3000",
    store: createPocketBaseVideoStore(service),
    jobs: createPocketBaseJobOrders(service),
    storage,
    registry,
    log,
    feed,
    toPosterUrl: async () => null,
  });
  await feed.untilLive(10_000);
  await room.discovery.ready();
  owner = { id: await makeUser("owner"), role: "creator" };
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ShoalError) return reply.code(error.httpStatus).send(toErrorBody(error));
    return reply.code(500).send({ error: { code: "service.internal", message: String(error) } });
  });
  room.mount(app, async ({ headers }) => (headers.authorization === "Bearer owner" ? owner : null));
  url = await app.listen({ port: 0, host: "127.0.0.1" });
}, 60_000);

afterAll(async () => {
  await app.close();
  await room.close();
  await feed.close();
  await pocketbase.close();
  await rm(directory, { recursive: true, force: true });
});

async function makeUser(handle: string): Promise<UserId> {
  const client = await pocketbase.service.client();
  const password = "a long password";
  const email = `${handle}@shoal.test`;
  const account = { email, password, passwordConfirm: password, handle, role: "creator" };
  return userIdSchema.parse((await client.collection("users").create(account)).id);
}

/** What the encoder does. */
async function encode(id: VideoId, row: Record<string, unknown>): Promise<void> {
  const client = await pocketbase.service.client();
  await client.collection("videos").update(id, row);
}

async function make(): Promise<VideoId> {
  return (await room.videos.create(owner, { title: "Humpback whales", visibility: "public" })).id;
}

async function get(path: string): Promise<string> {
  const response = await fetch(`${url}${path}`);
  return response.ok ? `200 ${(await response.json()).title ?? ""}`.trim() : codeOf(response);
}

async function listed(query: string): Promise<number> {
  return (await room.discovery.list(videoQuerySchema.parse({ query }))).totalCount;
}

describe("what the encoder writes", () => {
  it("is seen, listed and published as soon as it can be watched, and hidden at once", async () => {
    const id = await make();
    expect(await get(`/api/videos/${id}`)).toBe("404 video.not_found");
    await encode(id, { state: "playable", durationSeconds: 12.5 });
    await expect.poll(() => get(`/api/videos/${id}`)).toBe("200 Humpback whales");
    await expect.poll(() => listed("humpback")).toBe(1);
    await expect.poll(async () => (await room.videos.get(null, id)).publishedAt).not.toBeNull();
    const list = await fetch(`${url}/api/videos?query=humpback`);
    expect((await list.json()).items[0]).toMatchObject({ id, durationSeconds: 12.5 });

    await room.videos.update(owner, id, { visibility: "private" });
    expect(await get(`/api/videos/${id}`)).toBe("404 video.not_found");
    expect(await listed("humpback")).toBe(0);
  });

  it("shows a channel's new name", async () => {
    const id = await make();
    await encode(id, { state: "ready" });
    await expect.poll(() => get(`/api/videos/${id}`)).toBe("200 Humpback whales");
    const client = await pocketbase.service.client();
    await client.collection("users").update(owner.id, { displayName: "Blue Planet" });
    await expect.poll(async () => (await room.videos.get(null, id)).channel.displayName).toBe("Blue Planet");
    await expect.poll(() => listed("planet")).toBe(1);
    await room.videos.remove(owner, id);
  });
});

describe("a removed video", () => {
  it("leaves nothing behind", async () => {
    const id = await make();
    const { headers } = await callTus(`${url}/upload/${id}`, "owner", {
      method: "POST",
      headers: toLengthHeader(5),
    });
    const address = new URL(headers.get("location") ?? "", url).href;
    const sent = await callTus(address, "owner", {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: new Uint8Array([1, 2, 3, 4, 5]),
    });
    expect(sent.status).toBe(204);
    await storage.put(storageLayout.media(id, "r1", "master-1.m3u8"), Buffer.from("#EXTM3U"));
    const client = await pocketbase.service.client();
    const ofVideo = { filter: client.filter("video = {:id}", { id }) };
    expect((await client.collection("jobs").getList(1, 10, ofVideo)).totalItems).toBe(1);
    const metrics = await registry.metrics();
    expect(metrics).toContain("shoal_upload_received_bytes_total 5");
    expect(metrics).toContain("shoal_uploads_in_flight 0");

    await room.videos.remove(owner, id);
    expect((await client.collection("jobs").getList(1, 10, ofVideo)).totalItems).toBe(0);
    expect((await client.collection("users").getOne(owner.id)).storedBytes).toBe(0);
    expect([await storage.list(`media/${id}`), await storage.list(`originals/${id}`)]).toEqual([[], []]);
    expect(await readdir(join(directory, "uploads"))).toEqual([]);
  });

  it("leaves nothing behind when somebody else removed the record", async () => {
    const id = await make();
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    const client = await pocketbase.service.client();
    await client.collection("videos").delete(id);
    await expect.poll(async () => (await storage.list("originals/")).length).toBe(0);
    expect(await get(`/api/videos/${id}`)).toBe("404 video.not_found");
  });
});

describe("a thumbnail", () => {
  const put = (id: VideoId, body: Uint8Array<ArrayBuffer>, token = "owner") =>
    fetch(`${url}/api/videos/${id}/thumbnail`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "image/png" },
      body,
    });

  it("is taken from its owner, and only if it is a picture of bearable size", async () => {
    const id = await make();
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
    expect(await codeOf(await put(id, png, "nobody"))).toBe("401 auth.required");
    expect(await codeOf(await put(id, new Uint8Array([1, 2, 3])))).toBe("422 upload.bad_image");
    expect(await codeOf(await put(id, new Uint8Array(10 * 1024 * 1024 + 1)))).toBe("413 upload.too_large");
    expect((await put(id, png)).status).toBe(200);
    expect(await storage.read(storageLayout.thumbnailSource(id))).toEqual(Buffer.from(png));
    await room.videos.remove(owner, id);
  });
});

describe("while the database is away", () => {
  it("says so, and never something wrong", async () => {
    const id = await make();
    await encode(id, { state: "ready" });
    await expect.poll(() => get(`/api/videos/${id}`)).toBe("200 Humpback whales");
    await pocketbase.kill();
    await expect.poll(() => feed.isLive()).toBe(false);
    expect(await get(`/api/videos/${id}`)).toBe("503 service.unavailable");
    expect(await get("/api/videos")).toBe("503 service.unavailable");
    await pocketbase.start();
    await expect.poll(() => get(`/api/videos/${id}`), { timeout: 10_000 }).toBe("200 Humpback whales");
    await expect.poll(() => feed.isLive(), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => listed("humpback"), { timeout: 10_000 }).toBe(1);
  }, 30_000);
});
