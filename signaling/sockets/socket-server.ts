import type { Server as HttpServer, IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { Server } from "socket.io";
import type { UserId } from "#common/accounts/user.ts";
import { assertNever, ShoalError } from "#common/errors.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { VideoProgress } from "#common/videos/video-events.ts";
import type { VideoEvent } from "../videos/video-events.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import type {
  PageData,
  PageEvents,
  PageNamespace,
  PageServer,
  PageSocket,
  PublicNamespaceHooks,
} from "./page-socket.ts";
import { createPublicNamespaces } from "./public-namespaces.ts";
import { createSocketAdmission } from "./socket-admission.ts";
import {
  createSocketIdentities,
  isRefusal,
  logInFirst,
  roomOfToken,
  roomOfUser,
} from "./socket-identities.ts";

/** What sockets want of the other rooms. */
export interface SocketServerOptions {
  readonly server: HttpServer;
  readonly publicUrl: string;
  readonly cookieName: string;
  /** Whose token it is; `null` or an error for one that is good for nothing. */
  readonly verifyToken: (token: string) => Promise<Viewer>;
  /** Tells when something about an account has changed, its password too; without an id: about any. */
  readonly onAccountChange: (listener: (id?: string) => void) => void;
  readonly subscribe: (listener: (event: VideoEvent) => void) => () => void;
  readonly progressOf: (record: VideoRecord) => number;
  /** The network address that a request comes from. */
  readonly toAddress: (request: IncomingMessage) => string;
  readonly log: Logger;
}

/** The pages' sockets. */
export interface SocketServer extends Closable {
  /** Opens a namespace that strangers may enter too, one socket per connection. It closes with the rest. */
  openPublic(name: string, hooks: PublicNamespaceHooks): PageNamespace;
  /** Is this upgrade for a page's socket? */
  takes(request: IncomingMessage): boolean;
  /** Ends the connections that came with this token: its owner has logged out. */
  disconnectToken(token: string): void;
  /** Tells the owner's other pages how far an upload is, once a second at most. */
  tellUpload(upload: { videoId: VideoId; ownerId: UserId; progress: number }): void;
}

const path = "/socket";
const uploadNewsMs = 1000;

/** Opens socket.io on the HTTP server; the server itself stays open when this closes. */
export function openSocketServer(options: SocketServerOptions): SocketServer {
  const { log } = options;
  /** What an owner heard last of a video: the same is not said twice. */
  const told = new LRUCache<VideoId, string>({ max: 10_000 });
  const uploadTold = new LRUCache<VideoId, true>({ max: 10_000, ttl: uploadNewsMs });
  const admission = createSocketAdmission(options);
  const io: PageServer = new Server<Record<string, never>, PageEvents, Record<string, never>, PageData>(
    options.server,
    {
      path,
      // who is let in elsewhere may have to wait longer than engine.io lets an upgrade be
      destroyUpgrade: false,
      serveClient: false,
      // who connects and does not say where to is let go
      connectTimeout: 10_000,
      // pages have little to say here
      maxHttpBufferSize: 16 * 1024,
      allowRequest: (request, decide) => decide(null, admission.isWelcome(request, io.engine.clientsCount)),
    },
  );
  admission.watch(io.engine);
  const identities = createSocketIdentities(options);
  const publicNamespaces = createPublicNamespaces({ io, identities, admission, log });

  io.use(async (socket, next) => {
    try {
      if (!(await identities.identify(socket))) throw logInFirst();
      next();
    } catch (error) {
      const code = error instanceof ShoalError ? error.code : "service.internal";
      if (!(error instanceof ShoalError)) log.warn({ err: error }, "a socket could not be let in");
      if (isRefusal(error)) admission.countRefusal(socket.request);
      next(new Error(code));
      // after the answer, which is on its way only later
      setImmediate(() => socket.conn.close());
    }
  });

  function recheck(namespace: PageNamespace, id?: string, renewed?: (socket: PageSocket) => void): void {
    const { rooms } = namespace.adapter;
    const ids = id === undefined ? namespace.sockets.keys() : (rooms.get(roomOfUser(id)) ?? []);
    identities
      .recheck(namespace, [...ids], renewed)
      .catch((error) => log.warn({ err: error }, "sockets could not be looked at again"));
  }

  options.onAccountChange((id) => {
    recheck(io.of("/"), id);
    for (const [namespace, hooks] of publicNamespaces.list()) recheck(namespace, id, hooks.renewed);
  });

  /** Nobody is listening most of the time. */
  const isHeard = (ownerId: UserId) => io.sockets.adapter.rooms.has(roomOfUser(ownerId));

  function tell(ownerId: UserId, progress: VideoProgress): void {
    const text = JSON.stringify(progress);
    if (told.get(progress.videoId) === text) return;
    told.set(progress.videoId, text);
    io.to(roomOfUser(ownerId)).emit("video.progressed", progress);
  }

  const unsubscribe = options.subscribe((event) => {
    switch (event.kind) {
      case "changed":
        if (isHeard(event.record.ownerId))
          tell(event.record.ownerId, toNews(event.record, options.progressOf));
        return;
      case "removed":
        told.delete(event.videoId);
        io.to(roomOfUser(event.ownerId)).emit("video.deleted", { videoId: event.videoId });
        return;
      case "channel_changed":
      case "reset":
        return;
      default:
        assertNever(event);
    }
  });

  return {
    takes: ({ url = "" }) => url.startsWith(`${path}/`),
    openPublic: publicNamespaces.open,
    disconnectToken(token) {
      io.in(roomOfToken(token)).disconnectSockets(true);
      publicNamespaces.dropToken(token);
    },
    tellUpload({ videoId, ownerId, progress }) {
      if (uploadTold.has(videoId) || !isHeard(ownerId)) return;
      uploadTold.set(videoId, true);
      tell(ownerId, { videoId, state: "uploading", progress, step: "" });
    },
    async close() {
      unsubscribe();
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
}

function toNews(record: VideoRecord, progressOf: (record: VideoRecord) => number): VideoProgress {
  const { errorCode: code, errorMessage: message } = record;
  return {
    videoId: record.id,
    state: record.state,
    progress: progressOf(record),
    step: record.step,
    ...(record.state === "failed" && code ? { error: { code, message } } : {}),
  };
}
