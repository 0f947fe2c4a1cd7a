import { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { TooManyRequestsError } from "./to-shoal-error.ts";

/** What is counted, and how much of it a subject may have in a window. */
const rateLimitTable = {
  /** Log-ins from one address: a family, a school. */
  login: { max: 60, windowSeconds: 300 },
  /** Log-ins to one account, wherever they come from. */
  loginAccount: { max: 15, windowSeconds: 300 },
  register: { max: 30, windowSeconds: 3600 },
  /** Calls that send a mail. */
  mail: { max: 10, windowSeconds: 900 },
  /** Calls that try a secret: links from mails, the first administrator's, an account's own password. */
  secret: { max: 30, windowSeconds: 900 },
  /** Tokens from one address that the database must be asked about: one of each account and minute, or guesses. */
  token: { max: 600, windowSeconds: 60 },
  /** Broadcasts that one address begins, and tries to: encoders come back every second or two. */
  whip: { max: 240, windowSeconds: 60 },
  /** Wrong stream keys from one address; right ones do not count. */
  streamKey: { max: 20, windowSeconds: 300 },
  /** Viewers of one address that join: a school's class at once, and each again when a node fails. */
  whep: { max: 300, windowSeconds: 60 },
  /** Changes of such sessions. */
  liveSession: { max: 1800, windowSeconds: 60 },
  upload: { max: 1200, windowSeconds: 60 },
  pocketbase: { max: 600, windowSeconds: 60 },
  api: { max: 1200, windowSeconds: 60 },
} as const satisfies Record<string, { max: number; windowSeconds: number }>;

/** One of the things that are counted. */
export type RateLimitName = keyof typeof rateLimitTable;

/** Counts requests and refuses those that are too many. */
export interface RateLimits {
  /** Counts under the subject (default: the request's address); throws `request.too_many`. */
  take(request: FastifyRequest, name: RateLimitName, subject?: string): Promise<void>;
}

declare module "fastify" {
  interface FastifyRequest {
    rateLimitSubject: string;
  }
}

/** Makes {@link RateLimits} on an app that has `@fastify/rate-limit`. */
export function createRateLimits(
  app: FastifyInstance,
  options: { isOn: boolean; apiRequestsPerMinute: number },
): RateLimits {
  app.decorateRequest("rateLimitSubject", "");
  const createLimiter = (name: RateLimitName) => {
    const { max, windowSeconds } = rateLimitTable[name];
    return app.createRateLimit({
      max: name === "api" ? options.apiRequestsPerMinute : max,
      timeWindow: windowSeconds * 1000,
      keyGenerator: (request) => request.rateLimitSubject,
    });
  };
  const limiters = new Map<RateLimitName, ReturnType<typeof createLimiter>>();
  return {
    async take(request, name, subject = toAddress(request)) {
      if (!options.isOn) return;
      let limiter = limiters.get(name);
      if (!limiter) {
        limiter = createLimiter(name);
        limiters.set(name, limiter);
      }
      // read by the key generator before anything is awaited
      request.rateLimitSubject = subject;
      const answer = await limiter(request);
      if (!answer.isAllowed && answer.isExceeded) throw new TooManyRequestsError(answer.ttlInSeconds);
    },
  };
}

/** The address that a request is counted under; of IPv6 the network, because one customer has the whole of it. */
export function toAddress(request: FastifyRequest): string {
  return normalizeIP(request.ip);
}
