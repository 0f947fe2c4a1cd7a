import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { z } from "zod";
import { type ErrorCode, ShoalError } from "#common/errors.ts";
import {
  type SdpAnswer,
  sdpPatchedSchema,
  sdpPatchSchema,
  sfuControlPath,
} from "#common/live/sfu-control.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import type { InternalClient } from "#common/node/internal-client.ts";
import { dataHeaders } from "../http/content-security-policy.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import { toBearer } from "../http/request-sessions.ts";
import { toShoalError } from "../http/to-shoal-error.ts";
import type { ListIceServers } from "./ice-servers.ts";
import {
  DoorRefusal,
  doesAccept,
  mediaTypes,
  toIceLinks,
  toLocation,
  toMediaType,
} from "./session-door.rules.ts";
import type { SealedSession, SessionSeals } from "./session-seals.ts";

/** What both doors of WebRTC need of the rest. */
export interface SessionDoorOptions {
  readonly sfu: InternalClient;
  /** Is this still the base address of one of our nodes? */
  readonly isSfu: (url: string) => boolean;
  readonly seals: SessionSeals;
  readonly listIceServers: ListIceServers;
  readonly limits: RateLimits;
  readonly publicUrl: string;
}

/** What one of the doors is. */
export interface DoorKind {
  readonly role: "publisher" | "viewer";
  /** `/whip` or `/whep`. */
  readonly path: string;
  /** What the sfu calls such sessions, below a room's address. */
  readonly sfuPath: "publisher" | "viewers";
  /** Throws unless who brings this (`null`: nothing) may have such a session of this stream. */
  readonly authorize: (request: FastifyRequest, streamId: StreamId, bearer: string | null) => Promise<void>;
}

type Address = { Params: { streamId: string; sessionId: string } };

const maxBodyBytes = 64 * 1024;
/** When it is worth while to ask again, in seconds. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  "stream.not_live": 3,
  "stream.full": 5,
  // an sfu that was killed is there again after little more than that
  "service.unavailable": 1,
};

/**
 * Mounts what WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) have in common: any site's page may call, with a bearer token
 * and never a cookie; a session is changed by PATCH and ended by DELETE at its own address. `begin` mounts the rest.
 */
export async function mountSessionDoor(
  app: FastifyInstance,
  options: SessionDoorOptions,
  kind: DoorKind,
  begin: (door: FastifyInstance, sessions: DoorSessions) => void,
): Promise<void> {
  const sessionPath = `${kind.path}/:streamId/:sessionId`;
  await app.register(async (door) => {
    door.removeAllContentTypeParsers();
    // whatever it says that it is: each call says what it takes
    door.addContentTypeParser("*", { parseAs: "string", bodyLimit: maxBodyBytes }, (_request, body, done) =>
      done(null, body),
    );
    door.addHook("onRequest", async (_request, reply) => {
      reply.headers({ ...dataHeaders, ...corsHeaders });
    });
    door.setErrorHandler((error, _request, reply) => {
      const refusal = toRefusal(error);
      const waitSeconds = retryAfterSeconds[refusal.code];
      if (waitSeconds !== undefined) reply.header("retry-after", waitSeconds);
      // RFC 6750 §3: "If the protected resource request does not include authentication credentials …"
      if (refusal.httpStatus === 401) reply.header("www-authenticate", 'Bearer realm="shoal"');
      throw refusal;
    });

    const sessions = createDoorSessions(options, kind);
    door.patch<Address>(sessionPath, async (request, reply) => {
      const patch = readPatch(request, kind.role);
      await options.limits.take(request, "liveSession");
      const session = await sessions.find(request);
      const { sdp, etag } = await options.sfu.ask({
        baseUrl: session.sfuUrl,
        method: "PATCH",
        path: session.path,
        body: patch,
        reply: sdpPatchedSchema,
      });
      reply.header("etag", etag);
      if (sdp === null) return reply.code(204).send();
      // RFC 9725 §4.3.3: "200 OK" with "a new entity-tag", the new username fragment and password
      return reply.type(mediaTypes.fragment).send(sdp);
    });
    door.delete<Address>(sessionPath, async (request, reply) => {
      await options.limits.take(request, "liveSession");
      const { sfuUrl: baseUrl, path } = await sessions.find(request);
      await endSession(options.sfu, { baseUrl, path });
      return reply.code(200).send();
    });
    door.options(sessionPath, async (_request, reply) =>
      reply.header("accept-patch", Object.values(patchTypes[kind.role]).join(", ")).code(204).send(),
    );
    begin(door, sessions);
    refuseOthers(door, sessionPath, ["GET", "POST", "PUT"]);
  });
}

/** A session by its address; `path` is the one at its node. */
interface FoundSession extends SealedSession {
  readonly path: string;
}

/** What the doors do with sessions. */
export type DoorSessions = ReturnType<typeof createDoorSessions>;

