import { jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { type UserId, userIdSchema } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { deriveLiveKey } from "./derived-key.ts";

/** What a page goes live with, in place of the stream's key. */
export interface PublishTicket {
  readonly streamId: StreamId;
  readonly accountId: UserId;
}

/** Issues and verifies tickets. A ticket says who came; whether they may is asked when it is used. */
export interface PublishTickets {
  issue(ticket: PublishTicket): Promise<{ token: string; expiresAt: string }>;
  /** Throws `stream.wrong_key`. */
  verify(token: string): Promise<PublishTicket>;
}

/** Does this bearer token look like a ticket? A ticket is a JWT, which has points in it; keys have none. */
export function isPublishTicket(bearer: string): boolean {
  return bearer.includes(".");
}

const lifetimeSeconds = 600;
const algorithm = "HS256";
const claimsSchema = z.object({ s: streamIdSchema, a: userIdSchema });

/** Makes {@link PublishTickets}; `secret` is 64 hex digits. */
export function createPublishTickets(options: { secret: string; now?: () => number }): PublishTickets {
  const { now = Date.now } = options;
  const key = deriveLiveKey(options.secret, "publishTicket");
  return {
    async issue({ streamId, accountId }) {
      const expiresAtSeconds = Math.floor(now() / 1000) + lifetimeSeconds;
      const token = await new SignJWT({ s: streamId, a: accountId })
        .setProtectedHeader({ alg: algorithm })
        .setExpirationTime(expiresAtSeconds)
        .sign(key);
      return { token, expiresAt: new Date(expiresAtSeconds * 1000).toISOString() };
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          requiredClaims: ["exp"],
          currentDate: new Date(now()),
        });
        const { s, a } = claimsSchema.parse(payload);
        return { streamId: s, accountId: a };
      } catch (cause) {
        throw new ShoalError("stream.wrong_key", "This key does not open this stream.", { cause });
      }
    },
  };
}
