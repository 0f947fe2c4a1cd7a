import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import type { AppRouter } from "../app-router.ts";
import { dataHeaders } from "./content-security-policy.ts";
import { createRateLimits, type RateLimits } from "./rate-limits.ts";
import type { RequestSessions } from "./request-sessions.ts";
import { isOurFault, TooManyRequestsError, toShoalError } from "./to-shoal-error.ts";
import { toTrpcError, toTrpcErrorBody } from "./trpc.ts";
import type { TrustedProxies } from "./trusted-proxies.ts";

/** Something that answers a request before the app sees it. */
export interface FastLane {
  takes(request: IncomingMessage): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/** What the app is made of. */
export interface HttpAppOptions {
  readonly log: Logger;
  readonly proxies: Pick<TrustedProxies, "isTrusted">;
  readonly rateLimits: boolean;
  readonly apiRequestsPerMinute: number;
  /** Media delivery; known before the app, because the server is made with it. */
  readonly fastLane: FastLane;
}

const bodyLimitBytes = 1024 * 1024;
const headersTimeoutMs = 15_000;
const keepAliveTimeoutMs = 65_000;
const maxBatchSize = 20;

/** Builds the app with its errors, cookies and limits; rooms mount themselves on it. The caller closes it. */
export async function createHttpApp(
  options: HttpAppOptions,
): Promise<{ app: FastifyInstance; limits: RateLimits }> {
  const handleError = createErrorHandler(options.log);
  const app = Fastify({
    frameworkErrors: handleError,
    serverFactory: (handler) => createFrontServer(options.fastLane, handler),
    trustProxy: (address) => options.proxies.isTrusted(address),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: 400 },
    forceCloseConnections: true,
  });
  app.removeContentTypeParser("text/plain");
  acceptEmptyJson(app);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) =>
    handleError(new ShoalError("request.not_found", "There is nothing at this address."), request, reply),
  );
  await app.register(cookie);
  await app.register(rateLimit, { global: false });
  const limits = createRateLimits(app, {
    isOn: options.rateLimits,
    apiRequestsPerMinute: options.apiRequestsPerMinute,
  });
  app.addHook("onRequest", async (request, reply) => {
    if (isData(request.url) || isData(toRoute(request))) reply.headers(dataHeaders);
  });
  return { app, limits };
}

/** Counts a request under its account, or its address when it has none. */
export function limitRequests(
  app: FastifyInstance,
  limits: RateLimits,
  requests: Pick<RequestSessions, "read">,
): void {
  app.addHook("preHandler", async (request) => {
    const route = toRoute(request);
    const name = route.startsWith("/upload/") ? "upload" : /^\/(api|trpc)\//.test(route) ? "api" : undefined;
    if (name === undefined) return;
    // who brings a bad token is refused by the door that is asked
    const account = await requests.read(request).then(
      (session) => session.account,
      () => null,
    );
    await limits.take(request, name, account?.id);
  });
}

/** Mounts tRPC at `/trpc`. */
export async function mountTrpc(
  app: FastifyInstance,
  options: { router: AppRouter; requests: RequestSessions; log: Logger },
): Promise<void> {
  const { router, requests, log } = options;
  await app.register(fastifyTRPCPlugin, {
    prefix: "/trpc",
    trpcOptions: {
      router,
      maxBatchSize,
      createContext: async ({ req, res }) => {
        try {
          return await requests.toContext(req, res);
        } catch (error) {
          throw toTrpcError(error);
        }
      },
      responseMeta: ({ errors }) => {
        const wait = errors.find(({ cause }) => cause instanceof TooManyRequestsError)?.cause;
        const headers: Record<string, string> = { "cache-control": "no-store" };
        if (wait instanceof TooManyRequestsError) headers["retry-after"] = String(wait.retryAfterSeconds);
        return { headers };
      },
      onError: ({ error, path }) => {
        const refusal = toShoalError(error);
        if (isOurFault(refusal)) log.error({ err: error, path }, "a call failed");
      },
    } satisfies FastifyTRPCPluginOptions<AppRouter>["trpcOptions"],
  });
}

function createFrontServer(
  fastLane: FastLane,
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const server = createServer((request, response) => {
    if (fastLane.takes(request)) fastLane.handle(request, response);
    else handler(request, response);
  });
  server.headersTimeout = headersTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  // an upload may take hours; see `endSlowBodies` for all other bodies
  server.requestTimeout = 0;
  return server;
}

/** Clients say `application/json` of a request without a body too. */
function acceptEmptyJson(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, {});
    else parseJson(request, body.toString(), done);
  });
}

/** Whatever is thrown becomes `{ error: { code, message } }`, and tRPC's form of it at tRPC's door. */
function createErrorHandler(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = toShoalError(error);
    if (isOurFault(refusal)) log.error({ err: error, route: request.routeOptions?.url }, "a request failed");
    if (refusal instanceof TooManyRequestsError) reply.header("retry-after", refusal.retryAfterSeconds);
    const isTrpc = (toRoute(request) || request.url).startsWith("/trpc/");
    reply
      .code(refusal.httpStatus)
      .type("application/json; charset=utf-8")
      .send(isTrpc ? toTrpcErrorBody(refusal) : toErrorBody(refusal));
  };
}

/** The address as it was mounted: what was asked for may be spelled with percent signs. */
function toRoute({ routeOptions }: FastifyRequest): string {
  return routeOptions?.url ?? "";
}

function isData(url: string): boolean {
  // PocketBase's admin screen is a page of its own
  return /^\/(api|trpc|upload\/|pb\/(?!_\/)|healthz|readyz|metrics)([/?]|\b|$)/.test(url);
}
