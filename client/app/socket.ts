import { io, type Socket } from "socket.io-client";
import type { ZodType } from "zod";
import { type ServerEvents, serverEvents } from "#common/videos/video-events.ts";

let socket: Socket | undefined;
let listenerCount = 0;

/** The cookie says who we are; the socket lives as long as somebody listens. */
function openSocket(): Socket {
  listenerCount += 1;
  socket ??= io({ path: "/socket", withCredentials: true });
  return socket;
}

function leaveSocket(): void {
  listenerCount -= 1;
  if (listenerCount > 0) return;
  socket?.disconnect();
  socket = undefined;
}

export interface ServerListeners extends Partial<ServerEvents> {
  /** The line is there (again): what was said meanwhile has to be asked for. */
  readonly connected?: () => void;
}

/** Hears the front desk; answers how to stop. What does not fit its schema is dropped. */
export function listenToServer(listeners: ServerListeners): () => void {
  const opened = openSocket();
  const detach: (() => void)[] = [];
  function attach<Data>(
    name: keyof ServerEvents,
    schema: ZodType<Data>,
    listen?: (data: Data) => void,
  ): void {
    if (!listen) return;
    const receive = (data: unknown) => {
      const parsed = schema.safeParse(data);
      if (parsed.success) listen(parsed.data);
    };
    opened.on(name, receive);
    detach.push(() => opened.off(name, receive));
  }
  attach("video.progressed", serverEvents["video.progressed"], listeners["video.progressed"]);
  attach("video.deleted", serverEvents["video.deleted"], listeners["video.deleted"]);
  const { connected } = listeners;
  if (connected) {
    opened.on("connect", connected);
    detach.push(() => opened.off("connect", connected));
  }
  return () => {
    for (const stop of detach) stop();
    leaveSocket();
  };
}
