import type { IncomingHttpHeaders } from "node:http";
import { isRangeUsable, isUnchanged, parseRange } from "./byte-range.ts";
import type { MediaFacts } from "./media-cache.ts";

/** Who may keep an answer: every cache on the way, or the viewer's own. */
export type MediaAudience = "public" | "private";

/** What to say to a request for an object that may be handed out. */
export interface MediaAnswer {
  readonly status: 200 | 206 | 304 | 416;
  /** Names and values by turns: the form that Node writes without looking at each again. */
  readonly headers: string[];
  /** The bytes that follow, both ends included; `undefined` for none. */
  readonly bytes: { readonly from: number; readonly to: number } | undefined;
}

/** Almost all media is immutable: a year, which is what RFC 9111 §5.2.2.1 has for "never changes". */
const immutable = "max-age=31536000, immutable";
/**
 * What changes may be kept, but not used without asking: an old playlist makes a live player stall. A shared cache may
 * answer a crowd with it for a second ("s-maxage … incorporates the semantics of proxy-revalidate", RFC 9111 §5.2.2.10).
 */
const mutable: Readonly<Record<MediaAudience, string>> = {
  public: "max-age=0, s-maxage=1, must-revalidate",
  private: "max-age=0, must-revalidate",
};

/** Plans the answer to GET and HEAD by the conditions and the range of the request. */
export function planAnswer(
  asked: IncomingHttpHeaders,
  media: MediaFacts,
  audience: MediaAudience,
): MediaAnswer {
  const { sizeBytes, modifiedAt } = media.stored;
  const headers = toHeaders(media, audience);
  const conditions = {
    ifNoneMatch: asked["if-none-match"],
    ifModifiedSince: media.lastModified === null ? undefined : asked["if-modified-since"],
  };
  if (isUnchanged(conditions, { etag: media.etag, modifiedAt })) {
    return { status: 304, headers, bytes: undefined };
  }
  const range = isRangeUsable(asked["if-range"]?.toString(), media)
    ? parseRange(asked.range, sizeBytes)
    : "all";
  if (range === "unsatisfiable") {
    headers.push("Content-Range", `bytes */${sizeBytes}`, "Content-Length", "0");
    return { status: 416, headers, bytes: undefined };
  }
  const { from, to } = range === "all" ? { from: 0, to: sizeBytes - 1 } : range;
  headers.push("Content-Type", media.contentType, "Content-Length", String(to - from + 1));
  if (range !== "all") headers.push("Content-Range", `bytes ${from}-${to}/${sizeBytes}`);
  return {
    status: range === "all" ? 200 : 206,
    headers,
    bytes: to < from ? undefined : { from, to },
  };
}

function toHeaders(media: MediaFacts, audience: MediaAudience): string[] {
  const headers = [
    "Cache-Control",
    `${audience}, ${media.lastModified === null ? mutable[audience] : immutable}`,
    "ETag",
    media.etag,
    "Accept-Ranges",
    "bytes",
    "X-Content-Type-Options",
    "nosniff",
  ];
  if (media.lastModified !== null) headers.push("Last-Modified", media.lastModified);
  // what changes is what comes packed too
  else headers.push("Vary", "Accept-Encoding");
  if (media.contentEncoding) headers.push("Content-Encoding", media.contentEncoding);
  if (audience === "private") {
    headers.push("Cross-Origin-Resource-Policy", "same-origin");
  } else {
    // public media may be played anywhere; credentials are never allowed with it
    headers.push("Access-Control-Allow-Origin", "*", "Cross-Origin-Resource-Policy", "cross-origin");
    headers.push("Access-Control-Expose-Headers", "Content-Length, Content-Range, ETag");
  }
  return headers;
}
