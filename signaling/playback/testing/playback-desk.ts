import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { loadConfig } from "#common/node/config.ts";
import { openFileStorage } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { NewVideo, VideoRecord } from "../../videos/video-record.ts";
import { maySee } from "../../videos/videos.rules.ts";
import { createMemoryVideoStore, makeUserId } from "../../videos/videos.store.memory.ts";
import type { Broadcast } from "../broadcasts.ts";
import { createGrants } from "../grants.ts";
import { playbackConfig } from "../playback.config.ts";
import { createPlaybackRoom } from "../playback.room.ts";
import { createMemoryWatchProgressStore } from "../watch-progress.store.ts";

const revision = "r1";
const newVideo: Omit<NewVideo, "ownerId"> = {
  ...{ title: "Herring", description: "", language: "en" },
  tags: [],
  category: "other",
  visibility: "public",
};
const segment = Buffer.alloc(10_000, "segment");
const hash = createHash("sha256").update(segment).digest("hex");

/** Files of a published video, by path in its revision. */
export const publishedFiles: Readonly<Record<string, string | Buffer>> = {
  "master-1.m3u8": [
    "#EXTM3U",
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",CHANNELS="2",URI="audio-0/index.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=900000,CODECS="avc1.64001e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO="audio"',
    "360p/index.m3u8",
    "",
  ].join("\n"),
  "360p/index.m3u8": `#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n${segmentHashTag}${hash}\n#EXTINF:4,\nseg-00001.m4s\n`,
  "audio-0/index.m3u8": `#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n${segmentHashTag}${hash}\n#EXTINF:4,\nseg-00001.m4s\n`,
  "360p/init.mp4": "init",
  "360p/seg-00001.m4s": segment,
  "poster-640.jpg": "jpeg",
  "poster-640.avif": "avif",
  "storyboard/index.vtt": "WEBVTT\n",
  "storyboard/sheet-1.jpg": "sheet",
  "captions/en.vtt": "WEBVTT\n",
};

const rung = (name: string, bitrateBps: number, heightPx: number) =>
  `#EXT-X-STREAM-INF:BANDWIDTH=${bitrateBps},CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=${(heightPx * 16) / 9}x${heightPx},AUDIO="audio"\n${name}/live.m3u8`;
const liveAudio =
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",CHANNELS="2",URI="audio-0/live.m3u8"';

/** Master playlist of a broadcast with so many rungs, one or two. */
export function toLiveMaster(rungCount: 1 | 2): string {
  const rungs = [rung("360p", 900_000, 360), rung("720p", 2_500_000, 720)].slice(0, rungCount);
  return ["#EXTM3U", liveAudio, ...rungs, ""].join("\n");
}

/** A live media playlist with so many segments, the first of which has this number. */
export function toLivePlaylist(firstNumber: number, count = 3): string {
  const segments = Array.from({ length: count }, (_, index) => {
    const name = `seg-${String(firstNumber + index).padStart(6, "0")}.m4s`;
    return `${segmentHashTag}${hash}\n#EXTINF:2.000,\n${name}`;
  });
  return [
    ...["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:2"],
    ...["#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.0", `#EXT-X-MEDIA-SEQUENCE:${firstNumber}`],
    '#EXT-X-MAP:URI="init-1.mp4"',
    ...[...segments, ""],
  ].join("\n");
}

