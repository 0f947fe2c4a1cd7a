import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { storageLayout } from "#common/node/storage/layout.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import type { Broadcast } from "./broadcasts.ts";
import { maxPlaylistAgeMs } from "./live-playlists.ts";
import { toMediaUrl } from "./media-address.ts";
import { openPlaybackDesk, type PlaybackDesk, toLivePlaylist } from "./testing/playback-desk.ts";

const viewer = { id: makeUserId(), role: "viewer" } as const;
const revision = "r1";

describe("media of a broadcast", () => {
  let desk: PlaybackDesk;
  let broadcast: Broadcast;
  beforeAll(async () => {
    desk = await openPlaybackDesk();
  });
  afterAll(() => desk.close());
  beforeEach(async () => {
    broadcast = await desk.goOnAir();
    desk.clock.nowMs = Date.now();
  });

  const toUrl = (path: string, { id } = broadcast, grant: string | null = null) =>
    toMediaUrl({ grant, videoId: id, revision, path });
  const get = (url: string, headers: Record<string, string> = {}) => fetch(desk.url + url, { headers });
  async function outcomeOf(url: string): Promise<string> {
    const response = await get(url);
    if (response.ok) return String(response.status);
    return /"code":"([^"]+)"/.exec(await response.text())?.[1] ?? "";
  }
  const openedCount = (path: string, { id } = broadcast) =>
    desk.openedCounts.get(storageLayout.media(id, revision, path)) ?? 0;

  describe("who may have it", () => {
    it("is decided as for videos", async () => {
      const paths = ["live.m3u8", "360p/live.m3u8", "360p/seg-000001.m4s", "thumbnails/1.jpg"];
      const unlisted = await desk.goOnAir({ visibility: "unlisted" });
      const hidden = await desk.goOnAir({ visibility: "private" });
      for (const path of paths) {
        expect(await outcomeOf(toUrl(path))).toBe("200");
        expect(await outcomeOf(toUrl(path, unlisted))).toBe("grant.required");
        const links = await desk.live.toLinks(unlisted, viewer);
        expect(links.expiresAt).not.toBeNull();
        expect(await outcomeOf(links.toUrl(path))).toBe("200");
        const others = await desk.grants.issue(hidden.id, "address", "");
        expect(await outcomeOf(toUrl(path, hidden, others.token))).toBe("grant.invalid");
        const owner = { id: hidden.ownerId, role: "creator" } as const;
        expect(await outcomeOf((await desk.live.toLinks(hidden, owner)).toUrl(path))).toBe("200");
      }
    });

    it("changes at once with its visibility", async () => {
      const { token } = await desk.grants.issue(broadcast.id, "address", "");
      expect(await outcomeOf(toUrl("360p/live.m3u8"))).toBe("200");
      desk.changeBroadcast(broadcast, { visibility: "unlisted" });
      expect(await outcomeOf(toUrl("360p/live.m3u8"))).toBe("grant.required");
      expect(await outcomeOf(toUrl("360p/live.m3u8", broadcast, token))).toBe("200");
      desk.changeBroadcast(broadcast, { visibility: "private" });
      expect(await outcomeOf(toUrl("360p/seg-000001.m4s", broadcast, token))).toBe("grant.invalid");
    });

    it("stays where it is when it has become a video, and is gone when it has not", async () => {
      const video = await desk.publish();
      desk.endBroadcast(broadcast.id, { ...video, id: broadcast.id, visibility: "public" });
      expect(await outcomeOf(toUrl("360p/live.m3u8"))).toBe("200");
      expect(await outcomeOf(toUrl("360p/seg-000001.m4s"))).toBe("200");
      const other = await desk.goOnAir();
      expect(await outcomeOf(toUrl("360p/seg-000001.m4s", other))).toBe("200");
      desk.endBroadcast(other.id);
      expect(await outcomeOf(toUrl("360p/seg-000001.m4s", other))).toBe("grant.required");
    });
  });

  describe("playlists that change", () => {
    it("are to be asked for again, by their tag alone", async () => {
      const url = toUrl("360p/live.m3u8");
      const first = await get(url);
      expect(Object.fromEntries(first.headers)).toMatchObject({
        "cache-control": "public, max-age=0, s-maxage=1, must-revalidate",
        "content-type": "application/vnd.apple.mpegurl",
        "access-control-allow-origin": "*",
      });
      expect(first.headers.has("last-modified")).toBe(false);
      const etag = first.headers.get("etag") ?? "";
      expect((await get(url, { "if-none-match": etag })).status).toBe(304);
      expect((await get(url, { "if-modified-since": new Date(9e12).toUTCString() })).status).toBe(200);

      await desk.writeLive(broadcast.id, "360p/live.m3u8", toLivePlaylist(2));
      desk.clock.nowMs += maxPlaylistAgeMs;
      const second = await get(url, { "if-none-match": etag });
      expect(second.status).toBe(200);
      expect(await second.text()).toBe(toLivePlaylist(2));
    });

    it("stay out of shared caches where a grant is needed", async () => {
      const unlisted = await desk.goOnAir({ visibility: "unlisted" });
      const response = await get((await desk.live.toLinks(unlisted, null)).toUrl("live.m3u8"));
      expect(response.headers.get("cache-control")).toBe("private, max-age=0, must-revalidate");
    });

    it("are looked at once however many ask, and read again only when they changed", async () => {
      const url = toUrl("360p/live.m3u8");
      const texts = await Promise.all(Array.from({ length: 50 }, async () => (await get(url)).text()));
      expect(new Set(texts)).toEqual(new Set([toLivePlaylist(1)]));
      expect(openedCount("360p/live.m3u8")).toBe(1);
      desk.clock.nowMs += maxPlaylistAgeMs;
      await Promise.all(Array.from({ length: 50 }, async () => (await get(url)).text()));
      expect(openedCount("360p/live.m3u8")).toBe(2);
    });

    it("come packed to who can unpack them, each form with a tag of its own", async () => {
      const long = toLivePlaylist(1, 900);
      await desk.writeLive(broadcast.id, "360p/live.m3u8", long);
      const url = toUrl("360p/live.m3u8");
      const packed = await get(url, { "accept-encoding": "br, gzip" });
      expect(Object.fromEntries(packed.headers)).toMatchObject({
        "content-encoding": "gzip",
        vary: "Accept-Encoding",
      });
      expect(Number(packed.headers.get("content-length"))).toBeLessThan(long.length / 5);
      expect(await packed.text()).toBe(long);
      const plain = await get(url, { "accept-encoding": "gzip;q=0, identity" });
      expect(plain.headers.get("content-encoding")).toBeNull();
      expect(await plain.text()).toBe(long);
      const [packedTag, plainTag] = [packed, plain].map(({ headers }) => headers.get("etag") ?? "");
      expect(packedTag).not.toBe(plainTag);
      const again = await get(url, { "accept-encoding": "gzip", "if-none-match": packedTag ?? "" });
      expect(again.status).toBe(304);
      const part = await get(url, { "accept-encoding": "gzip", range: "bytes=0-6" });
      expect([part.status, await part.text()]).toEqual([206, "#EXTM3U"]);
    });

    it("come as their end alone to who asks for that", async () => {
      await desk.writeLive(broadcast.id, "360p/live.m3u8", toLivePlaylist(1, 900));
      const [whole, delta] = await Promise.all(
        ["", "?_HLS_skip=YES"].map((query) => get(toUrl("360p/live.m3u8") + query)),
      );
      const text = (await delta?.text()) ?? "";
      expect(text).toContain("#EXT-X-SKIP:SKIPPED-SEGMENTS=893\n");
      expect(text.length).toBeLessThan(((await whole?.text())?.length ?? 0) / 50);
      expect(delta?.headers.get("etag")).not.toBe(whole?.headers.get("etag"));
    });
  });

  describe("what does not change", () => {
    it("is read once for a crowd, and immutable", async () => {
      const url = toUrl("360p/seg-000001.m4s");
      const answers = await Promise.all(Array.from({ length: 50 }, () => get(url)));
      for (const answer of answers) expect((await answer.arrayBuffer()).byteLength).toBe(10_000);
      expect(answers[0]?.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(openedCount("360p/seg-000001.m4s")).toBe(1);
    });

    it("is not there until it is, and then at once", async () => {
      const url = toUrl("360p/seg-000002.m4s");
      const early = await get(url);
      expect([early.status, early.headers.get("cache-control")]).toEqual([404, "no-store"]);
      await desk.writeLive(broadcast.id, "360p/seg-000002.m4s", "bytes");
      expect(await (await get(url)).text()).toBe("bytes");
    });
  });
});
