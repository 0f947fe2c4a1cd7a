import httpProxy from "@fastify/http-proxy";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { type Sessions, toTokenEndMs } from "../accounts/sessions.ts";
import { type PocketBaseDoor, toPocketBaseDoor } from "./pocketbase-proxy.rules.ts";
import type { RateLimits } from "./rate-limits.ts";
import { toShoalError } from "./to-shoal-error.ts";

/** What the proxy to PocketBase needs. */
export interface PocketBaseProxyOptions {
  readonly url: string;
  readonly sessions: Pick<Sessions, "isRevoked">;
  readonly limits: RateLimits;
  /** May superusers come in, and is the admin screen here? */
  readonly isAdminOpen: boolean;
}

const answerTimeoutMs = 10_000;

/**
 * Mounts PocketBase's own API at `/pb`. Its collections are closed, so that it shows no more than Shoal does; what else it
 * can do is let through by name only, or to superusers where the settings open the door to them.
 */
export async function mountPocketBase(app: FastifyInstance, options: PocketBaseProxyOptions): Promise<void> {
  const { sessions, limits, isAdminOpen } = options;

  async function admit(request: FastifyRequest): Promise<void> {
    const door = toPocketBaseDoor(request.method, request.url);
    await limits.take(request, toLimitName(door));
    if (door.startsWith("closed") && !isAdminOpen) {
      throw new ShoalError("request.not_found", "There is nothing at this address.");
    }
    await assertToken(toToken(request.headers.authorization));
  }

  async function assertToken(token: string | undefined): Promise<void> {
    if (token === undefined) return;
    const isOurs = toTokenEndMs(token, Date.now()) !== undefined;
    if (isOurs ? await sessions.isRevoked(token) : !isAdminOpen) {
      throw new ShoalError("auth.invalid_token", "This session has ended. Log in again.");
    }
  }

  await app.register(async (door) => {
    // bodies go on as they come
    door.removeAllContentTypeParsers();
    await door.register(httpProxy, {
      upstream: options.url,
      prefix: "/pb",
      rewritePrefix: "",
      // the realtime feed says nothing for minutes
      undici: { bodyTimeout: 0, headersTimeout: answerTimeoutMs, connectTimeout: answerTimeoutMs },
      disableRequestLogging: true,
      preHandler: admit,
      replyOptions: {
        rewriteRequestHeaders: (_request, { cookie: _cookie, ...headers }) => headers,
        onError: (reply, { error }) => {
          const refusal = toShoalError(
            new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
              cause: error,
            }),
          );
          reply.send(refusal);
        },
      },
    });
  });
}

/** PocketBase takes a token with and without `Bearer`. */
function toToken(header: string | undefined): string | undefined {
  const token = header?.replace(/^Bearer\s+/i, "").trim();
  return token === "" ? undefined : token;
}

function toLimitName(door: PocketBaseDoor) {
  switch (door) {
    case "login":
    case "mail":
    case "secret":
      return door;
    case "closed login":
      return "login";
    case "open":
    case "closed":
      return "pocketbase";
  }
}
