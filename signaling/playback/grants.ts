import { errors, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";

/**
 * Why somebody got a grant. `address`: the video was unlisted, and who has its id may watch.
 * `role`: it is their own, or they keep order; this one still holds when the video becomes private.
 */
export const grantBases = ["address", "role"] as const;

/** What a verified grant allows: the media of one video, until it ends. */
export interface Grant {
  readonly videoId: VideoId;
  readonly basis: (typeof grantBases)[number];
  readonly expiresAtMs: number;
}

/** A grant as it is handed out. */
export interface IssuedGrant {
  readonly token: string;
  readonly expiresAt: string;
}

// short names, because the token stands in every address
const claimsSchema = z.object({
  v: videoIdSchema,
  b: z.enum(grantBases),
  s: z.string().max(60),
  exp: z.number(),
});

const algorithm = "HS256";
const maxKept = 20_000;

/** Issues and verifies grants. */
export interface Grants {
  /**
   * A grant for this viewer (`""`: a stranger). The same one is given again while more than half of its life is left,
   * so that addresses stay the same and caches hit.
   */
  issue(videoId: VideoId, basis: Grant["basis"], viewerId: string): Promise<IssuedGrant>;
  /** The grant of a token; throws `grant.expired` or `grant.invalid`. */
  verify(token: string): Promise<Grant>;
  /** What {@link Grants.verify} would say, when it was asked before; throws as it does. */
  peek(token: string): Grant | undefined;
}

/** Makes {@link Grants}; `key` is 64 hex digits. */
export function createGrants(options: { key: string; lifetimeSeconds: number; now?: () => number }): Grants {
  const { lifetimeSeconds, now = Date.now } = options;
  const key = Buffer.from(options.key, "hex");
  const issued = new LRUCache<string, IssuedGrant & { renewAtMs: number }>({ max: maxKept });
  const verified = new LRUCache<string, Grant>({ max: maxKept });

  function peek(token: string): Grant | undefined {
    const grant = verified.get(token);
    if (grant && grant.expiresAtMs <= now()) throw expired();
    return grant;
  }

  return {
    peek,

    async issue(videoId, basis, viewerId) {
      const name = `${videoId}/${basis}/${viewerId}`;
      const known = issued.get(name);
      if (known && now() < known.renewAtMs) return known;
      const issuedAtMs = now();
      const expiresAtSeconds = Math.floor(issuedAtMs / 1000) + lifetimeSeconds;
      const token = await new SignJWT({ v: videoId, b: basis, s: viewerId })
        .setProtectedHeader({ alg: algorithm })
        .setExpirationTime(expiresAtSeconds)
        .sign(key);
      const grant = {
        token,
        expiresAt: new Date(expiresAtSeconds * 1000).toISOString(),
        renewAtMs: issuedAtMs + (lifetimeSeconds * 1000) / 2,
      };
      issued.set(name, grant);
      return grant;
    },

    async verify(token) {
      const known = peek(token);
      if (known) return known;
      const { v, b, exp } = await verifyToken(token, key, claimsSchema, now);
      const grant = { videoId: v, basis: b, expiresAtMs: exp * 1000 };
      verified.set(token, grant);
      return grant;
    },
  };
}

function expired(): ShoalError {
  return new ShoalError("grant.expired", "This address has expired: ask for a new one.");
}

/** The claims of an HS256 token; throws `grant.expired` or `grant.invalid`. */
export async function verifyToken<Claims extends z.ZodType>(
  token: string,
  key: Uint8Array,
  claims: Claims,
  now: () => number,
): Promise<z.output<Claims>> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      currentDate: new Date(now()),
    });
    return claims.parse(payload);
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) throw expired();
    throw new ShoalError("grant.invalid", "This address was not given by this server.", { cause });
  }
}
