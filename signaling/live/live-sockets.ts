import { assertNever, ShoalError, toErrorBody } from "#common/errors.ts";
import { liveIntents, liveNamespace, type StreamNews, type StreamReport } from "#common/live/live-events.ts";
import type { StreamId } from "#common/live/stream.ts";
import type { Closable } from "#common/node/closer.ts";
import type { Logger } from "#common/node/log.ts";
import type { PageSocket } from "../sockets/page-socket.ts";
import type { SocketServer } from "../sockets/socket-server.ts";
import { createRateBound } from "../sockets/sockets.rules.ts";
import {
  createLiveFollowers,
  type Following,
  type FollowRules,
  reportRoomOf,
  roomOf,
} from "./live-followers.ts";
import { createLiveNews } from "./live-news.ts";
import type { StreamListener } from "./stream-events.ts";
import type { StreamRecord } from "./stream-record.ts";

/** What sockets want of the room `live`. */
export interface LiveSocketPorts extends FollowRules {
  /** How it stands; `undefined`: there is no such stream. Asked often: from memory. */
  newsOf(streamId: StreamId): Promise<StreamNews | undefined>;
  /** Asked each second while somebody listens; `undefined` while it is off air. */
  reportOf(streamId: StreamId): Promise<StreamReport | undefined>;
  /** Changes of streams' records; of everything else {@link LiveSockets.tellChange} is told. */
  subscribe(listener: StreamListener): () => void;
  readonly log: Logger;
}

/** The sockets of live pages. */
export interface LiveSockets extends Closable {
  /** Viewers whose pages watch this stream, whatever the way; an account counts once. */
  watcherCountOf(streamId: StreamId): number;
  /** Something that {@link StreamNews} says of the stream may have changed; the number of viewers too. */
  tellChange(streamId: StreamId): void;
}

/** Intents that a page may send at once, and per second after that. */
const intentBurst = 20;
const intentsPerSecond = 1;
const reportIntervalMs = 1000;

/** An intent as it came. */
interface Asked {
  readonly name: unknown;
  readonly data: unknown;
  readonly reply: unknown;
}

