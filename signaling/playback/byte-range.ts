/** What a request wants of an object: all of it, some bytes (both ends included), or bytes that it does not have. */
export type WantedBytes = "all" | "unsatisfiable" | { readonly from: number; readonly to: number };

/**
 * Reads a `Range` header (RFC 9110 §14.2). More than one range, another unit or nonsense counts as no range:
 * "A server that supports range requests MAY ignore or reject a Range header field that contains an invalid
 * ranges-specifier".
 */
export function parseRange(header: string | undefined, sizeBytes: number): WantedBytes {
  const found = header === undefined ? null : /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (!found) return "all";
  const [, first = "", last = ""] = found;
  if (first === "" && last === "") return "all";
  if (first === "") {
    const suffixBytes = Number(last);
    if (suffixBytes === 0 || sizeBytes === 0) return "unsatisfiable";
    return { from: Math.max(0, sizeBytes - suffixBytes), to: sizeBytes - 1 };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "all";
  if (from >= sizeBytes) return "unsatisfiable";
  return { from, to: last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1) };
}

/**
 * Does the client have this object already (RFC 9110 §13.1.2, §13.1.3)? `If-None-Match` outweighs
 * `If-Modified-Since`; HTTP dates know whole seconds.
 */
export function isUnchanged(
  request: { ifNoneMatch: string | undefined; ifModifiedSince: string | undefined },
  object: { etag: string; modifiedAt: Date },
): boolean {
  if (request.ifNoneMatch !== undefined) {
    const tags = request.ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
    return tags.includes("*") || tags.includes(object.etag);
  }
  if (request.ifModifiedSince === undefined) return false;
  return Math.floor(object.modifiedAt.getTime() / 1000) * 1000 <= Date.parse(request.ifModifiedSince);
}

/** May a range be answered, or has the object changed since the client got the other part (RFC 9110 §13.1.5)? */
export function isRangeUsable(
  ifRange: string | undefined,
  object: { etag: string; lastModified: string | null },
): boolean {
  return ifRange === undefined || ifRange === object.etag || ifRange === object.lastModified;
}
