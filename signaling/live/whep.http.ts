import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { sfuControlPath, viewAnswerSchema, viewerDisplaySchema } from "#common/live/sfu-control.ts";
import type { StreamId } from "#common/live/stream.ts";
import { toBearer } from "../http/request-sessions.ts";
import { DoorRefusal, mediaTypes, toMediaType } from "./session-door.rules.ts";
import {
  assertAccepts,
  isPreflight,
  mountSessionDoor,
  readDescription,
  readStreamId,
  refuseOthers,
  type SessionDoorOptions,
} from "./session-door.ts";

/** What the door for viewers needs. */
export interface WhepOptions extends SessionDoorOptions {
  /** Throws unless who brings this token (`null`: nothing) may watch: `stream.not_found`, `grant.required`, `grant.…`. */
  readonly authorizeViewer: (asked: {
    readonly streamId: StreamId;
    readonly bearer: string | null;
  }) => Promise<void>;
  /**
   * Base address of a node that has the stream and a place, told about its origin where it is an edge. Throws
   * `stream.not_live` and `stream.full`.
   */
  readonly sfuForViewer: (streamId: StreamId) => Promise<string>;
}

type Endpoint = { Params: { streamId: string } };
type Session = { Params: { streamId: string; sessionId: string } };

const endpoint = "/whep/:streamId";

/**
 * Mounts `/whep/{streamId}[/{sessionId}[/display]]` (draft-ietf-wish-whep). A POST without a body is answered by an offer of
 * ours, whose answer comes by PATCH.
 */
export async function mountWhep(app: FastifyInstance, options: WhepOptions): Promise<void> {
  const { limits, sfu } = options;
  const kind = {
    role: "viewer",
    path: "/whep",
    sfuPath: "viewers",
    authorize: (_request: FastifyRequest, streamId: StreamId, bearer: string | null) =>
      options.authorizeViewer({ streamId, bearer }),
  } as const;

  await mountSessionDoor(app, options, kind, (door, sessions) => {
    door.post<Endpoint>(endpoint, async (request, reply) => {
      await limits.take(request, "whep");
      const sdpOffer = readOffer(request);
      const streamId = readStreamId(request.params.streamId);
      await kind.authorize(request, streamId, toBearer(request.headers.authorization) ?? null);
      const sfuUrl = await options.sfuForViewer(streamId);
      const answer = await sfu.ask({
        baseUrl: sfuUrl,
        method: "POST",
        path: `${sfuControlPath}/rooms/${streamId}/viewers`,
        body: { sdpOffer },
        reply: viewAnswerSchema,
      });
      return sessions.answer(request, reply, { streamId, sfuUrl, answer });
    });
    door.options<Endpoint>(endpoint, async (request, reply) => {
      const bearer = toBearer(request.headers.authorization) ?? null;
      if (isPreflight(request)) return sessions.describe(reply, { isKnown: false });
      await limits.take(request, "whep");
      await kind.authorize(request, readStreamId(request.params.streamId), bearer);
      return sessions.describe(reply, { isKnown: true });
    });
    refuseOthers(door, endpoint, ["GET", "PUT", "PATCH", "DELETE"]);

    const displayPath = `${endpoint}/:sessionId/display`;
    door.put<Session>(displayPath, async (request, reply) => {
      const body = readDisplay(request);
      await limits.take(request, "liveSession");
      const { sfuUrl: baseUrl, path } = await sessions.find(request);
      await sfu.ask({ baseUrl, method: "PUT", path: `${path}/display`, body, reply: z.unknown() });
      return reply.code(204).send();
    });
    door.options(displayPath, async (_request, reply) => reply.code(204).send());
    refuseOthers(door, displayPath, ["GET", "POST", "PATCH", "DELETE"]);
  });
}

/** `null`: nothing was sent, so that an offer of ours is wanted. */
function readOffer(request: FastifyRequest): string | null {
  const isEmpty = request.body === undefined || request.body === null || request.body === "";
  if (!isEmpty) return readDescription(request);
  assertAccepts(request);
  return null;
}

function readDisplay({ headers, body }: FastifyRequest): z.infer<typeof viewerDisplaySchema> {
  if (toMediaType(headers["content-type"]) !== mediaTypes.json) {
    throw new DoorRefusal(415, `Send ${mediaTypes.json}.`);
  }
  try {
    return viewerDisplaySchema.parse(JSON.parse(String(body)));
  } catch (cause) {
    throw new ShoalError("request.invalid", "Say heightPx and isVisible.", { cause });
  }
}
