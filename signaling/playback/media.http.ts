import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { VideoId } from "#common/videos/video.ts";
import { isRangeUsable, isUnchanged, parseRange } from "./byte-range.ts";
import type { Grants } from "./grants.ts";
import { type MediaAddress, mediaPrefix, parseMediaAddress } from "./media-address.ts";
import { createMediaCache, type MediaCache, type MediaObject } from "./media-cache.ts";
import type { MediaKind } from "./media-kind.ts";
import { assertMediaAccess, type MediaFacts } from "./playback.rules.ts";

/** What media delivery wants to know of videos. */
export interface MediaVideos {
  /** What is known without asking anybody, and may be trusted. */
  peek(id: VideoId): MediaFacts | undefined;
  find(id: VideoId): Promise<MediaFacts | undefined>;
}

/** Where media delivery counts what it does. */
export interface MediaMetrics {
  served(kind: MediaKind, sentBytes: number, isHit: boolean): void;
  refused(code: string): void;
}

/** What media delivery is made of. */
export interface MediaDeliveryOptions {
  readonly videos: MediaVideos;
  readonly grants: Pick<Grants, "peek" | "verify">;
  readonly storage: Pick<Storage, "load" | "stream">;
  readonly metrics: MediaMetrics;
  readonly log: Logger;
  /** Memory for media that is asked for often. */
  readonly cacheBytes: number;
}

/** Answers requests for media. */
export interface MediaDelivery {
  /** Is this request for media? */
  takes(request: IncomingMessage): boolean;
  /** Answers it; stands before everything that pages and the API need and segments do not. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** The same objects for those who want to read them in this process. */
  readonly cache: MediaCache;
}

type Access = "public" | "private";

/** A client that takes nothing for so long is let go. */
const stallTimeoutMs = 60_000;
/** Memory that answers to slow clients may hold beside the cache; more is streamed. */
const maxHeldBytes = 256 * 1024 * 1024;
const maxAgeSeconds = 31_536_000;

