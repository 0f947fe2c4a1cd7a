import { timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What `secrets.json` in the data folder holds (mode 0600; made by the first start). Keys are 64 hex digits. */
export const secretsSchema = z.object({
  pocketbaseEmail: z.email(),
  pocketbasePassword: z.string().min(20),
  /** Signs playback grants (HMAC-SHA256). */
  grantKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** Derives swarm ids and signs swarm tokens. */
  swarmKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** Bearer token between Shoal's own processes. */
  internalToken: z.string().regex(/^[0-9a-f]{64}$/),
  /** The one-time token of the first administrator's link. */
  firstAdminToken: z.string().regex(/^[0-9a-f]{64}$/),
});
/** What `secrets.json` in the data folder holds. */
export type Secrets = z.infer<typeof secretsSchema>;

/** Where the secrets of a data folder lie. */
export function secretsPath(dataDir: string): string {
  return join(dataDir, "secrets.json");
}

/** Reads the secrets of a data folder; throws when they are absent or damaged. */
export function readSecrets(dataDir: string): Secrets {
  return secretsSchema.parse(JSON.parse(readFileSync(secretsPath(dataDir), "utf8")));
}

/** Are these equal? How long the answer takes does not tell how much of them is. */
export function isSameSecret(told: string, secret: string): boolean {
  const [left, right] = [Buffer.from(told), Buffer.from(secret)];
  return left.length === right.length && timingSafeEqual(left, right);
}
