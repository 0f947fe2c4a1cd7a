import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import type { RequestSessions } from "../http/request-sessions.ts";
import { isOurFault, toShoalError } from "../http/to-shoal-error.ts";
import { type OauthService, oauthTravelSeconds } from "./oauth.service.ts";

const travelCookieName = "shoal_oauth";
const callbackSchema = z.object({ code: z.string().max(4096), state: z.string().max(512) });
const providerSchema = z.object({ provider: z.string().regex(/^[a-z0-9_]{1,50}$/i) });

/** Mounts `/api/oauth/:provider` and `/api/oauth/callback`: pages that send the browser on. */
export function mountOauth(
  app: FastifyInstance,
  options: {
    oauth: OauthService;
    requests: Pick<RequestSessions, "setCookie">;
    limits: RateLimits;
    isSecure: boolean;
    onError: (error: ShoalError) => void;
  },
): void {
  const { oauth, requests, limits } = options;
  const cookieOptions = {
    path: "/api/oauth",
    httpOnly: true,
    sameSite: "lax",
    secure: options.isSecure,
  } as const;

  app.get("/api/oauth/callback", async (request, reply) => {
    await limits.take(request, "login");
    const travel = request.cookies[travelCookieName];
    reply.clearCookie(travelCookieName, cookieOptions);
    try {
      const answer = callbackSchema.safeParse(request.query);
      if (!answer.success)
        throw new ShoalError("auth.wrong_credentials", "The other site did not log you in.");
      requests.setCookie(reply, await oauth.finish(travel, answer.data));
      return reply.redirect("/");
    } catch (error) {
      const refusal = toShoalError(error);
      if (isOurFault(refusal)) options.onError(refusal);
      return reply.redirect(`/login?error=${encodeURIComponent(refusal.code)}`);
    }
  });

  app.get("/api/oauth/:provider", async (request, reply) => {
    await limits.take(request, "login");
    const { provider } = providerSchema.parse(request.params);
    const { url, travel } = await oauth.begin(provider);
    reply.setCookie(travelCookieName, travel, { ...cookieOptions, maxAge: oauthTravelSeconds });
    return reply.redirect(url);
  });
}