/** Builds media delivery: reads files of one revision, decides by grant and visibility, on every request. */
export function createMediaDelivery(options: MediaDeliveryOptions): MediaDelivery {
  const { videos, grants, storage, metrics, log } = options;
  const cache = createMediaCache(storage, options.cacheBytes);
  const holders = new Map<MediaObject, number>();
  let heldBytes = 0;

  /** Remembers that an answer needs the object until it is sent; `false` when too much is held already. */
  function hold(object: MediaObject, response: ServerResponse): boolean {
    const count = holders.get(object) ?? 0;
    if (count === 0 && heldBytes + object.sizeBytes > maxHeldBytes) return false;
    if (count === 0) heldBytes += object.sizeBytes;
    holders.set(object, count + 1);
    response.once("close", () => {
      const left = (holders.get(object) ?? 1) - 1;
      if (left > 0) {
        holders.set(object, left);
      } else {
        holders.delete(object);
        heldBytes -= object.sizeBytes;
      }
    });
    return true;
  }

  function send(
    request: IncomingMessage,
    response: ServerResponse,
    object: MediaObject,
    { access, isHit }: { access: Access; isHit: boolean },
  ): void {
    const isHead = request.method === "HEAD";
    const headers = toHeaders(object, access);
    const { headers: asked } = request;
    const condition = { ifNoneMatch: asked["if-none-match"], ifModifiedSince: asked["if-modified-since"] };
    if (isUnchanged(condition, object)) {
      response.writeHead(304, headers).end();
      return;
    }
    const range = isRangeUsable(asked["if-range"]?.toString(), object)
      ? parseRange(asked.range, object.sizeBytes)
      : "all";
    if (range === "unsatisfiable") {
      response.writeHead(416, [...headers, "Content-Range", `bytes */${object.sizeBytes}`]).end();
      return;
    }
    const from = range === "all" ? 0 : range.from;
    const to = range === "all" ? object.sizeBytes - 1 : range.to;
    const sentBytes = to - from + 1;
    headers.push("Content-Type", object.contentType, "Content-Length", String(sentBytes));
    if (range !== "all") headers.push("Content-Range", `bytes ${from}-${to}/${object.sizeBytes}`);
    response.writeHead(range === "all" ? 200 : 206, headers);
    metrics.served(object.kind, isHead ? 0 : sentBytes, isHit);
    if (isHead || sentBytes === 0) {
      response.end();
      return;
    }
    if (object.body && hold(object, response)) {
      response.end(range === "all" ? object.body : object.body.subarray(from, to + 1));
    } else {
      stream(response, object.key, from, to).catch((error: unknown) => {
        log.warn({ err: error }, "media could not be sent to its end");
        response.destroy();
      });
    }
  }

  async function stream(response: ServerResponse, key: string, from: number, to: number): Promise<void> {
    const body: Readable | undefined = await storage.stream(key, { from, to });
    if (!body) throw new Error("media went away while it was sent");
    try {
      await pipeline(body, response);
    } catch (error) {
      const isClientGone =
        error instanceof Error && "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
      if (!isClientGone) throw error;
    }
  }

  /** The way when something must be looked up first. */
  async function handleSlowly(request: IncomingMessage, response: ServerResponse, address: MediaAddress) {
    const grant = address.grant === null ? null : await grants.verify(address.grant);
    const access = assertMediaAccess(address, grant, await videos.find(address.videoId));
    const key = toKey(address);
    const known = cache.peek(key);
    const object = known ?? (await cache.load(key));
    if (!object) throw notFound();
    if (!response.destroyed) send(request, response, object, { access, isHit: known !== undefined });
  }

  /** Everything is in memory for most requests: then nothing is awaited. `false` when it is not. */
  function handleAtOnce(request: IncomingMessage, response: ServerResponse, address: MediaAddress): boolean {
    const grant = address.grant === null ? null : grants.peek(address.grant);
    const video = videos.peek(address.videoId);
    if (grant === undefined || !video) return false;
    const access = assertMediaAccess(address, grant, video);
    const object = cache.peek(toKey(address));
    if (object) send(request, response, object, { access, isHit: true });
    return object !== undefined;
  }

  function refuse(response: ServerResponse, error: unknown): void {
    const isRefusal = error instanceof ShoalError;
    if (!isRefusal) log.error({ err: error }, "media could not be served");
    const refusal = isRefusal ? error : new ShoalError("service.internal", "Something went wrong here.");
    metrics.refused(refusal.code);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const body = JSON.stringify(toErrorBody(refusal));
    response
      .writeHead(refusal.httpStatus, {
        "Content-Type": "application/json; charset=utf-8",
        "Content-Length": Buffer.byteLength(body),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        // a player elsewhere may read why
        "Access-Control-Allow-Origin": "*",
      })
      .end(response.req.method === "HEAD" ? undefined : body);
  }

  return {
    cache,
    takes: (request) => request.url?.startsWith(mediaPrefix) ?? false,
    handle(request, response) {
      request.socket.setTimeout(stallTimeoutMs);
      try {
        if (request.method === "OPTIONS") {
          response.writeHead(204, preflightHeaders).end();
          return;
        }
        if (request.method !== "GET" && request.method !== "HEAD") {
          // whatever comes with it is not read
          response.shouldKeepAlive = false;
          throw new ShoalError("request.invalid", "Media can only be fetched.");
        }
        const address = parseMediaAddress(request.url ?? "");
        if (!address) throw notFound();
        if (handleAtOnce(request, response, address)) return;
        handleSlowly(request, response, address).catch((error: unknown) => refuse(response, error));
      } catch (error) {
        refuse(response, error);
      }
    },
  };
}

function toKey({ videoId, revision, path }: MediaAddress): string {
  return storageLayout.media(videoId, revision, path);
}

function notFound(): ShoalError {
  return new ShoalError("media.not_found", "There is no such media.");
}

const preflightHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD",
  "Access-Control-Allow-Headers": "Range, If-None-Match",
  "Access-Control-Max-Age": "86400",
};

/** Names and values by turns: the form that Node writes without looking at each again. */
function toHeaders(object: MediaObject, access: Access): string[] {
  const headers = [
    "Cache-Control",
    `${access}, max-age=${maxAgeSeconds}, immutable`,
    "ETag",
    object.etag,
    "Last-Modified",
    object.lastModified,
    "Accept-Ranges",
    "bytes",
    "X-Content-Type-Options",
    "nosniff",
  ];
  // public media may be played anywhere; credentials are never allowed with it
  if (access === "public") {
    headers.push("Access-Control-Allow-Origin", "*", "Cross-Origin-Resource-Policy", "cross-origin");
    headers.push("Access-Control-Expose-Headers", "Content-Length, Content-Range, ETag");
  } else {
    headers.push("Cross-Origin-Resource-Policy", "same-origin");
  }
  return headers;
}
