import { createHash } from "node:crypto";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { Viewer } from "../videos/videos.rules.ts";
import type { PageNamespace, PageSocket } from "./page-socket.ts";
import { toCookie } from "./sockets.rules.ts";

const handshakeSchema = z.object({ token: z.string().max(4096).optional() });

/** The room, in every namespace, of all sockets of an account. */
export const roomOfUser = (id: string) => `user:${id}`;
/** The room, in every namespace, of all sockets that came with a token. */
export const roomOfToken = (token: string) => `token:${createHash("sha256").update(token).digest("hex")}`;

/** Says whose a socket is, once and again. */
export interface SocketIdentities {
  /**
   * Notes whose it is in its data and rooms; `null` is a stranger. Throws for a token that is good for nothing, and for
   * a second one of the same connection: each may cost the database a question.
   */
  identify(socket: PageSocket): Promise<Viewer>;
  /** Asks again whose these sockets are; a connection whose token has ended is closed. */
  recheck(
    namespace: PageNamespace,
    ids: Iterable<string>,
    renewed?: (socket: PageSocket) => void,
  ): Promise<void>;
}

/** Makes {@link SocketIdentities}. */
export function createSocketIdentities(options: {
  readonly cookieName: string;
  readonly verifyToken: (token: string) => Promise<Viewer>;
}): SocketIdentities {
  /** The token that a connection came with; `null` once it was found to be bad. */
  const tried = new WeakMap<object, string | null>();

  async function verify(conn: object, token: string): Promise<NonNullable<Viewer>> {
    const known = tried.get(conn);
    if (known === null || (known !== undefined && known !== token)) throw logInFirst();
    tried.set(conn, token);
    try {
      const account = await options.verifyToken(token);
      if (!account) throw logInFirst();
      return account;
    } catch (error) {
      if (isRefusal(error)) tried.set(conn, null);
      throw error;
    }
  }

  return {
    async identify(socket) {
      const { auth, headers } = socket.handshake;
      const token =
        handshakeSchema.safeParse(auth).data?.token ?? toCookie(headers.cookie, options.cookieName);
      const account = token ? await verify(socket.conn, token) : null;
      socket.data.account = account;
      if (!token || !account) return null;
      socket.data.token = token;
      await socket.join([roomOfUser(account.id), roomOfToken(token)]);
      return account;
    },

    async recheck(namespace, ids, renewed) {
      for (const id of ids) {
        const socket = namespace.sockets.get(id);
        if (!socket?.data.token) continue;
        try {
          socket.data.account = await options.verifyToken(socket.data.token);
          renewed?.(socket);
        } catch (error) {
          // a page whose account has a new token comes back by itself
          if (error instanceof ShoalError && error.code === "auth.invalid_token") socket.conn.close();
        }
      }
    },
  };
}

/** Is it about the token, and not about a database that does not answer? */
export function isRefusal(error: unknown): error is ShoalError {
  return error instanceof ShoalError && error.code.startsWith("auth.");
}

/** What a stranger is told where only accounts come in. */
export function logInFirst(): ShoalError {
  return new ShoalError("auth.required", "Log in first.");
}
