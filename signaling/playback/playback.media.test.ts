import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { type PlaybackGrant, playbackGrantSchema } from "#common/playback/playback-grant.ts";
import { type VideoId, type VideoVisibility, videoIdSchema } from "#common/videos/video.ts";
import { type FrontDesk, openFrontDesk, type TestAccount } from "../testing/front-desk.ts";
import { createGrants } from "./grants.ts";
import { toMediaUrl } from "./media-address.ts";
import { publishedFiles } from "./testing/playback-desk.ts";

const bearers = ["stranger", "viewer", "owner", "moderator", "admin", "logged out"] as const;
type Bearer = (typeof bearers)[number];
const revision = "r1";
const kinds = {
  master: "master-1.m3u8",
  segment: "360p/seg-00001.m4s",
  poster: "poster-640.jpg",
  caption: "captions/en.vtt",
  storyboard: "storyboard/sheet-1.jpg",
} as const;

describe("playback on a whole front desk", () => {
  let desk: FrontDesk;
  let storage: Storage;
  let accounts: Record<Exclude<Bearer, "stranger">, TestAccount>;
  beforeAll(async () => {
    desk = await openFrontDesk();
    storage = await openFileStorage(storageRoot(desk.dataDir));
    accounts = {
      viewer: await desk.makeAccount("viewer"),
      owner: await desk.makeAccount("creator"),
      moderator: await desk.makeAccount("moderator"),
      admin: await desk.makeAccount("admin"),
      "logged out": await desk.makeAccount("creator"),
    };
    await desk.ask("/api/users/logout", { method: "POST", token: accounts["logged out"].token });
  });
  afterAll(() => desk.close());

  const tokenOf = (bearer: Bearer) => (bearer === "stranger" ? {} : { token: accounts[bearer].token });
  const play = (bearer: Bearer, id: VideoId) =>
    desk.ask(`/api/videos/${id}/playback`, { method: "POST", ...tokenOf(bearer) });
  const grantOf = async (bearer: Bearer, id: VideoId): Promise<PlaybackGrant> =>
    playbackGrantSchema.parse((await play(bearer, id)).body);
  const fetchCode = async (url: string) => {
    const { status, code } = await desk.ask(url);
    return code || status;
  };

  /** A video as the encoder leaves it. */
  async function publish(visibility: VideoVisibility): Promise<VideoId> {
    const { token } = accounts.owner;
    const { body } = await desk.ask("/api/videos", { token, body: { title: "Herring", visibility } });
    const id = videoIdSchema.parse(typeof body === "object" && body && "id" in body && body.id);
    for (const [path, bytes] of Object.entries(publishedFiles)) {
      await storage.put(storageLayout.media(id, revision, path), Buffer.from(bytes));
    }
    const client = await desk.pocketbase.service.client();
    await client.collection("videos").update(id, {
      state: "ready",
      durationSeconds: 100,
      revision,
      masterName: kinds.master,
      posterRevision: revision,
      hasStoryboard: true,
      captions: [{ key: "en", language: "en", label: "English" }],
    });
    const giveUpAt = Date.now() + 10_000;
    while ((await play("owner", id)).status !== 200 && Date.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return id;
  }

  const table: Array<[VideoVisibility, Bearer, string | 200]> = [
    ["private", "stranger", "video.not_found"],
    ["private", "viewer", "video.not_found"],
    ["private", "logged out", "auth.invalid_token"],
    ["unlisted", "logged out", "auth.invalid_token"],
    ["public", "logged out", "auth.invalid_token"],
    ["private", "owner", 200],
    ["private", "moderator", 200],
    ["private", "admin", 200],
    ["unlisted", "stranger", 200],
    ["unlisted", "viewer", 200],
    ["unlisted", "owner", 200],
    ["public", "stranger", 200],
    ["public", "viewer", 200],
    ["public", "moderator", 200],
  ];
  const videos = new Map<VideoVisibility, VideoId>();
  async function videoOf(visibility: VideoVisibility): Promise<VideoId> {
    const id = videos.get(visibility) ?? (await publish(visibility));
    videos.set(visibility, id);
    return id;
  }
  for (const [visibility, bearer, expected] of table) {
    it(`${visibility}, ${bearer}: ${expected}`, async () => {
      const id = await videoOf(visibility);
      const answer = await play(bearer, id);
      expect(answer.code || answer.status).toBe(expected);
      const plain = (path: string) => toMediaUrl({ grant: null, videoId: id, revision, path });
      for (const path of Object.values(kinds)) {
        expect(await fetchCode(plain(path)), path).toBe(visibility === "public" ? 200 : "grant.required");
      }
      if (expected !== 200) return;
      const { hlsUrl } = playbackGrantSchema.parse(answer.body);
      expect(hlsUrl.startsWith("/media/~")).toBe(visibility !== "public");
      for (const path of Object.values(kinds)) {
        expect(await fetchCode(hlsUrl.replace(kinds.master, path)), path).toBe(200);
      }
    });
  }

  it("refuses other videos' grants, changed ones, expired ones", async () => {
    const id = await videoOf("private");
    const { hlsUrl } = await grantOf("owner", id);
    const other = (await grantOf("owner", await publish("private"))).hlsUrl.split("/")[2] ?? "";
    const own = hlsUrl.split("/")[2] ?? "";
    const past = createGrants({
      key: desk.secrets.grantKey,
      lifetimeSeconds: 60,
      now: () => Date.now() - 61_000,
    });
    const expired = `~${(await past.issue(id, "role", "")).token}`;
    for (const [segment, expected] of [
      [other, "grant.wrong_video"],
      [`${own.slice(0, -4)}AAAA`, "grant.invalid"],
      [expired, "grant.expired"],
    ] as const) {
      for (const path of Object.values(kinds)) {
        expect(await fetchCode(hlsUrl.replace(own, segment).replace(kinds.master, path)), path).toBe(
          expected,
        );
      }
    }
  });

  it("refuses the old addresses as soon as a video is private", async () => {
    const id = await publish("public");
    const change = (visibility: VideoVisibility) =>
      desk.ask(`/api/videos/${id}`, { method: "PATCH", body: { visibility }, token: accounts.owner.token });
    const plain = (await grantOf("stranger", id)).hlsUrl;
    expect(await fetchCode(plain)).toBe(200);
    await change("unlisted");
    expect(await fetchCode(plain)).toBe("grant.required");
    const unlisted = (await grantOf("viewer", id)).hlsUrl;
    expect(await fetchCode(unlisted)).toBe(200);
    await change("private");
    expect(await fetchCode(plain)).toBe("grant.required");
    expect(await fetchCode(unlisted)).toBe("grant.invalid");
    expect(await fetchCode((await grantOf("owner", id)).hlsUrl)).toBe(200);
    await desk.ask(`/api/videos/${id}`, { method: "DELETE", token: accounts.owner.token });
    expect(await fetchCode(plain)).toBe("grant.required");
    expect(await fetchCode(unlisted)).toBe("media.not_found");
  });

  it("shows posters of what is not public to those who may see it", async () => {
    const id = await videoOf("private");
    const { body } = await desk.ask(`/api/videos/${id}/studio`, { token: accounts.owner.token });
    const posterUrl = typeof body === "object" && body && "posterUrl" in body ? String(body.posterUrl) : "";
    expect(posterUrl).toMatch(/^\/media\/~.*poster-640\.jpg$/);
    expect(await fetchCode(posterUrl)).toBe(200);
  });

  it("goes on where somebody stopped", async () => {
    const id = await videoOf("unlisted");
    const save = (bearer: Bearer, positionSeconds: number) =>
      desk.ask(`/api/videos/${id}/progress`, { body: { positionSeconds }, ...tokenOf(bearer) });
    expect((await save("stranger", 20)).code).toBe("auth.required");
    expect((await save("viewer", 20)).status).toBe(200);
    expect((await grantOf("viewer", id)).resumeAtSeconds).toBe(20);
    expect((await grantOf("owner", id)).resumeAtSeconds).toBe(0);
  });

  it("has its tracker beside the pages' sockets on one port", async () => {
    const { p2p } = await grantOf("stranger", await videoOf("public"));
    if (p2p.mode === "off") throw new Error("no swarm");
    const trackerUrl = desk.url.replace("http", "ws") + p2p.trackerUrls[0];
    const tracker = new WebSocket(trackerUrl);
    await once(tracker, "open");
    tracker.send("{}");
    expect(String((await once(tracker, "message"))[0])).toContain("failure reason");

    const socket = new WebSocket(`${desk.url.replace("http", "ws")}/socket/?EIO=4&transport=websocket`, {
      headers: { origin: "http://shoal.test" },
    });
    expect(String((await once(socket, "message"))[0])).toMatch(/^0\{/);

    const refused = new WebSocket(`${desk.url.replace("http", "ws")}/tracker?token=x`);
    refused.on("error", () => undefined);
    const [, response] = await once(refused, "unexpected-response");
    expect(response.statusCode).toBe(403);
    const elsewhere = new WebSocket(`${desk.url.replace("http", "ws")}/elsewhere`);
    await once(elsewhere, "error");

    const { body } = await desk.ask("/metrics");
    expect(String(body)).toContain("shoal_tracker_connections 1");
    expect(String(body)).toContain("shoal_media_served_bytes_total");
    tracker.terminate();
    socket.terminate();
  });
});
