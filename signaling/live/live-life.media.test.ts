import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sessionSchema } from "#common/accounts/user.ts";
import { type LivePlaybackGrant, livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import { createdStreamSchema, type OwnStream, ownStreamSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { storageRoot } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { playbackGrantSchema } from "#common/playback/playback-grant.ts";
import { videoSchema } from "#common/videos/video.ts";
import { type Shoal, type ShoalProcessName, startShoal } from "../../cli/supervisor/start-shoal.ts";
import { createTempFolder } from "../../cli/testing/temp-folder.ts";

/*
 * The life of a broadcast with every real part: FFmpeg, which is not ours, publishes by RTMP, processes are killed, and in
 * the end there is one video.
 */

const closer = new Closer();
const publishers = new Set<ChildProcess>();
let shoal: Shoal;
let token: string;

beforeAll(async () => {
  const { path, remove } = createTempFolder();
  closer.add("folder", remove);
  shoal = await startShoal({
    dataDir: path,
    port: 0,
    output: process.env.SHOAL_TEST_OUTPUT ? "inherit" : "ignore",
    env: { SHOAL_RATE_LIMITS: "off" },
  });
  closer.add("Shoal", () => shoal.close());
  const account = { email: "ann@example.org", password: "correct horse battery", handle: "ann" };
  token = sessionSchema.parse(await ask("POST", "/api/users/register", account)).token;
}, 60_000);
afterAll(async () => {
  for (const publisher of publishers) publisher.kill("SIGKILL");
  await closer.close();
});

function send(method: string, path: string, body?: object, bearer = token): Promise<Response> {
  return fetch(`${shoal.url}${path}`, {
    method,
    headers: {
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(body && { "content-type": "application/json" }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5000),
  });
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const response = await send(method, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

async function makeStream(settings: object = {}) {
  const input = { title: "Herring, live", visibility: "unlisted", ...settings };
  const created = createdStreamSchema.parse(await ask("POST", "/api/streams", input));
  if (created.rtmpUrl === null) throw new Error("RTMP is off");
  return { id: created.id, publishUrl: `${created.rtmpUrl}/${created.streamKey}` };
}

/** Sends a moving picture with sound by RTMP until it is killed. */
function publish(url: string): ChildProcess {
  const picture = ["-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25"];
  const sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"];
  const h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0", "-g", "50"];
  const aac = ["-c:a", "aac", "-b:a", "96k"];
  const publisher = spawn(
    "ffmpeg",
    ["-hide_banner", "-loglevel", "error", ...picture, ...sound, ...h264, ...aac, "-f", "flv", url],
    { stdio: "ignore" },
  );
  publishers.add(publisher);
  publisher.once("exit", () => publishers.delete(publisher));
  return publisher;
}

/** `SIGKILL`: without a word; `SIGTERM`: it says goodbye. */
async function stop(publisher: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const gone = once(publisher, "exit");
  publisher.kill(signal);
  await gone;
}

async function kill(name: ShoalProcessName): Promise<void> {
  const before = shoal.pids()[name];
  if (before === undefined) throw new Error(`${name} does not run`);
  process.kill(before, "SIGKILL");
  await vi.waitUntil(() => (shoal.pids()[name] ?? before) !== before, { timeout: 20_000, interval: 10 });
  await shoal.untilReady();
}

const own = async (id: string): Promise<OwnStream> =>
  ownStreamSchema.parse(await ask("GET", `/api/streams/${id}/studio`));
const grant = async (id: string): Promise<LivePlaybackGrant> =>
  livePlaybackGrantSchema.parse(await ask("POST", `/api/streams/${id}/playback`));

const untilState = (id: string, state: OwnStream["state"]) =>
  vi.waitFor(async () => {
    const stream = await own(id);
    expect(stream.state).toBe(state);
    return stream;
  }, patience);

const patience = { timeout: 20_000, interval: 100 };

async function readText(path: string): Promise<string> {
  const response = await fetch(new URL(path, shoal.url));
  expect(response.status, path).toBe(200);
  return response.text();
}

const countSegments = (playlist: string) => playlist.match(/^#EXTINF/gm)?.length ?? 0;
const countGaps = (playlist: string) => playlist.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0;
/** The first rung's playlist, once it has at least so many segments. */
const untilSegments = (id: string, count: number) => untilAtLeast(id, countSegments, count);
/** The same, once what was lost lies behind it so many times. */
const untilGaps = (id: string, count: number) => untilAtLeast(id, countGaps, count);

function untilAtLeast(id: string, countIn: (playlist: string) => number, count: number): Promise<string> {
  return vi.waitFor(async () => {
    const { hlsUrl } = await grant(id);
    expect(hlsUrl).not.toBeNull();
    const playlist = await readFirstPlaylist(hlsUrl ?? "");
    expect(countIn(playlist)).toBeGreaterThanOrEqual(count);
    return playlist;
  }, patience);
}

async function readFirstPlaylist(masterUrl: string): Promise<string> {
  const master = new URL(masterUrl, shoal.url).href;
  const name = (await readText(master)).split("\n").find((line) => line.endsWith(".m3u8"));
  return readText(new URL(name ?? "", master).href);
}

/** A stream with a publisher, on air, and its broadcast. */
async function goLive(settings: object = {}) {
  const stream = await makeStream(settings);
  const publisher = publish(stream.publishUrl);
  const { broadcastId } = await untilState(stream.id, "live");
  if (broadcastId === null) throw new Error("a stream on air has no broadcast");
  return { ...stream, publisher, broadcastId };
}

/** The recording, and the playlist that its player reads. */
async function readVideo(id: string) {
  const video = videoSchema.parse(await ask("GET", `/api/videos/${id}`));
  const { hlsUrl } = playbackGrantSchema.parse(await ask("POST", `/api/videos/${id}/playback`));
  return { video, playlist: await readFirstPlaylist(hlsUrl) };
}

const hasMedia = (broadcastId: string) =>
  existsSync(join(storageRoot(shoal.dataDir), storageLayout.video(broadcastId)));

describe("a broadcast", () => {
  it("goes on air, is watched, and is a video within 5 s of its end, which holds", async () => {
    const { id, publishUrl } = await makeStream();
    expect(await grant(id)).toMatchObject({ mode: "waiting", reason: "off_air" });
    const publisher = publish(publishUrl);
    const cutOff = once(publisher, "exit");
    const { broadcastId } = await untilState(id, "live");
    expect(await grant(id)).toMatchObject({ mode: "webrtc", whepUrl: `/whep/${id}`, videoCodec: "h264" });
    await untilSegments(id, 2);
    expect((await own(id)).ingest).toMatchObject({ videoCodec: "h264", video: "copied" });
    const metrics = await readText("/metrics");
    expect(metrics).toContain('shoal_live_streams{state="live"} 1');

    await ask("POST", `/api/streams/${id}/end`);
    const endedAt = performance.now();
    expect((await untilState(id, "idle")).lastVideoId).toBe(broadcastId);
    const { video, playlist } = await readVideo(broadcastId ?? "");
    expect(performance.now() - endedAt).toBeLessThan(5000);
    expect(video).toMatchObject({ state: "ready", title: "Herring, live", visibility: "unlisted" });
    expect(video.durationSeconds).toBeGreaterThan(3);
    expect(playlist).toContain("#EXT-X-ENDLIST");
    // who goes on sending is let go, and nothing begins anew
    await cutOff;
    expect(await own(id)).toMatchObject({ state: "idle", lastVideoId: broadcastId });
  }, 60_000);

  it("is one video, though signaling, sfu and encoder were killed meanwhile", async () => {
    const { id, publishUrl, broadcastId } = await goLive();
    const before = countSegments(await untilSegments(id, 2));

    await kill("signaling");
    expect(await own(id)).toMatchObject({ state: "live", broadcastId });
    // nobody who watches has noticed
    expect(countGaps(await untilSegments(id, before + 1))).toBe(0);

    // the RTMP publisher stays: it is brought to the new sfu
    await kill("sfu");
    await untilGaps(id, 1);
    expect(await untilState(id, "live")).toMatchObject({ broadcastId });

    await kill("encoder");
    expect((await untilState(id, "reconnecting")).reconnectUntil).not.toBeNull();
    const publisher = publish(publishUrl);
    const count = countSegments(await untilGaps(id, 2));
    expect(await own(id)).toMatchObject({ state: "live", broadcastId });

    await stop(publisher, "SIGTERM");
    await untilState(id, "idle");
    const { video, playlist } = await readVideo(broadcastId);
    expect(video.state).toBe("ready");
    expect(countGaps(playlist)).toBe(2);
    expect(countSegments(playlist)).toBeGreaterThanOrEqual(count);
  }, 90_000);

  it("ends by itself when its publisher does not come back, and leaves nothing that is not wanted", async () => {
    const { id, publisher, broadcastId } = await goLive({ reconnectWindowSeconds: 2, isRecorded: false });
    await untilSegments(id, 1);
    expect(hasMedia(broadcastId)).toBe(true);
    await stop(publisher, "SIGKILL");
    await untilState(id, "reconnecting");
    expect((await untilState(id, "idle")).lastVideoId).toBeNull();
    expect((await send("GET", `/api/videos/${broadcastId}`)).status).toBe(404);
    await vi.waitFor(() => expect(hasMedia(broadcastId)).toBe(false), patience);
  }, 60_000);

  it("is closed to others the moment that it becomes private", async () => {
    const { id, publisher, broadcastId } = await goLive();
    await untilSegments(id, 1);
    const asStranger = await send("POST", `/api/streams/${id}/playback`, undefined, "");
    const { hlsUrl, whepToken } = livePlaybackGrantSchema.parse(await asStranger.json());
    expect((await fetch(new URL(hlsUrl ?? "", shoal.url))).status).toBe(200);
    const join = () => send("POST", `/whep/${id}`, undefined, whepToken ?? "");
    expect((await join()).status).toBe(201);
    await vi.waitFor(async () => expect((await own(id)).viewerCount).toBe(1), patience);

    await ask("PUT", `/api/streams/${id}`, { visibility: "private" });
    expect((await fetch(new URL(hlsUrl ?? "", shoal.url))).status).toBe(403);
    expect((await send("POST", `/api/streams/${id}/playback`, undefined, "")).status).toBe(404);
    expect((await join()).status).toBe(403);
    await vi.waitFor(async () => expect((await own(id)).viewerCount).toBe(0), patience);
    expect((await grant(id)).mode).toBe("webrtc");

    // removing it ends it first: what was on air stays with its owner
    await ask("DELETE", `/api/streams/${id}`);
    expect((await readVideo(broadcastId)).video).toMatchObject({ state: "ready", visibility: "private" });
    // who sends to a stream that is no more is let go
    await vi.waitFor(() => expect(publisher.exitCode).not.toBeNull(), patience);
  }, 60_000);
});
