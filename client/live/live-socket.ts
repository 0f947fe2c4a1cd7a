import { io, type Socket } from "socket.io-client";
import { z } from "zod";
import { errorBodySchema } from "#common/errors.ts";
import {
  type LiveEvents,
  liveEvents,
  liveNamespace,
  type StreamNews,
  type StreamReport,
} from "#common/live/live-events.ts";

/** Who listens to one stream. */
export interface StreamListeners {
  /** Counted as a viewer? */
  readonly isWatching: boolean;
  changed(news: StreamNews): void;
  /** It does not exist for us (any more). */
  gone?(): void;
  /** The owner hears it each second while on air. */
  reported?(report: StreamReport): void;
  /** The line is there (again): what was said meanwhile has to be asked for. */
  connected?(): void;
}

const answerTimeoutMs = 5_000;
const retryMs = 2_000;
const answerSchema = z.union([z.object({ ok: z.literal(true) }), errorBodySchema]);

/**
 * Follows a stream until the answer is called; a line that breaks is taken up again, and the stream followed anew. What
 * does not fit its schema, or is of another stream, is dropped.
 */
export function followStream(streamId: string, listeners: StreamListeners): () => void {
  const socket: Socket = io(liveNamespace, { path: "/socket", withCredentials: true });
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  const isOurs = (data: { readonly streamId: string }) => data.streamId === streamId;
  listen("stream.changed", liveEvents["stream.changed"], (news) => isOurs(news) && listeners.changed(news));
  listen("stream.gone", liveEvents["stream.gone"], (data) => isOurs(data) && listeners.gone?.());
  listen("stream.reported", liveEvents["stream.reported"], (report) => {
    if (isOurs(report)) listeners.reported?.(report);
  });
  socket.on("connect", () => void follow());
  // the server says it when it goes down in order; the client would stay away for good
  socket.on("disconnect", (reason) => {
    if (reason === "io server disconnect" && !isClosed)
      retryTimer = setTimeout(() => socket.connect(), retryMs);
  });

  function listen<Data>(
    name: keyof LiveEvents,
    schema: z.ZodType<Data>,
    receive: (data: Data) => void,
  ): void {
    socket.on(name, (data: unknown) => {
      const parsed = schema.safeParse(data);
      if (parsed.success) receive(parsed.data);
    });
  }

  async function follow(): Promise<void> {
    clearTimeout(retryTimer);
    const intent = { streamId, isWatching: listeners.isWatching };
    const answer: unknown = await socket
      .timeout(answerTimeoutMs)
      .emitWithAck("stream.follow", intent)
      .catch(() => undefined);
    if (isClosed) return;
    const parsed = answerSchema.safeParse(answer);
    if (parsed.success && "ok" in parsed.data) listeners.connected?.();
    else if (parsed.success && "error" in parsed.data && parsed.data.error.code === "stream.not_found") {
      listeners.gone?.();
    }
    // a connection that broke meanwhile follows by itself when it is back
    else if (socket.connected) retryTimer = setTimeout(() => void follow(), retryMs);
  }

  return () => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(retryTimer);
    if (socket.connected) socket.emit("stream.unfollow", { streamId });
    socket.off();
    socket.disconnect();
  };
}
