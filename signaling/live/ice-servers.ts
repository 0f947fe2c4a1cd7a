import { createHmac, randomBytes } from "node:crypto";
import { ConfigError } from "#common/node/config.ts";
import type { IceServer } from "../playback/playback.config.ts";

/** How long TURN credentials work; a broadcast that lasts longer keeps the allocation that it has. */
export const turnLifetimeSeconds = 12 * 3600;

/** Makes the list of STUN and TURN servers for somebody who may publish or watch now. */
export type ListIceServers = () => IceServer[];

/** Throws `ConfigError` for TURN servers without a secret. */
export function createIceServers(options: {
  readonly iceServers: readonly IceServer[];
  readonly turnUrls: readonly string[];
  readonly turnSecret: string;
  readonly now?: () => number;
}): ListIceServers {
  const { iceServers, turnUrls, turnSecret, now = Date.now } = options;
  if (turnUrls.length > 0 && turnSecret === "") {
    throw new ConfigError("SHOAL_TURN_URLS needs SHOAL_TURN_SECRET: coturn's static-auth-secret.");
  }
  return () => {
    if (turnUrls.length === 0) return [...iceServers];
    const credentials = toCredentials(turnSecret, now());
    return [...iceServers, ...turnUrls.map((urls) => ({ urls, ...credentials }))];
  };
}

/**
 * draft-uberti-behave-turn-rest §2.2: "username … a colon-delimited combination of the expiration timestamp and the
 * username parameter", "password … base64(hmac(secret key, username))", with SHA-1.
 */
function toCredentials(secret: string, nowMs: number): { username: string; credential: string } {
  const expiresAtSeconds = Math.floor(nowMs / 1000) + turnLifetimeSeconds;
  const username = `${expiresAtSeconds}:${randomBytes(9).toString("base64url")}`;
  return { username, credential: createHmac("sha1", secret).update(username).digest("base64") };
}
