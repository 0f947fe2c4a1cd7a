import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { VideoId, VideoVisibility } from "#common/videos/video.ts";
import { toMediaUrl } from "./media-address.ts";
import { openPlaybackDesk, type PlaybackDesk, publishedFiles } from "./testing/playback-desk.ts";

const files = {
  master: "master-1.m3u8",
  segment: "360p/seg-00001.m4s",
  poster: "poster-640.jpg",
  caption: "captions/en.vtt",
  storyboard: "storyboard/sheet-1.jpg",
} as const;

/** Grants that somebody may come with; `null` is a plain address. */
type Bearer =
  | "nobody"
  | "viewer"
  | "owner"
  | "expired"
  | "other video's"
  | "tampered"
  | "another key's"
  | "garbage";

describe("media over HTTP", () => {
  let desk: PlaybackDesk;
  beforeAll(async () => {
    desk = await openPlaybackDesk();
  });
  afterAll(() => desk.close());

  async function tokenOf(bearer: Bearer, videoId: VideoId): Promise<string | null> {
    switch (bearer) {
      case "nobody":
        return null;
      case "viewer":
        return (await desk.grants.issue(videoId, "address", "")).token;
      case "owner":
        return (await desk.grants.issue(videoId, "role", "")).token;
      case "other video's":
        return (await desk.grants.issue((await desk.publish()).id, "role", "")).token;
      case "tampered": {
        const [head = "", , signature = ""] = (await desk.grants.issue(videoId, "address", "")).token.split(
          ".",
        );
        const claims = Buffer.from(JSON.stringify({ v: videoId, b: "role", s: "", exp: 9e9 }));
        return [head, claims.toString("base64url"), signature].join(".");
      }
      case "expired":
      case "another key's": {
        const key = Buffer.from((bearer === "expired" ? "ab" : "ff").repeat(32), "hex");
        const atSeconds = Math.floor(desk.clock.nowMs / 1000);
        return new SignJWT({ v: videoId, b: "role", s: "" })
          .setProtectedHeader({ alg: "HS256" })
          .setExpirationTime(atSeconds + (bearer === "expired" ? -1 : 1000))
          .sign(key);
      }
      case "garbage":
        return "garbage";
    }
  }

  async function outcomeOf(url: string): Promise<string> {
    const response = await fetch(desk.url + url);
    if (response.ok) return String(response.status);
    const body: unknown = await response.json();
    return typeof body === "object" && body && "error" in body
      ? (JSON.stringify(body.error).split('"')[3] ?? "")
      : "";
  }

  const table: Array<[VideoVisibility, Bearer, string]> = [
    ["private", "nobody", "grant.required"],
    ["private", "viewer", "grant.invalid"],
    ["private", "expired", "grant.expired"],
    ["private", "other video's", "grant.wrong_video"],
    ["private", "tampered", "grant.invalid"],
    ["private", "another key's", "grant.invalid"],
    ["private", "garbage", "grant.invalid"],
    ["unlisted", "nobody", "grant.required"],
    ["unlisted", "expired", "grant.expired"],
    ["unlisted", "other video's", "grant.wrong_video"],
    ["unlisted", "tampered", "grant.invalid"],
    ["public", "expired", "grant.expired"],
    ["public", "other video's", "grant.wrong_video"],
    ["private", "owner", "200"],
    ["unlisted", "viewer", "200"],
    ["unlisted", "owner", "200"],
    ["public", "nobody", "200"],
    ["public", "viewer", "200"],
  ];
  for (const [visibility, bearer, expected] of table) {
    it(`${visibility}, ${bearer}: ${expected}`, async () => {
      const { id: videoId, revision } = await desk.publish({ visibility });
      const grant = await tokenOf(bearer, videoId);
      for (const [name, path] of Object.entries(files)) {
        const url = toMediaUrl({ grant, videoId, revision, path });
        expect(await outcomeOf(url), name).toBe(expected);
        // a second time, from memory
        expect(await outcomeOf(url), `${name} again`).toBe(expected);
      }
    });
  }

  it("refuses plain addresses at once when a video becomes private, and old grants of viewers", async () => {
    const { id: videoId, revision } = await desk.publish({ visibility: "unlisted" });
    const viewer = await tokenOf("viewer", videoId);
    const owner = await tokenOf("owner", videoId);
    const outcomes = async () => {
      const url = (grant: string | null) => toMediaUrl({ grant, videoId, revision, path: files.segment });
      return [await outcomeOf(url(null)), await outcomeOf(url(viewer)), await outcomeOf(url(owner))];
    };
    expect(await outcomes()).toEqual(["grant.required", "200", "200"]);
    desk.change(videoId, { visibility: "public" });
    expect(await outcomes()).toEqual(["200", "200", "200"]);
    desk.change(videoId, { visibility: "private" });
    expect(await outcomes()).toEqual(["grant.required", "grant.invalid", "200"]);
    desk.change(videoId, { visibility: "public", state: "queued" });
    expect(await outcomes()).toEqual(["grant.required", "grant.invalid", "200"]);
    await desk.remove(videoId);
    expect(await outcomes()).toEqual(["grant.required", "media.not_found", "media.not_found"]);
  });

  it("refuses a grant that expires while it is in use", async () => {
    const { id: videoId, revision } = await desk.publish({ visibility: "unlisted" });
    const grant = await tokenOf("viewer", videoId);
    const url = toMediaUrl({ grant, videoId, revision, path: files.segment });
    expect(await outcomeOf(url)).toBe("200");
    desk.clock.nowMs += 6 * 3600 * 1000;
    expect(await outcomeOf(url)).toBe("grant.expired");
  });

  it("reaches nothing but the media of the present revision", async () => {
    const { id } = await desk.publish();
    await desk.storage.put(storageLayout.original(id), Buffer.from("original"));
    await desk.storage.put(storageLayout.media(id, "r0", "master-1.m3u8"), Buffer.from("old"));
    await desk.storage.put(storageLayout.media(id, "r1", "parts/rung-360p.json"), Buffer.from("{}"));
    for (const path of [
      `${id}/r0/master-1.m3u8`,
      `${id}/r1/parts/rung-360p.json`,
      `${id}/r1/absent.m4s`,
      `${id}/r1/360p`,
      `${id}/r1/../../originals/${id}/source`,
      `${id}/r1/%2e%2e/%2e%2e/%2e%2e/originals/${id}/source`,
      `../originals/${id}/source`,
      `originals/${id}/source`,
      "",
    ]) {
      expect(await rawStatus(`/media/${path}`), path).toBe(404);
    }
  });

  /** `fetch` would tidy the address up. */
  function rawStatus(path: string, method = "GET"): Promise<number> {
    const { hostname, port } = new URL(desk.url);
    return new Promise((resolve, reject) => {
      request({ hostname, port, path, method }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on("error", reject)
        .end();
    });
  }

  describe("as HTTP", () => {
    let url: string;
    const segment = Buffer.from(publishedFiles[files.segment] ?? "");
    beforeAll(async () => {
      const video = await desk.publish();
      url = desk.url + toMediaUrl({ grant: null, videoId: video.id, revision: "r1", path: files.segment });
    });
    const get = (headers: Record<string, string> = {}, method = "GET") => fetch(url, { method, headers });
    const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

    it("refuses to change anything", async () => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"])
        expect((await get({}, method)).status).toBe(400);
    });

    it("sends all of it with what caches and players elsewhere need", async () => {
      const response = await get();
      expect((await bytesOf(response)).equals(segment)).toBe(true);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        "content-type": "video/iso.segment",
        "content-length": String(segment.length),
        "cache-control": "public, max-age=31536000, immutable",
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
      });
      expect(response.headers.has("access-control-allow-credentials")).toBe(false);
      expect((await get({}, "OPTIONS")).headers.get("access-control-allow-methods")).toBe("GET, HEAD");
    });

    it("lets only the viewer's own cache keep what was granted", async () => {
      const { id: videoId, revision } = await desk.publish({ visibility: "unlisted" });
      const grant = await tokenOf("viewer", videoId);
      const response = await fetch(desk.url + toMediaUrl({ grant, videoId, revision, path: files.poster }));
      expect(response.headers.get("cache-control")).toBe("private, max-age=31536000, immutable");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("content-type")).toBe("image/jpeg");
      await response.text();
    });

    it("answers HEAD with the same headers and no body", async () => {
      const response = await get({}, "HEAD");
      expect(response.headers.get("content-length")).toBe(String(segment.length));
      expect((await bytesOf(response)).length).toBe(0);
    });

    it("sends ranges", async () => {
      const part = await get({ range: "bytes=100-199" });
      expect(part.status).toBe(206);
      expect(part.headers.get("content-range")).toBe(`bytes 100-199/${segment.length}`);
      expect((await bytesOf(part)).equals(segment.subarray(100, 200))).toBe(true);
      const beyond = await get({ range: `bytes=${segment.length}-` });
      expect([beyond.status, beyond.headers.get("content-range")]).toEqual([
        416,
        `bytes */${segment.length}`,
      ]);
      expect((await get({ range: "bytes=0-1,5-6" })).status).toBe(200);
      expect((await get({ range: "bytes=0-1", "if-range": '"other"' })).status).toBe(200);
    });

    it("says when nothing has changed", async () => {
      const { headers } = await get();
      const etag = headers.get("etag") ?? "";
      const unchanged = await get({ "if-none-match": etag });
      expect([unchanged.status, unchanged.headers.get("etag")]).toEqual([304, etag]);
      expect((await get({ "if-modified-since": headers.get("last-modified") ?? "" })).status).toBe(304);
      expect((await get({ "if-none-match": '"other"' })).status).toBe(200);
    });

    it("counts what it sends and refuses", async () => {
      const metrics = await desk.registry.metrics();
      expect(metrics).toMatch(/shoal_media_requests_total\{kind="segment",cache="hit"\} \d+/);
      expect(metrics).toMatch(/shoal_media_served_bytes_total\{kind="segment"\} \d+/);
      expect(metrics).toMatch(/shoal_media_refusals_total\{code="grant.required"\} \d+/);
    });
  });

  it("streams what is too large for memory, and what a small memory cannot keep", async () => {
    const small = await openPlaybackDesk({ mediaCacheMib: 0 });
    try {
      const { id: videoId, revision } = await small.publish();
      const large = Buffer.alloc(20 * 1024 * 1024, "large");
      await small.storage.put(storageLayout.media(videoId, revision, "large.m4s"), large);
      const url = small.url + toMediaUrl({ grant: null, videoId, revision, path: "large.m4s" });
      const whole = await fetch(url);
      expect(whole.body && large.equals(await buffer(whole.body))).toBe(true);
      const part = await fetch(url, { headers: { range: "bytes=1000000-2999999" } });
      expect(Buffer.from(await part.arrayBuffer()).equals(large.subarray(1_000_000, 3_000_000))).toBe(true);
      const stopped = await fetch(url);
      await stopped.body?.cancel();
      const segment = await fetch(url.replace("large.m4s", files.segment));
      expect((await segment.arrayBuffer()).byteLength).toBe(10_000);
    } finally {
      await small.close();
    }
  });
});
