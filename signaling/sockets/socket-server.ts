import { createHash } from "node:crypto";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { Server } from "socket.io";
import { z } from "zod";
import type { UserId } from "#common/accounts/user.ts";
import { assertNever, ShoalError } from "#common/errors.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { VideoId } from "#common/videos/video.ts";
import type { ServerEvents, VideoProgress } from "#common/videos/video-events.ts";
import type { VideoEvent } from "../videos/video-events.ts";
import type { VideoRecord } from "../videos/video-record.ts";
import {
  isOwnOrigin,
  maxRefusalsPerAddress,
  maxSockets,
  maxSocketsPerAddress,
  refusalsKeptMs,
  toCookie,
} from "./sockets.rules.ts";

/** What sockets want of the other rooms. */
export interface SocketServerOptions {
  readonly server: HttpServer;
  readonly publicUrl: string;
  readonly cookieName: string;
  /** Whose token it is; `null` or an error for one that is good for nothing. */
  readonly verifyToken: (token: string) => Promise<{ id: UserId } | null>;
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
  /** Is this upgrade for a page's socket? */
  takes(request: IncomingMessage): boolean;
  /** Ends the connections that came with this token: its owner has logged out. */
  disconnectToken(token: string): void;
  /** Tells the owner's other pages how far an upload is, once a second at most. */
  tellUpload(upload: { videoId: VideoId; ownerId: UserId; progress: number }): void;
}

const path = "/socket";
const uploadNewsMs = 1000;
const handshakeSchema = z.object({ token: z.string().max(4096).optional() });
const roomOfUser = (id: string) => `user:${id}`;
const roomOfToken = (token: string) => `token:${createHash("sha256").update(token).digest("hex")}`;

/** Opens socket.io on the HTTP server; the server itself stays open when this closes. */
export function openSocketServer(options: SocketServerOptions): SocketServer {
  const { log, cookieName } = options;
  const perAddress = new Map<string, number>();
  /** What an owner heard last of a video: the same is not said twice. */
  const told = new LRUCache<VideoId, string>({ max: 10_000 });
  const uploadTold = new LRUCache<VideoId, true>({ max: 10_000, ttl: uploadNewsMs });
  const refusals = new LRUCache<string, number>({ max: 10_000, ttl: refusalsKeptMs });
  const io = new Server<Record<string, never>, ServerEvents, Record<string, never>, { token?: string }>(
    options.server,
    {
      path,
      // who is let in elsewhere may have to wait longer than engine.io lets an upgrade be
      destroyUpgrade: false,
      serveClient: false,
      // pages have nothing to say here
      maxHttpBufferSize: 16 * 1024,
      allowRequest: (request, decide) => decide(null, isWelcome(request)),
    },
  );

  function isWelcome(request: IncomingMessage): boolean {
    const { headers } = request;
    const address = options.toAddress(request);
    return (
      isOwnOrigin(headers.origin, headers.host, options.publicUrl) &&
      io.engine.clientsCount < maxSockets &&
      (perAddress.get(address) ?? 0) < maxSocketsPerAddress &&
      (refusals.get(address) ?? 0) < maxRefusalsPerAddress
    );
  }

  io.engine.on(
    "connection",
    (connection: { request: IncomingMessage; once(event: "close", then: () => void): void }) => {
      const address = options.toAddress(connection.request);
      perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
      connection.once("close", () => {
        const left = (perAddress.get(address) ?? 1) - 1;
        if (left > 0) perAddress.set(address, left);
        else perAddress.delete(address);
      });
    },
  );

  /** Connections that have tried to log in: each may do so once, for every try costs the database a question. */
  const tried = new WeakSet<object>();

  io.use(async (socket, next) => {
    try {
      const { auth, headers } = socket.handshake;
      const token = handshakeSchema.safeParse(auth).data?.token ?? toCookie(headers.cookie, cookieName);
      if (!token || tried.has(socket.conn)) throw refusal();
      tried.add(socket.conn);
      const account = await options.verifyToken(token);
      if (!account) throw refusal();
      socket.data.token = token;
      await socket.join([roomOfUser(account.id), roomOfToken(token)]);
      next();
    } catch (error) {
      const code = error instanceof ShoalError ? error.code : "service.internal";
      if (!(error instanceof ShoalError)) log.warn({ err: error }, "a socket could not be let in");
      if (code.startsWith("auth.")) countRefusal(options.toAddress(socket.request));
      next(new Error(code));
      // after the answer, which is on its way only later
      setImmediate(() => socket.conn.close());
    }
  });

  function countRefusal(address: string): void {
    refusals.set(address, (refusals.get(address) ?? 0) + 1, { noUpdateTTL: true });
  }

  /** Lets go of sockets whose token is good for nothing any more; a page of a live session connects again by itself. */
  async function recheck(ids: Iterable<string>): Promise<void> {
    for (const id of ids) {
      const socket = io.sockets.sockets.get(id);
      if (!socket?.data.token) continue;
      try {
        await options.verifyToken(socket.data.token);
      } catch (error) {
        if (error instanceof ShoalError && error.code === "auth.invalid_token") socket.conn.close();
      }
    }
  }

  options.onAccountChange((id) => {
    const { rooms } = io.sockets.adapter;
    const ids = id === undefined ? io.sockets.sockets.keys() : (rooms.get(roomOfUser(id)) ?? []);
    recheck([...ids]).catch((error) => log.warn({ err: error }, "sockets could not be looked at again"));
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
    disconnectToken: (token) => io.in(roomOfToken(token)).disconnectSockets(true),
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

function refusal(): ShoalError {
  return new ShoalError("auth.required", "Log in first.");
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
