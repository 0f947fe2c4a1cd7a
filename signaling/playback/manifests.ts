import { LRUCache } from "lru-cache";
import { ShoalError } from "#common/errors.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { segmentHashTag } from "#common/playback/playback-grant.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import { isLivePlaylist, type LivePlaylists } from "./live-playlists.ts";
import { parseMasterPlaylist, toPlaylistUris } from "./master-playlist.ts";
import type { MediaCache } from "./media-cache.ts";
import { toStreamIds } from "./swarm-streams.ts";

/** What the playlists of a video say. */
export interface Manifest {
  /** Playlists by their path in the revision, the master first, as many as fit into {@link maxPlaylistsBytes}. */
  readonly playlists: ReadonlyMap<string, string>;
  /** The streams that peers may swarm around. */
  readonly streamIds: readonly string[];
  /** Does every playlist carry the hashes of its segments? Without them, there are no peers. */
  readonly hasIntegrity: boolean;
}

/** Which manifest: a new rung makes a new master, so these three mean the same for ever, but for what is on air. */
export type ManifestName = Pick<VideoRecord, "id" | "revision" | "masterName">;

/** Bytes of playlists that a grant brings along, so that a player starts without asking for them. */
export const maxPlaylistsBytes = 256 * 1024;
const maxPlaylists = 64;
const cacheBytes = 64 * 1024 * 1024;
const maxOnAir = 2000;
const maxStreamsOnAir = 64;

/** Reads and remembers manifests. */
export interface Manifests {
  /** Throws `video.not_playable` when there is none. */
  get(name: ManifestName): Promise<Manifest>;
}

/** Where manifests are read. */
export interface ManifestSources {
  readonly cache: Pick<MediaCache, "read">;
  readonly livePlaylists: Pick<LivePlaylists, "fetch">;
}

/** Makes {@link Manifests} that read through the media caches. */
export function createManifests({ cache, livePlaylists }: ManifestSources): Manifests {
  const known = new LRUCache<string, Manifest>({
    maxSize: cacheBytes,
    sizeCalculation: ({ playlists }) =>
      1024 + [...playlists.values()].reduce((sum, { length }) => sum + length, 0),
  });

  async function readText({ id, revision }: ManifestName, path: string): Promise<string | undefined> {
    const key = storageLayout.media(id, revision, path);
    const body = isLivePlaylist(path)
      ? (await livePlaylists.fetch(key))?.whole.plain.body
      : await cache.read(key);
    return body?.toString("utf8");
  }

  async function read(name: ManifestName): Promise<Manifest> {
    const masterText = name.masterName === "" ? undefined : await readText(name, name.masterName);
    if (masterText === undefined)
      throw new ShoalError("video.not_playable", "This video cannot be watched yet.");
    const master = parseMasterPlaylist(masterText);
    const paths = toPlaylistUris(master).slice(0, maxPlaylists);
    const texts = await Promise.all(paths.map((path) => readText(name, path)));
    const playlists = new Map([[name.masterName, masterText]]);
    let leftBytes = maxPlaylistsBytes - masterText.length;
    for (const [index, path] of paths.entries()) {
      const text = texts[index];
      if (text === undefined || text.length > leftBytes) continue;
      playlists.set(path, text);
      leftBytes -= text.length;
    }
    return {
      playlists,
      streamIds: toStreamIds(master),
      hasIntegrity: texts.length > 0 && texts.every((text) => text?.includes(segmentHashTag)),
    };
  }

  /** Names of the streams that a broadcast has and had: who has an older master playlist swarms around those. */
  const streamIdsOnAir = new LRUCache<string, readonly string[]>({ max: maxOnAir });

  async function readLive(name: ManifestName, key: string): Promise<Manifest> {
    const { streamIds, hasIntegrity } = await read(name);
    const before = (streamIdsOnAir.get(key) ?? []).filter((streamId) => !streamIds.includes(streamId));
    const all = [...before, ...streamIds].slice(-maxStreamsOnAir);
    streamIdsOnAir.set(key, all);
    return { playlists: new Map(), streamIds: all, hasIntegrity };
  }

  return {
    async get(name) {
      const key = `${name.id}/${name.revision}/${name.masterName}`;
      if (isLivePlaylist(name.masterName)) return readLive(name, key);
      const manifest = known.get(key) ?? (await read(name));
      known.set(key, manifest);
      return manifest;
    },
  };
}
