import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { VideoRecord } from "../videos/video-record.ts";
import { parseMasterPlaylist } from "./master-playlist.ts";
import { toInfoHash, toStreamIds } from "./swarm-streams.ts";
import { openPlaybackDesk, type PlaybackDesk, publishedFiles } from "./testing/playback-desk.ts";
import { announce, TrackerClient as Client, id, offer } from "./testing/tracker-client.ts";

describe("tracker", () => {
  let desk: PlaybackDesk;
  let video: VideoRecord;
  const clients: Client[] = [];
  beforeAll(async () => {
    desk = await openPlaybackDesk({ trackerSocketsPerAddress: 5 });
    video = await desk.publish();
  });
  afterAll(async () => {
    for (const { socket } of clients) socket.terminate();
    await desk.close();
  });

  async function swarmOf(record: VideoRecord) {
    const { p2p } = await desk.service.grant(null, "192.0.2.9", record.id);
    if (p2p.mode === "off") throw new Error("no swarm");
    const streamIds = toStreamIds(parseMasterPlaylist(String(publishedFiles["master-1.m3u8"])));
    const hashes = streamIds.map((streamId) => toInfoHash(p2p.swarmId, streamId));
    return {
      url: desk.url.replace("http", "ws") + p2p.trackerUrls[0],
      hash: hashes[0] ?? "",
      audioHash: hashes[1] ?? "",
      swarmId: p2p.swarmId,
    };
  }
  function connect(url: string, address?: string): Client {
    const client = new Client(url, address);
    clients.push(client);
    return client;
  }
  async function enter(url: string, address?: string): Promise<Client> {
    const client = connect(url, address);
    await once(client.socket, "open");
    return client;
  }
  async function refusalOf(url: string, address?: string): Promise<string> {
    const { socket } = connect(url, address);
    const [, response] = await once(socket, "unexpected-response");
    let body = "";
    for await (const chunk of response) body += chunk;
    return z.object({ error: z.object({ code: z.string() }) }).parse(JSON.parse(body)).error.code;
  }
  async function eventually(isTrue: () => boolean): Promise<void> {
    const giveUpAt = Date.now() + 5000;
    while (!isTrue() && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(isTrue()).toBe(true);
  }

  it("admits nobody without a right token", async () => {
    const { url } = await swarmOf(video);
    const tracker = `${desk.url.replace("http", "ws")}/tracker`;
    const media = await desk.grants.issue(video.id, "role", "");
    expect(await refusalOf(tracker)).toBe("grant.required");
    expect(await refusalOf(`${tracker}?token=x`)).toBe("grant.invalid");
    expect(await refusalOf(`${tracker}?token=${media.token}`)).toBe("grant.invalid");
    expect(await refusalOf(`${url.slice(0, -3)}abc`)).toBe("grant.invalid");
  });

  it("admits nobody whose token has expired, and lets go of those whose token expires", async () => {
    const { url } = await swarmOf(video);
    const client = await enter(url);
    const closed = client.closed();
    desk.clock.nowMs += 6 * 3600 * 1000;
    expect(await refusalOf(url)).toBe("grant.expired");
    desk.tracker.check();
    expect(await closed).toContain("expired");
  });

  it("closes the swarm of a video whose visibility changed or that is gone", async () => {
    const changing = await desk.publish();
    const { url, hash } = await swarmOf(changing);
    const client = await enter(url);
    const closed = client.closed();
    desk.change(changing.id, { visibility: "private" });
    client.send(announce(hash, "a"));
    expect(await closed).toContain("closed");
    expect(await refusalOf(url)).toBe("grant.invalid");
    await desk.remove(changing.id);
    expect(await refusalOf(url)).toBe("grant.invalid");
  });

  it("lets nobody into the swarm of another video", async () => {
    const other = await swarmOf(await desk.publish());
    const own = await swarmOf(video);
    expect(other.swarmId).not.toBe(own.swarmId);
    const client = await enter(own.url);
    expect((await client.ask(announce(other.hash, "a")))["failure reason"]).toContain("another swarm");
    expect((await client.ask(announce(id("made up"), "a")))["failure reason"]).toContain("another swarm");
    expect(desk.tracker.stats().peerCounts).toEqual([]);
    client.socket.terminate();
  });

  it("answers nonsense with a reason and nothing else", async () => {
    const { url, hash } = await swarmOf(video);
    const client = await enter(url);
    for (const nonsense of [
      "",
      "null",
      "[]",
      "{",
      '{"action":"scrape"}',
      announce("short", "a"),
      announce(hash, "much too long for a peer id"),
      announce(hash, "a", { event: "exploded" }),
      announce(hash, "a", { offers: Array.from({ length: 11 }, () => offer("x")) }),
      announce(hash, "a", { offers: [{ offer: { type: "offer", sdp: 1 }, offer_id: id("o") }] }),
      announce(hash, "a", { answer: { type: "answer", sdp: "x" } }),
      announce(hash, "a", { answer: { type: "answer", sdp: "x" }, to_peer_id: id("b") }),
    ]) {
      expect((await client.ask(nonsense))["failure reason"], JSON.stringify(nonsense)).toBeDefined();
    }
    expect(desk.tracker.stats().peerCounts).toEqual([]);
    client.socket.terminate();
  });

  it("introduces viewers of the same stream, and nobody else", async () => {
    const { hash, audioHash, url } = await swarmOf(video);
    const first = await enter(url);
    const second = await enter((await swarmOf(video)).url);
    const third = await enter((await swarmOf(video)).url);

    const alone = await first.ask(
      announce(hash, "first", { event: "started", left: null, offers: [offer("f")] }),
    );
    expect(alone).toMatchObject({ action: "announce", info_hash: hash, interval: 30 });
    expect((await third.ask(announce(audioHash, "third", { event: "started" }))).complete).toBeDefined();
    expect(
      (await second.ask(announce(hash, "second", { event: "started", offers: [offer("s")] }))).action,
    ).toBe("announce");
    const offered = await first.next();
    expect(offered).toMatchObject({
      offer: { sdp: "sdp of s" },
      peer_id: id("second"),
      offer_id: id("offer-s"),
    });
    first.send(
      announce(hash, "first", {
        answer: { type: "answer", sdp: "sdp of the answer" },
        to_peer_id: id("second"),
        offer_id: id("offer-s"),
      }),
    );
    expect(await second.next()).toMatchObject({ answer: { sdp: "sdp of the answer" }, peer_id: id("first") });
    expect([...desk.tracker.stats().peerCounts].sort()).toEqual([1, 2]);

    // nobody else goes by a peer id that is in use, and nobody changes theirs
    const thief = await enter((await swarmOf(video)).url);
    expect((await thief.ask(announce(hash, "first", { event: "stopped" })))["failure reason"]).toContain(
      "taken",
    );
    expect((await thief.ask(announce(hash, "first", { event: "started" })))["failure reason"]).toContain(
      "taken",
    );
    expect((await second.ask(announce(hash, "other", { event: "started" })))["failure reason"]).toContain(
      "taken",
    );
    expect([...desk.tracker.stats().peerCounts].sort()).toEqual([1, 2]);

    // the same page over a new connection goes on under its peer id
    const again = await enter(url);
    expect((await again.ask(announce(hash, "first", { event: "started" }))).action).toBe("announce");
    first.socket.terminate();
    await eventually(() => desk.tracker.stats().connectionCount === 4);
    expect([...desk.tracker.stats().peerCounts].sort()).toEqual([1, 2]);

    const metrics = await desk.registry.metrics();
    expect(metrics).toContain("shoal_tracker_swarms 2");
    expect(metrics).toContain("shoal_tracker_swarm_peers_count 2");
    expect(metrics).not.toContain("192.0.2");

    for (const { socket } of [second, third, thief, again]) socket.terminate();
    await eventually(() => desk.tracker.stats().connectionCount === 0);
    expect(desk.tracker.stats().peerCounts).toEqual([]);
  });

  it("lets go of who floods", async () => {
    const { url } = await swarmOf(video);
    const flooding = await enter(url);
    const closed = flooding.closed();
    for (let count = 0; count < 200; count++) flooding.send("{}");
    expect(await closed).toContain("too many");
    const large = await enter(url);
    const closedToo = large.closed();
    large.send("x".repeat(70_000));
    await closedToo;
    const binary = await enter(url);
    const closedThree = binary.closed();
    binary.socket.send(Buffer.from("{}"));
    expect(await closedThree).toContain("not a tracker message");
  });

  it("lets go of who does not answer", async () => {
    const { url } = await swarmOf(video);
    const client = new Client(url);
    clients.push(client);
    await once(client.socket, "open");
    client.socket.pause();
    desk.tracker.check();
    desk.tracker.check();
    await eventually(() => desk.tracker.stats().connectionCount === 0);
    client.socket.terminate();
  });

  it("bounds the connections of one address", async () => {
    const { url } = await swarmOf(video);
    const held = await Promise.all(Array.from({ length: 5 }, () => enter(url, "198.51.100.7")));
    expect(await refusalOf(url, "198.51.100.7")).toBe("request.too_many");
    const elsewhere = await enter(url, "198.51.100.8");
    for (const { socket } of [...held, elsewhere]) socket.terminate();
    await eventually(() => desk.tracker.stats().connectionCount === 0);
    (await enter(url, "198.51.100.7")).socket.terminate();
  });
});