/** The room over real HTTP and real files; videos and progress are in memory. The caller closes it. */
export async function openPlaybackDesk(settings: Partial<ConfigOf<typeof playbackConfig>> = {}) {
  const dir = await mkdtemp(join(tmpdir(), "shoal-playback-"));
  const storage = await openFileStorage(dir);
  const store = createMemoryVideoStore();
  const known = new Map<VideoId, VideoRecord>();
  const onAir = new Map<VideoId, Broadcast>();
  const registry = new Registry();
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const config = { ...loadConfig(playbackConfig, {}), ...settings };
  const grants = createGrants({ key: "ab".repeat(32), lifetimeSeconds: config.grantLifetimeSeconds, now });
  const views: VideoId[] = [];
  /** How often the room has opened an object. */
  const openedCounts = new Map<string, number>();
  const counting: Storage = {
    ...storage,
    open(key) {
      openedCounts.set(key, (openedCounts.get(key) ?? 0) + 1);
      return storage.open(key);
    },
  };
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  const room = createPlaybackRoom({
    config,
    videos: {
      peek: (id) => known.get(id),
      async find(id) {
        const record = await store.find(id);
        if (record) known.set(id, record);
        return record;
      },
      async findFor(viewer, id) {
        const record = await store.find(id);
        if (!record || !maySee(viewer, record))
          throw new ShoalError("video.not_found", "There is no such video.");
        return record;
      },
      countView: (id) => views.push(id),
    },
    broadcasts: { peek: (id) => onAir.get(id), find: async (id) => onAir.get(id) },
    progress: createMemoryWatchProgressStore(),
    storage: counting,
    grants,
    swarmKey: "cd".repeat(32),
    registry,
    log: pino({ level: "silent" }),
    toAddress: ({ headers, socket }) => headers["x-test-address"]?.toString() ?? socket.remoteAddress ?? "",
    now,
  });
  server.on("request", (request, response) => {
    if (room.delivery.takes(request)) room.delivery.handle(request, response);
    else response.writeHead(404).end();
  });
  server.on("upgrade", (request, socket, head) => room.tracker.handleUpgrade(request, socket, head));

  return {
    ...room,
    url,
    registry,
    storage,
    grants,
    views,
    openedCounts,
    /** Time, as everything here knows it. */
    clock,
    /** Changes a video as the room `videos` would: who remembers it hears of it. */
    change(id: VideoId, patch: Partial<VideoRecord>): void {
      const record = known.get(id);
      if (!record) throw new Error("no such video");
      const changed = { ...record, ...patch };
      store.put(changed);
      known.set(id, changed);
    },
    async remove(id: VideoId): Promise<void> {
      known.delete(id);
      await store.remove(id);
    },
    /** A video with all its files. */
    async publish(patch: Partial<VideoRecord> = {}): Promise<VideoRecord> {
      const draft = await store.create({ ...newVideo, ownerId: makeUserId() });
      const record: VideoRecord = {
        ...draft,
        state: "ready",
        durationSeconds: 100,
        revision,
        masterName: "master-1.m3u8",
        posterRevision: revision,
        hasStoryboard: true,
        captions: [{ key: "en", language: "en", label: "English" }],
        ...patch,
      };
      store.put(record);
      known.set(record.id, record);
      for (const [path, body] of Object.entries(publishedFiles)) {
        await storage.put(storageLayout.media(record.id, revision, path), Buffer.from(body));
      }
      return record;
    },
    /** A broadcast with a rung and its sound. */
    async goOnAir(patch: Partial<Broadcast> = {}): Promise<Broadcast> {
      const { id, ownerId } = await store.create({ ...newVideo, ownerId: makeUserId() });
      await store.remove(id);
      const broadcast: Broadcast = {
        ...{ id, ownerId, revision, visibility: "public", peersAllowed: true },
        ...patch,
      };
      onAir.set(id, broadcast);
      await this.writeLive(id, "live.m3u8", toLiveMaster(1));
      await this.writeLive(id, "360p/live.m3u8", toLivePlaylist(1));
      await this.writeLive(id, "audio-0/live.m3u8", toLivePlaylist(1));
      await this.writeLive(id, "360p/seg-000001.m4s", segment);
      await this.writeLive(id, "thumbnails/1.jpg", "jpeg");
      return broadcast;
    },
    writeLive: (id: VideoId, path: string, body: string | Buffer): Promise<void> =>
      storage.put(storageLayout.media(id, revision, path), Buffer.from(body)),
    changeBroadcast(broadcast: Broadcast, patch: Partial<Broadcast>): void {
      onAir.set(broadcast.id, { ...broadcast, ...patch });
    },
    /** It is a video from now on, or nothing. */
    endBroadcast(id: VideoId, recording?: VideoRecord): void {
      onAir.delete(id);
      if (!recording) return;
      store.put(recording);
      known.set(id, recording);
    },
    async close(): Promise<void> {
      await room.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      await rm(dir, { recursive: true, force: true });
    },
  };
}
/** See {@link openPlaybackDesk}. */
export type PlaybackDesk = Awaited<ReturnType<typeof openPlaybackDesk>>;
