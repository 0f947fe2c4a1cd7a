/** What a master playlist says of one variant or audio rendition, as text; absent attributes are absent. */
export interface PlaylistEntry {
  readonly attributes: Readonly<Record<string, string>>;
  /** Address as written, relative to the master; absent for an audio track that lies in the variants. */
  readonly uri: string | undefined;
}

/** The parts of a master playlist (RFC 8216 §4.3.4) that this room looks at. */
export interface MasterPlaylist {
  readonly variants: readonly PlaylistEntry[];
  readonly audio: readonly PlaylistEntry[];
}

const variantTag = "#EXT-X-STREAM-INF:";
const mediaTag = "#EXT-X-MEDIA:";

/** Reads a master playlist that our packager wrote; lines that it does not know are passed over. */
export function parseMasterPlaylist(text: string): MasterPlaylist {
  const variants: PlaylistEntry[] = [];
  const audio: PlaylistEntry[] = [];
  let pending: PlaylistEntry["attributes"] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith(variantTag)) {
      pending = parseAttributes(line.slice(variantTag.length));
    } else if (line.startsWith(mediaTag)) {
      const attributes = parseAttributes(line.slice(mediaTag.length));
      if (attributes.TYPE === "AUDIO") audio.push({ attributes, uri: attributes.URI });
    } else if (pending && line !== "" && !line.startsWith("#")) {
      variants.push({ attributes: pending, uri: line });
      pending = undefined;
    }
  }
  return { variants, audio };
}

/** RFC 8216 §4.2: names of `[A-Z0-9-]`, values that are quoted strings or free of commas. */
function parseAttributes(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^",]*)/g)) {
    attributes[name] = value.startsWith('"') ? value.slice(1, -1) : value;
  }
  return attributes;
}

/** Addresses of the media playlists of a master, each once, in the order in which they stand there. */
export function toPlaylistUris({ variants, audio }: MasterPlaylist): string[] {
  return [...new Set([...variants, ...audio].flatMap(({ uri }) => uri ?? []))];
}
