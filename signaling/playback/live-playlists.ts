import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import type { Storage, StoredObject } from "#common/node/storage/storage.port.ts";
import { toDeltaPlaylist, wantsDelta } from "./delta-playlist.ts";
import type { CachedMedia } from "./media-cache.ts";
import { toMediaType } from "./media-kind.ts";

/** A playlist that was read so long ago, in milliseconds, is looked at again before it is handed out. */
export const maxPlaylistAgeMs = 250;
/** A day of segments is about half of this. */
const maxPlaylistBytes = 16 * 1024 * 1024;
const cacheBytes = 64 * 1024 * 1024;
/** Clocks of storages may be coarse: two versions within this time, in milliseconds, may look like one. */
const coarseClockMs = 1500;
/** Shorter texts fit into two packets as they are. */
const minPackedBytes = 2048;
const pack = promisify(gzip);

/** Path of a broadcast's master playlist below its revision. */
export const liveMasterName = "live.m3u8";

/** Is this the path of a playlist that changes: those of a broadcast do, all other media does not? */
export function isLivePlaylist(path: string): boolean {
  return path === liveMasterName || path.endsWith(`/${liveMasterName}`);
}

/** A text, and the same packed where that is worth it. */
interface PlaylistForm {
  readonly plain: CachedMedia;
  readonly packed: CachedMedia;
}

/** One version of a playlist. */
export interface LivePlaylist {
  readonly whole: PlaylistForm;
  /** Its end alone, for players that have the rest; the whole one where there is no such form. */
  readonly delta: PlaylistForm;
}

/** `q=0` is a no (RFC 9110 §12.4.2). */
const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/;

/** The form of a playlist that a request wants. */
export function pickForm(
  { whole, delta }: LivePlaylist,
  { url = "", headers }: Pick<IncomingMessage, "url" | "headers">,
): CachedMedia {
  const form = wantsDelta(url) ? delta : whole;
  const mayPack = headers.range === undefined && takesGzip.test(String(headers["accept-encoding"] ?? ""));
  return mayPack ? form.packed : form.plain;
}

/** Reads playlists that change, so that a crowd that asks for them costs one look at the storage at a time. */
export interface LivePlaylists {
  /** What may be handed out at once. */
  peek(key: string): LivePlaylist | undefined;
  /** `undefined`: there is none (yet); that too is remembered for {@link maxPlaylistAgeMs}. */
  fetch(key: string): Promise<LivePlaylist | undefined>;
}

interface Entry {
  playlist: LivePlaylist | undefined;
  lookedAtMs: number;
}

/** Makes {@link LivePlaylists}. */
export function createLivePlaylists(
  storage: Pick<Storage, "open">,
  now: () => number = Date.now,
): LivePlaylists {
  const entries = new LRUCache<string, Entry>({
    maxSize: cacheBytes,
    sizeCalculation: ({ playlist }) => 1024 + toSizeBytes(playlist),
  });
  const looking = new Map<string, Promise<LivePlaylist | undefined>>();

  function recall(key: string): Entry | undefined {
    const entry = entries.get(key);
    return entry && now() - entry.lookedAtMs < maxPlaylistAgeMs ? entry : undefined;
  }

  async function look(key: string): Promise<LivePlaylist | undefined> {
    const lookedAtMs = now();
    const known = entries.get(key);
    await using object = await storage.open(key);
    const isTooLarge = object && object.stored.sizeBytes > maxPlaylistBytes;
    let playlist: LivePlaylist | undefined;
    if (object && !isTooLarge) {
      playlist = isSame(known, object.stored)
        ? known?.playlist
        : await toLivePlaylist(object.stored, await object.readWhole());
    }
    entries.set(key, { playlist, lookedAtMs });
    return playlist;
  }

  return {
    peek: (key) => recall(key)?.playlist,

    async fetch(key) {
      const entry = recall(key);
      if (entry) return entry.playlist;
      let answer = looking.get(key);
      if (!answer) {
        answer = look(key).finally(() => looking.delete(key));
        looking.set(key, answer);
      }
      return answer;
    },
  };
}

function isSame(known: Entry | undefined, { sizeBytes, modifiedAt }: StoredObject): boolean {
  const before = known?.playlist?.whole.plain.stored;
  return (
    known !== undefined &&
    before?.sizeBytes === sizeBytes &&
    before.modifiedAt.getTime() === modifiedAt.getTime() &&
    known.lookedAtMs - modifiedAt.getTime() > coarseClockMs
  );
}

async function toLivePlaylist(stored: StoredObject, body: Buffer): Promise<LivePlaylist> {
  const delta = toDeltaPlaylist(body.toString("utf8"));
  const whole = await toForm(stored, body);
  return { whole, delta: delta === undefined ? whole : await toForm(stored, Buffer.from(delta)) };
}

async function toForm(stored: StoredObject, body: Buffer): Promise<PlaylistForm> {
  const plain = toMedia(stored, body);
  if (body.length < minPackedBytes) return { plain, packed: plain };
  return { plain, packed: { ...toMedia(stored, await pack(body)), contentEncoding: "gzip" } };
}

function toMedia(stored: StoredObject, body: Buffer): CachedMedia {
  const type = toMediaType(stored.key);
  if (!type) throw new Error(`no playlist: ${stored.key}`);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  return { ...type, stored: { ...stored, sizeBytes: body.length }, body, etag, lastModified: null };
}

function toSizeBytes(playlist: LivePlaylist | undefined): number {
  const forms = playlist ? [playlist.whole, playlist.delta] : [];
  const bodies = new Set(forms.flatMap(({ plain, packed }) => [plain.body, packed.body]));
  return [...bodies].reduce((sum, { length }) => sum + length, 0);
}
