import type { IncomingMessage, ServerResponse } from "node:http";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { Grants } from "./grants.ts";
import { createLivePlaylists, isLivePlaylist, type LivePlaylists, pickForm } from "./live-playlists.ts";
import { type MediaAddress, mediaPrefix, parseMediaAddress } from "./media-address.ts";
import { type MediaAudience, planAnswer } from "./media-answer.ts";
import { type CachedMedia, createMediaCache, type MediaCache, type OpenedMedia } from "./media-cache.ts";
import type { MediaKind } from "./media-kind.ts";
import { createMediaSender } from "./media-sender.ts";
import { assertMediaAccess, type MediaVideo } from "./playback.rules.ts";

/** What media delivery wants to know of videos. */
export interface MediaVideos {
  /** What is known without asking anybody, and may be trusted. */
  peek(id: VideoId): MediaVideo | undefined;
  find(id: VideoId): Promise<MediaVideo | undefined>;
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
  readonly storage: Pick<Storage, "open">;
  readonly metrics: MediaMetrics;
  readonly log: Logger;
  /** Memory for media that is asked for often. */
  readonly cacheBytes: number;
  readonly now?: () => number;
}

/** Answers requests for media. */
export interface MediaDelivery {
  /** Is this request for media? */
  takes(request: IncomingMessage): boolean;
  /** Answers it; stands before everything that pages and the API need and segments do not. */
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** The same objects for those who want to read them in this process. */
  readonly cache: MediaCache;
  readonly livePlaylists: LivePlaylists;
}

/** A client that takes nothing for so long is let go. */
const stallTimeoutMs = 60_000;

/** Builds media delivery: reads files of one revision, decides by grant and visibility, on every request. */
export function createMediaDelivery(options: MediaDeliveryOptions): MediaDelivery {
  const { videos, grants, storage, metrics, log } = options;
  const cache = createMediaCache(storage, options.cacheBytes);
  const livePlaylists = createLivePlaylists(storage, options.now);
  const sender = createMediaSender(storage);

  /** What may be handed out at once. */
  function peek(key: string, request: IncomingMessage): CachedMedia | undefined {
    if (!isLivePlaylist(key)) return cache.peek(key);
    const playlist = livePlaylists.peek(key);
    return playlist && pickForm(playlist, request);
  }

  async function fetch(
    key: string,
    request: IncomingMessage,
  ): Promise<CachedMedia | OpenedMedia | undefined> {
    if (!isLivePlaylist(key)) return cache.fetch(key);
    const playlist = await livePlaylists.fetch(key);
    return playlist && pickForm(playlist, request);
  }

  function answer(
    request: IncomingMessage,
    response: ServerResponse,
    media: CachedMedia | OpenedMedia,
    { audience, isHit }: { audience: MediaAudience; isHit: boolean },
  ): Promise<void> | undefined {
    const { status, headers, bytes } = planAnswer(request.headers, media, audience);
    const isBodyWanted = bytes !== undefined && request.method !== "HEAD";
    metrics.served(media.kind, isBodyWanted ? bytes.to - bytes.from + 1 : 0, isHit);
    response.writeHead(status, headers);
    if (isBodyWanted) return sender.send(response, media, bytes);
    response.end();
    return "opened" in media ? media.opened.close() : undefined;
  }

  /** The way when something must be looked up first. */
  async function handleSlowly(request: IncomingMessage, response: ServerResponse, address: MediaAddress) {
    const grant = address.grant === null ? null : await grants.verify(address.grant);
    const audience = assertMediaAccess(address, grant, await videos.find(address.videoId));
    const key = toKey(address);
    const known = peek(key, request);
    const media = known ?? (await fetch(key, request));
    if (!media) throw notFound();
    await answer(request, response, media, { audience, isHit: known !== undefined });
  }

  /** Everything is in memory for most requests: then nothing is awaited. `false` when it is not. */
  function handleAtOnce(request: IncomingMessage, response: ServerResponse, address: MediaAddress): boolean {
    const grant = address.grant === null ? null : grants.peek(address.grant);
    const video = videos.peek(address.videoId);
    if (grant === undefined || !video) return false;
    const audience = assertMediaAccess(address, grant, video);
    const media = peek(toKey(address), request);
    if (media) {
      answer(request, response, media, { audience, isHit: true })?.catch((error) => refuse(response, error));
    }
    return media !== undefined;
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
    livePlaylists,
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
