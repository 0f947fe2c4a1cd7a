import { SignJWT } from "jose";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { type StreamId, streamIdSchema } from "#common/live/stream.ts";
import { verifyToken } from "../playback/grants.ts";
import { deriveLiveKey } from "./derived-key.ts";
import { toAbsentStream } from "./stream-keeper.ts";
import type { StreamRecord } from "./stream-record.ts";
import { mayWatchWith, toWatchBasis, type Viewer, watchBases } from "./streams.rules.ts";

/** What a verified token allows: to watch one stream by WHEP, until it ends. */
export interface WhepPass {
  readonly streamId: StreamId;
  readonly basis: (typeof watchBases)[number];
  /** Empty: a stranger. */
  readonly viewerId: string;
  readonly expiresAtMs: number;
}

/** What a token is made or asked about. */
export type WhepStream = Pick<StreamRecord, "id" | "ownerId" | "visibility">;

/** Issues and verifies the bearer tokens of viewers. */
export interface WhepTokens {
  /** A token for somebody who may see this stream; `null` for a public one, which needs none. */
  issue(stream: WhepStream, viewer: Viewer): Promise<{ token: string; expiresAt: string } | null>;
  /**
   * May who brings this (`null`: nothing) watch the stream as it is now? Throws `grant.required`, `grant.invalid`,
   * `grant.expired` or `grant.wrong_video`; for who brings nothing that we gave out, a private stream does not exist.
   */
  assertMayWatch(stream: WhepStream, token: string | null): Promise<void>;
}

const claimsSchema = z.object({
  s: streamIdSchema,
  b: z.enum(watchBases),
  v: z.string().max(60),
  exp: z.number(),
});

/** Makes {@link WhepTokens}; `secret` is 64 hex digits, the lifetime that of grants. */
export function createWhepTokens(options: {
  secret: string;
  lifetimeSeconds: number;
  now?: () => number;
}): WhepTokens {
  const { now = Date.now } = options;
  const key = deriveLiveKey(options.secret, "viewerToken");

  async function verify(token: string): Promise<WhepPass> {
    const { s, b, v, exp } = await verifyToken(token, key, claimsSchema, now);
    return { streamId: s, basis: b, viewerId: v, expiresAtMs: exp * 1000 };
  }

  async function verifyFor({ id, visibility }: WhepStream, token: string | null): Promise<WhepPass> {
    try {
      if (token === null) throw new ShoalError("grant.required", "This stream needs a playback grant.");
      const pass = await verify(token);
      if (pass.streamId === id) return pass;
      throw new ShoalError("grant.wrong_video", "This grant was given for another stream.");
    } catch (error) {
      const isHolder = error instanceof ShoalError && error.code === "grant.expired";
      throw visibility === "private" && !isHolder ? toAbsentStream() : error;
    }
  }

  return {
    async issue(stream, viewer) {
      if (stream.visibility === "public") return null;
      const expiresAtSeconds = Math.floor(now() / 1000) + options.lifetimeSeconds;
      const token = await new SignJWT({ s: stream.id, b: toWatchBasis(viewer, stream), v: viewer?.id ?? "" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime(expiresAtSeconds)
        .sign(key);
      return { token, expiresAt: new Date(expiresAtSeconds * 1000).toISOString() };
    },

    async assertMayWatch(stream, token) {
      if (stream.visibility === "public") return;
      const pass = await verifyFor(stream, token);
      if (!mayWatchWith(pass.basis, stream)) {
        throw new ShoalError("grant.invalid", "This grant does not hold any more: ask for a new one.");
      }
    },
  };
}
