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
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoRecord } from "../../videos/video-record.ts";
import { maySee } from "../../videos/videos.rules.ts";
import { createMemoryVideoStore, makeUserId } from "../../videos/videos.store.memory.ts";
import { createGrants } from "../grants.ts";
import { playbackConfig } from "../playback.config.ts";
import { createPlaybackRoom } from "../playback.room.ts";
import { createMemoryWatchProgressStore } from "../watch-progress.store.ts";

const revision = "r1";
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

/** The room over real HTTP and real files; videos and progress are in memory. The caller closes it. */
export async function openPlaybackDesk(settings: Partial<ConfigOf<typeof playbackConfig>> = {}) {
  const dir = await mkdtemp(join(tmpdir(), "shoal-playback-"));
  const storage = await openFileStorage(dir);
  const store = createMemoryVideoStore();
  const known = new Map<VideoId, VideoRecord>();
  const registry = new Registry();
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const config = { ...loadConfig(playbackConfig, {}), ...settings };
  const grants = createGrants({ key: "ab".repeat(32), lifetimeSeconds: config.grantLifetimeSeconds, now });
  const views: VideoId[] = [];
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
    progress: createMemoryWatchProgressStore(),
    storage,
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
      const draft = await store.create({
        ownerId: makeUserId(),
        title: "Herring",
        description: "",
        tags: [],
        category: "other",
        language: "en",
        visibility: "public",
      });
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
