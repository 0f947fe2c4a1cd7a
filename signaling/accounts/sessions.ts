import { createHash } from "node:crypto";
import { decodeJwt } from "jose";
import { LRUCache } from "lru-cache";
import { ClientResponseError } from "pocketbase";
import { z } from "zod";
import { type UserId, userIdSchema, userRoleSchema } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { createPocketBase } from "#common/node/pocketbase.ts";
import { findInPocketBase, isTaken, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import type { PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import type { Account } from "../http/trpc.ts";

/** Says whose a token is. A token is PocketBase's own, so that it works below /pb too. */
export interface Sessions {
  /** Is it known whose token this is, without asking the database? */
  isKnown(token: string): boolean;
  /** The account of a token; throws `auth.invalid_token` and `service.unavailable`. */
  verify(token: string): Promise<Account>;
  /** Was this token logged out? Knows it without verifying anything else; throws `service.unavailable`. */
  isRevoked(token: string): Promise<boolean>;
  /** From now on the token is refused everywhere. */
  revoke(token: string): Promise<void>;
  /** Forgets what is known about an account's tokens: something about it has changed. */
  forget(id: UserId): void;
}

interface Known {
  readonly account: Account;
  readonly knownUntilMs: number;
}

const usersCollectionId = "_pb_users_auth_";
/** How long an answer of PocketBase is believed when nobody says that it has changed. */
const maxAgeMs = 60_000;
const maxKept = 20_000;
const claimsSchema = z.object({
  collectionId: z.literal(usersCollectionId),
  type: z.literal("auth"),
  exp: z.number(),
});
const refreshSchema = z.object({
  record: z.object({ id: userIdSchema, handle: z.string(), role: userRoleSchema }),
});

/** SHA-256 of a token, in hex: the form in which tokens are kept. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/**
 * When a token of one of our accounts ends, in milliseconds since 1970; `undefined` when it is none or has ended.
 * Only one spelling of a token counts: the last character of a signature has bits that decoders ignore, and a token that
 * was logged out must not come back in another spelling.
 */
export function toTokenEndMs(token: string, nowMs: number): number | undefined {
  const [, signature = ""] = /^[\w-]+\.[\w-]+\.([\w-]+)$/.exec(token) ?? [];
  if (signature === "" || Buffer.from(signature, "base64url").toString("base64url") !== signature)
    return undefined;
  try {
    const endsAtMs = claimsSchema.parse(decodeJwt(token)).exp * 1000;
    return endsAtMs > nowMs ? endsAtMs : undefined;
  } catch {
    return undefined;
  }
}

/** Verifies tokens with PocketBase, and remembers the answers while the feed is live. */
export function createSessions(options: {
  url: string;
  service: PocketBaseService;
  feed: Pick<PocketBaseFeed, "isLive" | "on" | "onReset">;
  now?: () => number;
}): Sessions {
  const { service, feed, now = Date.now } = options;
  const known = new LRUCache<string, Known>({ max: maxKept });
  const asking = new Map<string, Promise<Account>>();
  /** Counts changes: an answer that was on its way meanwhile is not remembered. */
  let version = 0;

  function forgetAll(): void {
    version += 1;
    known.clear();
  }

  function forget(id: string): void {
    version += 1;
    for (const [hash, { account }] of known.entries()) if (account.id === id) known.delete(hash);
  }

  function noteRevoked(tokenHash: string): void {
    version += 1;
    known.delete(tokenHash);
  }

  feed.onReset(forgetAll);
  feed.on("users", ({ record }) => forget(String(record.id)));
  feed.on("revoked_tokens", ({ action, record }) => {
    if (action === "create") noteRevoked(String(record.tokenHash));
  });

  async function isHashRevoked(tokenHash: string): Promise<boolean> {
    const found = await findInPocketBase(service, (client) =>
      client
        .collection("revoked_tokens")
        .getFirstListItem(client.filter("tokenHash = {:tokenHash}", { tokenHash }), { fields: "id" }),
    );
    return found !== undefined;
  }

  async function ask(token: string, hash: string, endsAtMs: number): Promise<Account> {
    const since = version;
    const [account, isRevoked] = await Promise.all([refresh(options.url, token), isHashRevoked(hash)]);
    if (isRevoked) throw invalidToken();
    if (since === version && feed.isLive()) {
      known.set(hash, { account, knownUntilMs: Math.min(endsAtMs, now() + maxAgeMs) });
    }
    return account;
  }

  function recall(hash: string): Account | undefined {
    const remembered = feed.isLive() ? known.get(hash) : undefined;
    return remembered && remembered.knownUntilMs > now() ? remembered.account : undefined;
  }

  return {
    isKnown: (token) => recall(hashToken(token)) !== undefined,

    async verify(token) {
      const hash = hashToken(token);
      const remembered = recall(hash);
      if (remembered) return remembered;
      const endsAtMs = toTokenEndMs(token, now());
      if (endsAtMs === undefined) throw invalidToken();
      // a page asks for many things at once
      const key = `${version}/${hash}`;
      let answer = asking.get(key);
      if (!answer) {
        answer = ask(token, hash, endsAtMs).finally(() => asking.delete(key));
        asking.set(key, answer);
      }
      return answer;
    },

    async isRevoked(token) {
      const hash = hashToken(token);
      if (feed.isLive() && known.has(hash)) return false;
      return isHashRevoked(hash);
    },

    async revoke(token) {
      const tokenHash = hashToken(token);
      const endsAtMs = toTokenEndMs(token, now());
      if (endsAtMs === undefined) return;
      try {
        await findInPocketBase(service, (client) =>
          client
            .collection("revoked_tokens")
            .create({ tokenHash, expiresAt: new Date(endsAtMs).toISOString() }),
        );
      } catch (error) {
        if (!isTaken(error, "tokenHash")) throw error;
      }
      noteRevoked(tokenHash);
    },

    forget,
  };
}

/** Asks PocketBase whose token it is, as that account. */
async function refresh(url: string, token: string): Promise<Account> {
  try {
    const answer = await createPocketBase(url, token).collection("users").authRefresh();
    return refreshSchema.parse(answer).record;
  } catch (cause) {
    if (!(cause instanceof ClientResponseError)) throw cause;
    if (cause.status === 0 || cause.status >= 500) {
      throw new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
        cause,
      });
    }
    throw invalidToken();
  }
}

function invalidToken(): ShoalError {
  return new ShoalError("auth.invalid_token", "This session has ended. Log in again.");
}