/** Opens the namespace {@link liveNamespace}. It closes before the socket server does. */
export function openLiveSockets(
  sockets: Pick<SocketServer, "openPublic">,
  ports: LiveSocketPorts,
): LiveSockets {
  const onError = (error: unknown) => ports.log.warn({ err: error }, "live pages could not be told");
  const followers = createLiveFollowers(ports, (streamId) => news.updateCount(streamId));
  const namespace = sockets.openPublic(liveNamespace, {
    connected: listen,
    renewed(socket) {
      const following = followers.followingOf(socket);
      if (following) followers.follow(socket, following).catch(() => tellGone(socket, following.streamId));
    },
  });
  const isHeard = (room: string) => namespace.adapter.rooms.has(room);
  const news = createLiveNews({
    newsOf: ports.newsOf,
    isHeard: (streamId) => isHeard(roomOf(streamId)),
    tell(one, isCountOnly) {
      const room = namespace.to(roomOf(one.streamId));
      (isCountOnly ? room.volatile : room).emit("stream.changed", one);
    },
    gone: endAll,
    onError,
  });

  function listen(socket: PageSocket): void {
    const intents = createRateBound(intentBurst, intentsPerSecond);
    let working = Promise.resolve();
    socket.use((event) => {
      const [name, data, reply]: readonly unknown[] = event;
      if (!intents.take()) return cutOff(socket, reply, "request.too_many");
      // one after the other; the bound says how many wait
      working = working.then(() => answer(socket, { name, data, reply })).catch(onError);
    });
    socket.once("disconnect", () => followers.leave(socket));
  }

  async function answer(socket: PageSocket, { name, data, reply }: Asked): Promise<void> {
    const act = toAction(socket, name, data);
    if (!act) return cutOff(socket, reply, "request.invalid");
    try {
      await act();
      respond(reply, { ok: true });
    } catch (error) {
      const isRefusal = error instanceof ShoalError;
      if (!isRefusal) onError(error);
      respond(reply, toErrorBody(isRefusal ? error : toRefusal("service.internal")));
    }
  }

  /** What is asked for; `undefined`: nothing that can be. */
  function toAction(socket: PageSocket, name: unknown, data: unknown): (() => unknown) | undefined {
    if (name === "stream.follow") {
      const wanted = liveIntents[name].safeParse(data).data;
      return wanted && (() => follow(socket, wanted));
    }
    if (name !== "stream.unfollow") return undefined;
    const intent = liveIntents[name].safeParse(data).data;
    return (
      intent &&
      (() => {
        if (followers.followingOf(socket)?.streamId === intent.streamId) followers.leave(socket);
      })
    );
  }

  async function follow(socket: PageSocket, wanted: Following): Promise<void> {
    const before = followers.followingOf(socket)?.streamId;
    await followers.follow(socket, wanted);
    if (before === wanted.streamId) return;
    const present = await news.read(wanted.streamId);
    if (present) socket.emit("stream.changed", present);
  }

  function tellGone(socket: PageSocket, streamId: StreamId): void {
    socket.emit("stream.gone", { streamId });
  }

  function endAll(streamId: StreamId): void {
    namespace.to(roomOf(streamId)).emit("stream.gone", { streamId });
    for (const id of [...(namespace.adapter.rooms.get(roomOf(streamId)) ?? [])]) {
      const socket = namespace.sockets.get(id);
      if (socket) followers.leave(socket);
    }
  }

  /** Streams whose audience is to be looked at again, one after the other. */
  const unsettled = new Set<StreamId>();
  let isSettling = false;

  async function settle(): Promise<void> {
    if (isSettling) return;
    isSettling = true;
    try {
      for (const streamId of unsettled) {
        unsettled.delete(streamId);
        await followers.recheck(streamId, (socket) => tellGone(socket, streamId));
        news.update(streamId);
      }
    } finally {
      isSettling = false;
    }
  }

  function settleSoon(streamIds: Iterable<StreamId>): void {
    for (const streamId of streamIds) unsettled.add(streamId);
    settle().catch(onError);
  }

  const unsubscribe = ports.subscribe((event) => {
    switch (event.kind) {
      case "changed":
        if (isSameAudience(event.record, event.before)) news.update(event.record.id);
        else settleSoon([event.record.id]);
        return;
      case "removed":
        return endAll(event.streamId);
      case "reset":
        return settleSoon(followers.listFollowed());
      case "targets_changed":
        return;
      default:
        return assertNever(event);
    }
  });

  let isReporting = false;

  async function report(): Promise<void> {
    if (isReporting) return;
    isReporting = true;
    try {
      for (const streamId of followers.listReported((id) => isHeard(reportRoomOf(id)))) {
        const one = await ports.reportOf(streamId);
        if (one) namespace.to(reportRoomOf(streamId)).volatile.emit("stream.reported", one);
      }
    } finally {
      isReporting = false;
    }
  }
  const reportTimer = setInterval(() => report().catch(onError), reportIntervalMs);

  return {
    watcherCountOf: followers.countOf,
    tellChange: news.update,
    async close() {
      clearInterval(reportTimer);
      unsubscribe();
      news.close();
      namespace.disconnectSockets();
    },
  };
}

function isSameAudience(record: StreamRecord, before: StreamRecord | undefined): boolean {
  return before?.visibility === record.visibility && before.ownerId === record.ownerId;
}

/** Answers, and ends the connection: no page of ours asks that. */
function cutOff(socket: PageSocket, reply: unknown, code: RefusalCode): void {
  respond(reply, toErrorBody(toRefusal(code)));
  // after the answer, which is on its way only later
  setImmediate(() => socket.disconnect(true));
}

type RefusalCode = "request.too_many" | "request.invalid" | "service.internal";

function toRefusal(code: RefusalCode): ShoalError {
  const sentences: Record<RefusalCode, string> = {
    "request.too_many": "This page asks too much.",
    "request.invalid": "That is nothing that a page may ask.",
    "service.internal": "Something went wrong here.",
  };
  return new ShoalError(code, sentences[code]);
}

function respond(reply: unknown, answer: unknown): void {
  if (typeof reply === "function") reply(answer);
}