function createDoorSessions(options: SessionDoorOptions, kind: DoorKind) {
  const { sfu, seals, listIceServers, publicUrl } = options;
  const toPath = (streamId: string, sessionId: string) =>
    `${sfuControlPath}/rooms/${streamId}/${kind.sfuPath}/${encodeURIComponent(sessionId)}`;

  function toLinkHeader(): { link?: string[] } {
    const link = toIceLinks(listIceServers());
    return link.length === 0 ? {} : { link };
  }

  return {
    /** The session that is asked about, for who may: its holder, or who may begin one. */
    async find(request: FastifyRequest<Address>): Promise<FoundSession> {
      const streamId = readStreamId(request.params.streamId);
      const bearer = toBearer(request.headers.authorization) ?? null;
      const session = seals.open({ role: kind.role, streamId }, request.params.sessionId, bearer);
      if (!session.isHolder) await kind.authorize(request, streamId, bearer);
      if (!options.isSfu(session.sfuUrl)) {
        throw new ShoalError("stream.session_not_found", "There is no such session, or it has ended.");
      }
      return { ...session, path: toPath(streamId, session.sessionId) };
    },

    /** Answers 201 for a session that a node has begun, and ends it when nobody is there any more to hear of it. */
    async answer(
      request: FastifyRequest,
      reply: FastifyReply,
      begun: { readonly streamId: StreamId; readonly sfuUrl: string; readonly answer: SdpAnswer },
    ) {
      const { streamId, sfuUrl, answer } = begun;
      if (request.socket.destroyed) {
        reply.hijack();
        await endSession(sfu, { baseUrl: sfuUrl, path: toPath(streamId, answer.sessionId) });
        return reply;
      }
      const bearer = toBearer(request.headers.authorization) ?? null;
      const sealed = seals.seal(
        { role: kind.role, streamId },
        { sfuUrl, sessionId: answer.sessionId },
        bearer,
      );
      const location = toLocation(`${kind.path}/${streamId}/${sealed}`, request, publicUrl);
      return reply
        .code(201)
        .headers({ location, etag: answer.etag, "accept-patch": mediaTypes.fragment })
        .headers(toLinkHeader())
        .type(mediaTypes.description)
        .send(answer.sdp);
    },

    /** Answers OPTIONS of an endpoint; who may begin a session hears of the ICE servers before (RFC 9725 §4.6). */
    async describe(reply: FastifyReply, { isKnown }: { readonly isKnown: boolean }) {
      // RFC 9725 §4.2: "Accept-Post"
      reply.header("accept-post", mediaTypes.description);
      if (isKnown) reply.headers(toLinkHeader());
      return reply.code(204).send();
    },
  };
}

/** Ends a session at its node. One that has ended by itself is as good: browsers hang up before they say goodbye. */
async function endSession(
  sfu: InternalClient,
  { baseUrl, path }: { readonly baseUrl: string; readonly path: string },
): Promise<void> {
  try {
    await sfu.ask({ baseUrl, method: "DELETE", path, reply: z.unknown() });
  } catch (error) {
    if (!(error instanceof ShoalError && error.code === "stream.session_not_found")) throw error;
  }
}

/** Is a browser only asking whether its page may ask? */
export function isPreflight({ headers }: FastifyRequest): boolean {
  return headers["access-control-request-method"] !== undefined;
}

/** The id in an address; `stream.not_found` for what cannot be one. */
export function readStreamId(text: string): StreamId {
  const id = streamIdSchema.safeParse(text);
  if (id.success) return id.data;
  throw new ShoalError("stream.not_found", "There is no such stream.");
}

/** The body of a request that has to be a session description and to take one. */
export function readDescription(request: FastifyRequest): string {
  if (toMediaType(request.headers["content-type"]) !== mediaTypes.description) {
    throw new DoorRefusal(415, `Send ${mediaTypes.description}.`);
  }
  assertAccepts(request);
  if (typeof request.body === "string" && request.body !== "") return request.body;
  throw new ShoalError("stream.bad_sdp", "There is no session description in this request.");
}

/** Refuses who would not take a session description for an answer. */
export function assertAccepts({ headers }: FastifyRequest): void {
  if (doesAccept(headers.accept, mediaTypes.description)) return;
  throw new DoorRefusal(406, `The answer is ${mediaTypes.description}.`);
}

/** Answers 405 with what is allowed instead. */
export function refuseOthers(door: FastifyInstance, url: string, methods: readonly HTTPMethods[]): void {
  const known: HTTPMethods[] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
  // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response"
  const allow = known.filter((method) => !methods.includes(method)).join(", ");
  door.route({
    method: [...methods],
    url,
    handler: async (_request, reply) => {
      reply.header("allow", allow);
      throw new DoorRefusal(405, `This address takes ${allow}.`);
    },
  });
}

const corsHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST, PATCH, PUT, DELETE, OPTIONS",
  "access-control-allow-headers": "Authorization, Content-Type, If-Match",
  "access-control-expose-headers": "Accept-Patch, Accept-Post, ETag, Link, Location, Retry-After",
  "access-control-max-age": "86400",
  "cross-origin-resource-policy": "cross-origin",
};

const patchTypes = {
  publisher: { fragment: mediaTypes.fragment },
  viewer: { fragment: mediaTypes.fragment, answer: mediaTypes.description },
};

function readPatch(
  { headers, body }: FastifyRequest,
  role: "publisher" | "viewer",
): z.infer<typeof sdpPatchSchema> {
  const type = toMediaType(headers["content-type"]);
  const isAnswer = role === "viewer" && type === mediaTypes.description;
  if (!isAnswer && type !== mediaTypes.fragment) {
    throw new DoorRefusal(415, `Send ${Object.values(patchTypes[role]).join(" or ")}.`);
  }
  const ifMatch = headers["if-match"] ?? null;
  // RFC 9725 §4.3.1: "a 428 (Precondition Required) response for a missing entity-tag"; viewers' clients leave it out
  if (role === "publisher" && ifMatch === null) {
    throw new DoorRefusal(428, "Say by If-Match which ICE session is meant.");
  }
  const patch = sdpPatchSchema.safeParse({ kind: isAnswer ? "answer" : "fragment", sdp: body, ifMatch });
  if (patch.success) return patch.data;
  throw new ShoalError("stream.bad_sdp", "There is no session description in this request.");
}

/** Fastify's own refusals keep their status. */
function toRefusal(error: unknown): ShoalError {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new DoorRefusal(413, `A description has at most ${maxBodyBytes / 1024} KiB.`);
  if (status === 415) return new DoorRefusal(415, `Send ${mediaTypes.description}.`);
  return toShoalError(error);
}
