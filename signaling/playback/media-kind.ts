/** What kinds of media are told apart in the metrics. */
export type MediaKind = "playlist" | "segment" | "picture" | "captions";

/** What a media file is. */
export interface MediaType {
  readonly contentType: string;
  readonly kind: MediaKind;
}

const typesByEnding: Readonly<Record<string, MediaType>> = {
  // RFC 8216 §4: a playlist is identified by its ending or by this type
  m3u8: { contentType: "application/vnd.apple.mpegurl", kind: "playlist" },
  mpd: { contentType: "application/dash+xml", kind: "playlist" },
  m4s: { contentType: "video/iso.segment", kind: "segment" },
  mp4: { contentType: "video/mp4", kind: "segment" },
  vtt: { contentType: "text/vtt; charset=utf-8", kind: "captions" },
  avif: { contentType: "image/avif", kind: "picture" },
  webp: { contentType: "image/webp", kind: "picture" },
  jpg: { contentType: "image/jpeg", kind: "picture" },
};

/** The type of a media file by the ending of its name; `undefined` for what is not for viewers. */
export function toMediaType(path: string): MediaType | undefined {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  return Object.hasOwn(typesByEnding, ending) ? typesByEnding[ending] : undefined;
}
