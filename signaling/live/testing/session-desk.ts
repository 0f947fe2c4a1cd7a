import { Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import {
  publishRequestSchema,
  sdpPatchSchema,
  viewerDisplaySchema,
  viewRequestSchema,
} from "#common/live/sfu-control.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { defineCall, type InternalCall } from "#common/node/internal-calls.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import { createLog } from "#common/node/log.ts";
import { createHttpApp } from "../../http/app.ts";
import { endSlowBodies } from "../../http/body-timeout.ts";
import type { IceServer } from "../../playback/playback.config.ts";
import { createIceServers } from "../ice-servers.ts";
import { createSessionSeals } from "../session-seals.ts";
import { mountWhep } from "../whep.http.ts";
import { mountWhip } from "../whip.http.ts";

const token = "c3".repeat(32);

/** The streams of a {@link SessionDesk}: one that everybody may watch, one for who has `viewerToken`. */
export const deskStreams = {
  open: streamIdSchema.parse("openstream00001"),
  closed: streamIdSchema.parse("closedstream001"),
  offAir: streamIdSchema.parse("offairstream001"),
};
/** What publishes into any of them. */
export const streamKey = "the-right-key";
/** What opens the closed one to viewers. */
export const viewerToken = "the-right-token";

/** The doors of WebRTC on a port of their own, before one sfu node. */
export interface SessionDesk {
  readonly url: string;
  /** What the stand-in sfu was asked; empty where a real one is behind the doors. */
  readonly asked: string[];
  /** The node is none of ours any more. */
  loseNode(): void;
  close(): Promise<void>;
}

/** Opens it; `sfu` is a real node, without it a stand-in answers that has no media. */
export async function openSessionDesk(
  options: {
    sfu?: { url: string; token: string };
    rateLimits?: boolean;
    iceServers?: IceServer[];
    slowBodyMs?: number;
  } = {},
): Promise<SessionDesk> {
  const closer = new Closer();
  const log = createLog("signaling", "silent");
  const asked: string[] = [];
  let hasNode = true;
  let sfu = options.sfu;
  if (!sfu) {
    const server = await createInternalServer({
      url: "http://127.0.0.1:0",
      registry: new Registry(),
      isReady: () => [],
      calls: { token, list: createStandInCalls(asked), onError: (error) => asked.push(`failed: ${error}`) },
    });
    closer.add("stand-in", () => server.close());
    sfu = { url: server.url, token };
  }
  const { url: sfuUrl } = sfu;
  const { app, limits } = await createHttpApp({
    log,
    proxies: { isTrusted: () => false },
    rateLimits: options.rateLimits ?? false,
    apiRequestsPerMinute: 1000,
    fastLane: { takes: () => false, handle: () => {} },
  });
  closer.add("app", () => app.close());
  const door = {
    sfu: createInternalClient({ token: sfu.token }),
    isSfu: (url: string) => hasNode && url === sfuUrl,
    seals: createSessionSeals({ secret: "ab".repeat(32) }),
    listIceServers: createIceServers({
      iceServers: options.iceServers ?? [],
      turnUrls: ["turn:turn.example.org:3478?transport=udp"],
      turnSecret: "north",
    }),
    limits,
    publicUrl: "https://shoal.example",
  };
  await mountWhip(app, {
    ...door,
    async authorizePublisher({ streamId, bearer }) {
      if (bearer !== streamKey)
        throw new ShoalError("stream.wrong_key", "This key does not open this stream.");
      return { streamId: streamId ?? deskStreams.open };
    },
    sfuForPublisher: async () => sfuUrl,
  });
  await mountWhep(app, {
    ...door,
    async authorizeViewer({ streamId, bearer }) {
      if (!Object.values(deskStreams).includes(streamId)) {
        throw new ShoalError("stream.not_found", "There is no such stream.");
      }
      if (streamId === deskStreams.closed && bearer !== viewerToken) {
        throw new ShoalError("grant.required", "This stream needs a playback grant.");
      }
    },
    async sfuForViewer(streamId: StreamId) {
      if (streamId === deskStreams.offAir) throw new ShoalError("stream.not_live", "Nobody is live.");
      return sfuUrl;
    },
  });
  endSlowBodies(app.server, options.slowBodyMs ?? 20_000);
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    url,
    asked,
    loseNode() {
      hasNode = false;
    },
    close: () => closer.close(),
  };
}

/** Keeps sessions like an sfu; the fragments "restart" and "stale" do what they say. */
function createStandInCalls(asked: string[]): InternalCall[] {
  let count = 0;
  const sessions = new Set<string>();
  const note = (what: string, params: Readonly<Record<string, string>>, rest = "") => {
    asked.push(`${what} ${params.roomId}${params.sessionId ? `/${params.sessionId}` : ""} ${rest}`.trim());
    if (params.sessionId && !sessions.has(params.sessionId)) {
      throw new ShoalError("stream.session_not_found", "There is no such session, or it has ended.");
    }
  };
  const begin = () => {
    const sessionId = `session-${++count}`;
    sessions.add(sessionId);
    return { sessionId, etag: `"ice-${count}"` };
  };
  const patch = (sdp: string, etag: string) => {
    if (sdp === "stale") throw new ShoalError("stream.wrong_etag", "This ICE session has been restarted.");
    return sdp === "restart" ? { sdp: "a=ice-ufrag:new", etag: '"ice-new"' } : { sdp: null, etag };
  };
  return ["publisher", "viewers"].flatMap((kind) => {
    const path = `/live/rooms/:roomId/${kind}/:sessionId`;
    return [
      defineCall({
        method: "PATCH",
        path,
        body: sdpPatchSchema,
        handle({ params, body }) {
          note(`PATCH ${kind}`, params, `${body.kind} ${body.sdp} ${body.ifMatch}`);
          return patch(body.sdp, '"ice-1"');
        },
      }),
      defineCall({
        method: "DELETE",
        path,
        handle({ params }) {
          note(`DELETE ${kind}`, params);
          sessions.delete(params.sessionId ?? "");
        },
      }),
      defineCall({
        method: "PUT",
        path: `${path}/display`,
        body: viewerDisplaySchema,
        handle: ({ params, body }) => note(`PUT ${kind}`, params, JSON.stringify(body)),
      }),
      kind === "publisher"
        ? defineCall({
            method: "POST",
            path: "/live/rooms/:roomId/publisher",
            body: publishRequestSchema,
            status: 201,
            handle({ params, body }) {
              note("POST publisher", params, body.sdpOffer);
              return { ...begin(), sdp: "v=0 the answer" };
            },
          })
        : defineCall({
            method: "POST",
            path: "/live/rooms/:roomId/viewers",
            body: viewRequestSchema,
            status: 201,
            handle({ params, body }) {
              note("POST viewers", params, String(body.sdpOffer));
              const isOffer = body.sdpOffer === null;
              return {
                ...begin(),
                kind: isOffer ? "offer" : "answer",
                sdp: isOffer ? "v=0 our offer" : "v=0 the answer",
              };
            },
          }),
    ];
  });
}
