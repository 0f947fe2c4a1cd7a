import type { FastifyInstance, FastifyRequest } from "fastify";
import { ShoalError } from "#common/errors.ts";
import { sdpAnswerSchema, sfuControlPath } from "#common/live/sfu-control.ts";
import type { StreamId } from "#common/live/stream.ts";
import { toBearer } from "../http/request-sessions.ts";
import {
  isPreflight,
  mountSessionDoor,
  readDescription,
  readStreamId,
  refuseOthers,
  type SessionDoorOptions,
} from "./session-door.ts";

/** What the door for publishers needs. */
export interface WhipOptions extends SessionDoorOptions {
  /**
   * The stream that this bearer token (its key, or a page's ticket) opens; `streamId` is `null` where the address names
   * none. Throws `stream.wrong_key`, `auth.forbidden`, `stream.not_found`.
   */
  readonly authorizePublisher: (asked: {
    readonly streamId: StreamId | null;
    readonly bearer: string;
  }) => Promise<{ readonly streamId: StreamId }>;
  /** Base address of the node where this stream is to be published. Throws `service.unavailable`. */
  readonly sfuForPublisher: (streamId: StreamId) => Promise<string>;
}

const endpoint = "/whip";

/** Mounts `/whip[/{streamId}[/{sessionId}]]` (RFC 9725). */
export async function mountWhip(app: FastifyInstance, options: WhipOptions): Promise<void> {
  const { limits, sfu } = options;

  /** A wrong key costs who brings it, not who shares an address with them: right ones are never counted here. */
  async function admit(
    request: FastifyRequest,
    streamId: StreamId | null,
    bearer: string | undefined | null,
  ): Promise<StreamId> {
    // RFC 9725 §4.7: clients authenticate by "Authorization: Bearer"
    if (!bearer)
      throw new ShoalError("auth.required", "Publishing needs the stream's key as a bearer token.");
    try {
      return (await options.authorizePublisher({ streamId, bearer })).streamId;
    } catch (error) {
      if (error instanceof ShoalError && error.code === "stream.wrong_key") {
        await limits.take(request, "streamKey");
      }
      throw error;
    }
  }

  const kind = {
    role: "publisher",
    path: endpoint,
    sfuPath: "publisher",
    async authorize(request: FastifyRequest, streamId: StreamId, bearer: string | null) {
      await admit(request, streamId, bearer);
    },
  } as const;

  await mountSessionDoor(app, options, kind, (door, sessions) => {
    for (const url of [endpoint, `${endpoint}/:streamId`]) {
      door.post<{ Params: { streamId?: string } }>(url, async (request, reply) => {
        await limits.take(request, "whip");
        const named = request.params.streamId;
        const bearer = toBearer(request.headers.authorization);
        const streamId = await admit(request, named === undefined ? null : readStreamId(named), bearer);
        const sdpOffer = readDescription(request);
        const sfuUrl = await options.sfuForPublisher(streamId);
        const answer = await sfu.ask({
          baseUrl: sfuUrl,
          method: "POST",
          path: `${sfuControlPath}/rooms/${streamId}/publisher`,
          body: { sdpOffer },
          reply: sdpAnswerSchema,
        });
        return sessions.answer(request, reply, { streamId, sfuUrl, answer });
      });
      door.options<{ Params: { streamId?: string } }>(url, async (request, reply) => {
        const named = request.params.streamId;
        const bearer = toBearer(request.headers.authorization);
        if (isPreflight(request) || !bearer) return sessions.describe(reply, { isKnown: false });
        await limits.take(request, "whip");
        await admit(request, named === undefined ? null : readStreamId(named), bearer);
        return sessions.describe(reply, { isKnown: true });
      });
      // RFC 9725 §4.1: GET, HEAD and PUT of an endpoint are "reserved for future use": 405
      refuseOthers(door, url, ["GET", "PUT", "PATCH", "DELETE"]);
    }
  });
}
