import { ShoalError } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import type { PageNamespace, PageServer, PageSocket, PublicNamespaceHooks } from "./page-socket.ts";
import type { createSocketAdmission } from "./socket-admission.ts";
import { isRefusal, roomOfToken, type SocketIdentities } from "./socket-identities.ts";
import { maxStrangers } from "./sockets.rules.ts";

/** The namespaces that strangers may enter. */
export function createPublicNamespaces(options: {
  readonly io: PageServer;
  readonly identities: SocketIdentities;
  readonly admission: Pick<ReturnType<typeof createSocketAdmission>, "countRefusal">;
  readonly log: Logger;
}) {
  const { io, identities, admission, log } = options;
  const opened = new Map<PageNamespace, PublicNamespaceHooks>();
  /** Connections of strangers, wherever they are. */
  const strangers = new Set<object>();

  async function enter(socket: PageSocket, guests: WeakSet<object>): Promise<void> {
    const { conn } = socket;
    if (guests.has(conn)) throw new ShoalError("request.too_many", "This page is connected already.");
    guests.add(conn);
    const account = await identities.identify(socket).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
      // a session that has ended: its page watches on as a stranger's
      admission.countRefusal(socket.request);
      socket.data.account = null;
      return null;
    });
    if (account) return;
    if (strangers.size >= maxStrangers) {
      throw new ShoalError("request.too_many", "There are too many connections.");
    }
    strangers.add(conn);
    conn.once("close", () => strangers.delete(conn));
  }

  return {
    open(name: string, hooks: PublicNamespaceHooks): PageNamespace {
      const namespace: PageNamespace = io.of(name);
      /** Connections that have a socket here: one is enough for a page. */
      const guests = new WeakSet<object>();
      opened.set(namespace, hooks);
      namespace.use(async (socket, next) => {
        try {
          await enter(socket, guests);
          next();
        } catch (error) {
          if (!(error instanceof ShoalError)) log.warn({ err: error }, "a socket could not be let in");
          // before the answer: a page that was refused does not try again, one whose line broke does
          socket.conn.close();
          next(new Error("closed"));
        }
      });
      namespace.on("connection", (socket) => {
        socket.once("disconnect", () => guests.delete(socket.conn));
        hooks.connected(socket);
      });
      return namespace;
    },

    /** Each with what is to be called for a socket whose account is another one. */
    list: (): ReadonlyMap<PageNamespace, PublicNamespaceHooks> => opened,

    /** Ends the connections of a token that was logged out; not by our word, so that they come back as strangers'. */
    dropToken(token: string): void {
      for (const namespace of opened.keys()) {
        for (const id of namespace.adapter.rooms.get(roomOfToken(token)) ?? []) {
          namespace.sockets.get(id)?.conn.close();
        }
      }
    },
  };
}
