import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import type { Broadcast } from "./broadcasts.ts";
import { maxPlaylistAgeMs } from "./live-playlists.ts";
import { parseMasterPlaylist } from "./master-playlist.ts";
import { toInfoHash, toStreamIds } from "./swarm-streams.ts";
import {
  openPlaybackDesk,
  type PlaybackDesk,
  publishedFiles,
  toLiveMaster,
  toLivePlaylist,
} from "./testing/playback-desk.ts";
import { announce, TrackerClient } from "./testing/tracker-client.ts";

type OpenPolicy = Extract<PeerPolicy, { mode: "on" }>;

describe("swarms of a broadcast", () => {
  let desk: PlaybackDesk;
  let broadcast: Broadcast;
  let recording: VideoRecord;
  const clients: TrackerClient[] = [];
  beforeAll(async () => {
    desk = await openPlaybackDesk();
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.terminate();
    await desk.close();
  });
  beforeEach(async () => {
    broadcast = await desk.goOnAir();
  });

  async function toPolicy(): Promise<OpenPolicy> {
    const policy = await desk.live.toPeerPolicy(broadcast, null);
    if (policy.mode === "off") throw new Error(`no swarm: ${policy.reason}`);
    return policy;
  }
  function hashesOf({ swarmId }: OpenPolicy, rungCount: 1 | 2): string[] {
    const streamIds = toStreamIds(parseMasterPlaylist(toLiveMaster(rungCount)));
    return streamIds.map((streamId) => toInfoHash(swarmId, streamId));
  }
  async function enter({ trackerUrls }: OpenPolicy): Promise<TrackerClient> {
    const client = new TrackerClient(desk.url.replace("http", "ws") + trackerUrls[0]);
    clients.push(client);
    await once(client.socket, "open");
    return client;
  }
  async function reasonOf(client: TrackerClient, hash: string): Promise<string | undefined> {
    return (await client.ask(announce(hash, `peer ${clients.length}`)))["failure reason"];
  }
  /** The playlists as they would be found a while later. */
  async function rewrite(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) await desk.writeLive(broadcast.id, path, text);
    desk.clock.nowMs += maxPlaylistAgeMs;
  }

  it("are closed by the instance, by the streamer, and where segments have no hashes", async () => {
    const quiet = { ...broadcast, peersAllowed: false };
    expect(await desk.live.toPeerPolicy(quiet, null)).toEqual({ mode: "off", reason: "video" });
    await rewrite({ "360p/live.m3u8": toLivePlaylist(1).replaceAll(/#EXT-X-SHOAL.*\n/g, "") });
    expect(await desk.live.toPeerPolicy(broadcast, null)).toEqual({ mode: "off", reason: "no_integrity" });
    const early = { ...broadcast, revision: "r2" };
    expect(await desk.live.toPeerPolicy(early, null)).toEqual({ mode: "off", reason: "no_integrity" });
    const alone = await openPlaybackDesk({ peersEnabled: false });
    const other = await alone.goOnAir();
    expect(await alone.live.toPeerPolicy(other, null)).toEqual({ mode: "off", reason: "instance" });
    await alone.close();
  });

  it("are for nobody else: not of another broadcast, not of the recording", async () => {
    const policy = await toPolicy();
    expect(policy.swarmId).not.toContain(broadcast.id);
    const own = hashesOf(policy, 1);
    broadcast = await desk.goOnAir();
    const other = await toPolicy();
    expect(await reasonOf(await enter(other), own[0] ?? "")).toContain("another swarm");
    const video = await desk.publish();
    for (const [path, body] of Object.entries(publishedFiles)) await desk.writeLive(broadcast.id, path, body);
    desk.endBroadcast(broadcast.id, { ...video, id: broadcast.id });
    const recording = await desk.service.grant(null, "192.0.2.1", broadcast.id);
    expect(recording.p2p).toMatchObject({ mode: "on" });
    expect(recording.p2p.mode === "on" && recording.p2p.swarmId).not.toBe(other.swarmId);
  });

  it("grow with a rung that appears, for those who are there already too", async () => {
    const early = await enter(await toPolicy());
    const policy = await toPolicy();
    const [low, high, sound] = hashesOf(policy, 2);
    expect(await reasonOf(early, high ?? "")).toContain("another swarm");
    await rewrite({ "live.m3u8": toLiveMaster(2), "720p/live.m3u8": toLivePlaylist(1) });
    for (const hash of [high, low, sound]) expect(await reasonOf(early, hash ?? "")).toBeUndefined();
  });

  it("keep the streams of a master playlist that some players still have", async () => {
    await rewrite({ "live.m3u8": toLiveMaster(2), "720p/live.m3u8": toLivePlaylist(1) });
    const before = await toPolicy();
    await rewrite({ "live.m3u8": toLiveMaster(1) });
    const late = await enter(await toPolicy());
    for (const hash of hashesOf(before, 2)) expect(await reasonOf(late, hash)).toBeUndefined();
  });

  it.each([
    ["becomes private", () => desk.changeBroadcast(broadcast, { visibility: "private" })],
    ["is over", () => desk.endBroadcast(broadcast.id)],
    ["has become a video", () => desk.endBroadcast(broadcast.id, { ...recording, id: broadcast.id })],
  ])("end when the broadcast %s", async (_what, happen) => {
    recording = await desk.publish();
    const policy = await toPolicy();
    const [asking, silent] = [await enter(policy), await enter(policy)];
    const ends = [asking.closed(), silent.closed()];
    happen();
    asking.send(announce(hashesOf(policy, 1)[0] ?? "", "asking"));
    expect(await ends[0]).toContain("closed");
    await desk.tracker.recheck(broadcast.id);
    expect(await ends[1]).toContain("closed");
  });
  it("outlive a change of nothing that matters", async () => {
    const policy = await toPolicy();
    const client = await enter(policy);
    await desk.tracker.recheck(broadcast.id);
    await desk.tracker.recheck((await desk.publish({ ownerId: makeUserId() })).id);
    expect(await reasonOf(client, hashesOf(policy, 1)[0] ?? "")).toBeUndefined();
  });
});
