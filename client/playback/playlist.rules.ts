import { segmentHashTag } from "#common/playback/playback-grant.ts";

/** One `#EXT-X-STREAM-INF` of a multivariant playlist. */
export interface PlaylistVariant {
  readonly url: string;
  readonly bandwidthBps: number;
  /** 0 where the playlist does not say. */
  readonly heightPx: number;
  readonly audioGroup: string | undefined;
}

/** One `#EXT-X-MEDIA:TYPE=AUDIO` of a multivariant playlist. */
export interface PlaylistAudio {
  readonly url: string;
  readonly group: string | undefined;
  readonly isDefault: boolean;
}

/** One segment of a media playlist; `sha256` is lower-case hex. */
export interface PlaylistSegment {
  readonly url: string;
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly sha256: string | undefined;
}

/** A multivariant playlist as far as a start needs it. */
export interface MasterPlaylist {
  readonly variants: readonly PlaylistVariant[];
  readonly audios: readonly PlaylistAudio[];
}

/** A media playlist as far as a start and the checking of peers need it. */
export interface MediaPlaylist {
  readonly initUrl: string | undefined;
  readonly segments: readonly PlaylistSegment[];
}

const hexSha256 = /^[0-9a-f]{64}$/;

/** The attributes of a tag's value (RFC 8216 §4.2), quotes taken off. */
export function parseAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) {
    if (name) attributes.set(name, quoted ?? plain ?? "");
  }
  return attributes;
}

/** Reads a multivariant playlist; addresses become absolute paths against `baseUrl`. */
export function parseMasterPlaylist(text: string, baseUrl: string): MasterPlaylist {
  const variants: PlaylistVariant[] = [];
  const audios: PlaylistAudio[] = [];
  let streamInfo: Map<string, string> | undefined;
  for (const line of toLines(text)) {
    if (line.startsWith("#EXT-X-STREAM-INF:")) {
      streamInfo = parseAttributes(line.slice("#EXT-X-STREAM-INF:".length));
    } else if (line.startsWith("#EXT-X-MEDIA:")) {
      const attributes = parseAttributes(line.slice("#EXT-X-MEDIA:".length));
      const uri = attributes.get("URI");
      if (attributes.get("TYPE") === "AUDIO" && uri) {
        audios.push({
          url: toAbsolutePath(uri, baseUrl),
          group: attributes.get("GROUP-ID"),
          isDefault: attributes.get("DEFAULT") === "YES",
        });
      }
    } else if (!line.startsWith("#") && streamInfo) {
      variants.push({
        url: toAbsolutePath(line, baseUrl),
        bandwidthBps: Number(streamInfo.get("AVERAGE-BANDWIDTH") ?? streamInfo.get("BANDWIDTH") ?? 0),
        heightPx: Number(streamInfo.get("RESOLUTION")?.split("x")[1] ?? 0),
        audioGroup: streamInfo.get("AUDIO"),
      });
      streamInfo = undefined;
    }
  }
  return { variants, audios };
}

/** Reads a media playlist; addresses become absolute paths against `baseUrl`. */
export function parseMediaPlaylist(text: string, baseUrl: string): MediaPlaylist {
  const segments: PlaylistSegment[] = [];
  let initUrl: string | undefined;
  let sha256: string | undefined;
  let durationSeconds: number | undefined;
  let startSeconds = 0;
  for (const line of toLines(text)) {
    if (line.startsWith("#EXT-X-MAP:")) {
      const uri = parseAttributes(line.slice("#EXT-X-MAP:".length)).get("URI");
      if (uri) initUrl ??= toAbsolutePath(uri, baseUrl);
    } else if (line.startsWith(segmentHashTag)) {
      const hex = line.slice(segmentHashTag.length).trim();
      sha256 = hexSha256.test(hex) ? hex : undefined;
    } else if (line.startsWith("#EXTINF:")) {
      durationSeconds = Number.parseFloat(line.slice("#EXTINF:".length));
    } else if (!line.startsWith("#") && durationSeconds !== undefined) {
      segments.push({ url: toAbsolutePath(line, baseUrl), startSeconds, durationSeconds, sha256 });
      startSeconds += durationSeconds;
      durationSeconds = undefined;
      sha256 = undefined;
    }
  }
  return { initUrl, segments };
}

/**
 * The address of a piece of media without origin and grant: what stays the same when a grant is renewed, and for
 * every viewer. `/media/~<grant>/<rest>` → `/media/<rest>`.
 */
export function toStablePath(url: string): string {
  return toAbsolutePath(url, "/").replace(/^\/media\/~[^/]+\//, "/media/");
}

/** Puts the grant of `grantedUrl` into the path of `url`; addresses without a grant stay as they are. */
export function withGrantOf(url: string, grantedUrl: string): string {
  const grant = /^\/media\/~[^/]+\//.exec(toAbsolutePath(grantedUrl, "/"))?.[0];
  if (!grant) return url;
  return url.replace(/\/media\/~[^/]+\//, grant);
}

/** The path of an address, resolved against the path `baseUrl`. */
export function toAbsolutePath(url: string, baseUrl: string): string {
  // the host is only there to make relative addresses resolvable
  const { pathname, search } = new URL(url, new URL(baseUrl, "http://shoal.invalid"));
  return pathname + search;
}

function toLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
