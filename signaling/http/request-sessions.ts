import type { FastifyReply, FastifyRequest } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { type Sessions, toTokenEndMs } from "../accounts/sessions.ts";
import { isAllowedOrigin } from "./cross-site.rules.ts";
import { type RateLimits, toAddress } from "./rate-limits.ts";
import type { Account, RequestContext } from "./trpc.ts";

/** The cookie that carries a page's token. */
export const sessionCookieName = "shoal_session";

/** Who is behind a request. */
export interface RequestSession {
  readonly account: Account | null;
  readonly token: string | null;
}

/** Knows who is behind requests. */
export interface RequestSessions {
  /** Asks once per request; throws `auth.invalid_token` (of a bearer token) and `request.cross_site`. */
  read(request: FastifyRequest): Promise<RequestSession>;
  /** What procedures are called with. */
  toContext(request: FastifyRequest, reply: FastifyReply): Promise<RequestContext>;
  /** Puts the token into the page's cookie; `null` takes it out. */
  setCookie(reply: FastifyReply, token: string | null): void;
}

const nobody: RequestSession = { account: null, token: null };

/** Makes {@link RequestSessions}. */
export function createRequestSessions(options: {
  sessions: Pick<Sessions, "isKnown" | "verify">;
  limits: RateLimits;
  publicUrl: string;
}): RequestSessions {
  const { sessions, limits } = options;
  const publicOrigin = new URL(options.publicUrl).origin;
  const cookieOptions = {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure: publicOrigin.startsWith("https:"),
  } as const;
  const readings = new WeakMap<FastifyRequest, Promise<RequestSession>>();

  async function verify(request: FastifyRequest, token: string): Promise<Account> {
    // who guesses tokens must not keep the database busy
    if (!sessions.isKnown(token)) await limits.take(request, "token");
    return sessions.verify(token);
  }

  async function readOnce(request: FastifyRequest): Promise<RequestSession> {
    const bearer = toBearer(request.headers.authorization);
    if (bearer !== undefined) return { account: await verify(request, bearer), token: bearer };
    const token = request.cookies[sessionCookieName];
    assertOwnOrigin(request, token !== undefined);
    if (!token) return nobody;
    try {
      return { account: await verify(request, token), token };
    } catch (error) {
      // a page whose session has ended goes on as a stranger's
      if (error instanceof ShoalError && error.code === "auth.invalid_token") return nobody;
      throw error;
    }
  }

  function assertOwnOrigin({ method, headers }: FastifyRequest, hasCookie: boolean): void {
    const { origin, host, "sec-fetch-site": fetchSite } = headers;
    const asked = { method, origin, host, fetchSite: fetchSite?.toString(), hasCookie };
    if (isAllowedOrigin(asked, publicOrigin)) return;
    throw new ShoalError("request.cross_site", "This request came from another site's page.");
  }

  function read(request: FastifyRequest): Promise<RequestSession> {
    let reading = readings.get(request);
    if (!reading) {
      reading = readOnce(request);
      readings.set(request, reading);
    }
    return reading;
  }

  function setCookie(reply: FastifyReply, token: string | null): void {
    const endsAtMs = token === null ? undefined : toTokenEndMs(token, Date.now());
    if (token === null || endsAtMs === undefined) reply.clearCookie(sessionCookieName, cookieOptions);
    else reply.setCookie(sessionCookieName, token, { ...cookieOptions, expires: new Date(endsAtMs) });
  }

  return {
    read,
    setCookie,
    async toContext(request, reply) {
      const { account, token } = await read(request);
      return {
        account,
        token,
        get address() {
          return toAddress(request);
        },
        setSessionToken: (next) => setCookie(reply, next),
        limitRate: (name, subject) => limits.take(request, name, subject),
      };
    },
  };
}

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1). */
export function toBearer(header: string | undefined): string | undefined {
  const [, token] = /^Bearer +(\S+) *$/i.exec(header ?? "") ?? [];
  return token;
}
