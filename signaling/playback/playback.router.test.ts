import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UserRole } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type Account, createCallerFactory } from "../http/trpc.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import { createPlaybackRouter } from "./playback.router.ts";
import { openPlaybackDesk, type PlaybackDesk, publishedFiles } from "./testing/playback-desk.ts";

describe("playback", () => {
  let desk: PlaybackDesk;
  beforeAll(async () => {
    desk = await openPlaybackDesk();
  });
  afterAll(() => desk.close());

  const account = (role: UserRole): Account => ({ id: makeUserId(), handle: role, role });
  const ownerOf = ({ ownerId }: VideoRecord): Account => ({ id: ownerId, handle: "owner", role: "creator" });
  const as = (who: Account | null, address = "192.0.2.1") =>
    createCallerFactory(createPlaybackRouter(desk.service))({
      account: who,
      token: null,
      address,
      setSessionToken: () => undefined,
      limitRate: async () => undefined,
    });
  async function codeOf(promise: Promise<unknown>): Promise<string> {
    try {
      await promise;
      return "fine";
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      return cause instanceof ShoalError ? cause.code : String(error);
    }
  }

  it("says who may get a grant", async () => {
    const secret = await desk.publish({ visibility: "private" });
    const unlisted = await desk.publish({ visibility: "unlisted" });
    const encoding = await desk.publish({ state: "encoding" });
    const gone = await desk.publish();
    await desk.remove(gone.id);
    const table: Array<[Account | null, VideoRecord, string]> = [
      [null, secret, "video.not_found"],
      [account("viewer"), secret, "video.not_found"],
      [account("creator"), secret, "video.not_found"],
      [null, encoding, "video.not_found"],
      [account("admin"), gone, "video.not_found"],
      [ownerOf(encoding), encoding, "video.not_playable"],
      [ownerOf(secret), secret, "fine"],
      [account("moderator"), secret, "fine"],
      [account("admin"), secret, "fine"],
      [null, unlisted, "fine"],
    ];
    for (const [who, video, expected] of table) {
      expect(await codeOf(as(who).grant({ id: video.id })), `${who?.handle} ${video.visibility}`).toBe(
        expected,
      );
    }
  });

  it("gives plain addresses of public media, with the playlists", async () => {
    const video = await desk.publish();
    const grant = await as(null).grant({ id: video.id });
    const base = `/media/${video.id}/r1`;
    expect(grant).toMatchObject({
      hlsUrl: `${base}/master-1.m3u8`,
      storyboardVttUrl: `${base}/storyboard/index.vtt`,
      captions: [{ key: "en", language: "en", label: "English", url: `${base}/captions/en.vtt` }],
      resumeAtSeconds: 0,
      expiresAt: null,
      playlists: {
        [`${base}/master-1.m3u8`]: publishedFiles["master-1.m3u8"],
        [`${base}/360p/index.m3u8`]: publishedFiles["360p/index.m3u8"],
        [`${base}/audio-0/index.m3u8`]: publishedFiles["audio-0/index.m3u8"],
      },
    });
  });

  it("gives addresses that work, and end, of what is not public", async () => {
    const video = await desk.publish({ visibility: "private" });
    const grant = await as(ownerOf(video)).grant({ id: video.id });
    expect(Date.parse(grant.expiresAt ?? "")).toBeGreaterThan(desk.clock.nowMs + 3 * 3600 * 1000);
    for (const url of [
      grant.hlsUrl,
      grant.storyboardVttUrl,
      grant.captions[0]?.url,
      ...Object.keys(grant.playlists),
    ]) {
      expect(url).toMatch(/^\/media\/~/);
      expect((await fetch(desk.url + url)).status).toBe(200);
    }
  });

  it("leaves large playlists to the player", async () => {
    const video = await desk.publish({ revision: "r9", masterName: "master-2.m3u8" });
    const put = (path: string, text: string) =>
      desk.storage.put(`media/${video.id}/r9/${path}`, Buffer.from(text));
    await put(
      "master-2.m3u8",
      "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na/index.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\nb/index.m3u8\n",
    );
    await put("a/index.m3u8", `#EXTM3U\n${"#EXT-X-SHOAL-SHA256:".padEnd(300_000, "0")}\n`);
    await put("b/index.m3u8", "#EXTM3U\n");
    const { playlists, p2p } = await as(null).grant({ id: video.id });
    expect(Object.keys(playlists).map((url) => url.split("/r9/")[1])).toEqual([
      "master-2.m3u8",
      "b/index.m3u8",
    ]);
    expect(p2p).toEqual({ mode: "off", reason: "no_integrity" });
  });

  it("answers that a video without its playlists cannot be watched", async () => {
    const video = await desk.publish({ masterName: "master-7.m3u8" });
    expect(await codeOf(as(null).grant({ id: video.id }))).toBe("video.not_playable");
    const none = await desk.publish({ masterName: "" });
    expect(await codeOf(as(null).grant({ id: none.id }))).toBe("video.not_playable");
  });

  it("names a swarm that nobody can guess, and another one after every change", async () => {
    const swarmOf = async (video: VideoRecord, who: Account | null = null) => {
      const { p2p } = await as(who).grant({ id: video.id });
      return p2p.mode === "on" ? p2p.swarmId : p2p.reason;
    };
    const video = await desk.publish();
    const swarm = await swarmOf(video);
    expect(swarm).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await swarmOf(video, account("viewer"))).toBe(swarm);
    expect(await swarmOf(await desk.publish())).not.toBe(swarm);
    desk.change(video.id, { visibility: "unlisted" });
    expect(await swarmOf(video)).not.toBe(swarm);
    desk.change(video.id, { peersAllowed: false });
    expect(await swarmOf(video)).toBe("video");
    const without = await openPlaybackDesk({ peersEnabled: false });
    try {
      const { p2p } = await without.service.grant(null, "", (await without.publish()).id);
      expect(p2p).toEqual({ mode: "off", reason: "instance" });
    } finally {
      await without.close();
    }
  });

  it("counts a view once an hour", async () => {
    const video = await desk.publish();
    const viewer = account("viewer");
    const count = () => desk.views.filter((id) => id === video.id).length;
    await as(null, "192.0.2.1").grant({ id: video.id });
    await as(null, "192.0.2.1").grant({ id: video.id });
    expect(count()).toBe(1);
    await as(null, "192.0.2.2").grant({ id: video.id });
    await as(viewer, "192.0.2.1").grant({ id: video.id });
    await as(viewer, "192.0.2.3").grant({ id: video.id });
    expect(count()).toBe(3);
    desk.clock.nowMs += 3_600_000;
    await as(viewer).grant({ id: video.id });
    expect(count()).toBe(4);
  });

  it("remembers where somebody stopped", async () => {
    const video = await desk.publish({ visibility: "unlisted" });
    const secret = await desk.publish({ visibility: "private" });
    const viewer = account("viewer");
    const save = (who: Account | null, id: VideoRecord["id"], positionSeconds: number) =>
      codeOf(as(who).saveProgress({ id, positionSeconds }));
    expect(await save(null, video.id, 30)).toBe("auth.required");
    expect(await save(viewer, secret.id, 30)).toBe("video.not_found");
    expect(await save(viewer, video.id, -1)).not.toBe("fine");
    expect(await save(viewer, video.id, 30)).toBe("fine");
    expect((await as(viewer).grant({ id: video.id })).resumeAtSeconds).toBe(30);
    expect((await as(account("viewer")).grant({ id: video.id })).resumeAtSeconds).toBe(0);
    expect(await save(viewer, video.id, 5000)).toBe("fine");
    expect((await as(viewer).grant({ id: video.id })).resumeAtSeconds).toBe(0);
  });
});
