import { hkdfSync } from "node:crypto";

/** What the room `live` needs keys for; one for each, so that what was made for one is worth nothing for another. */
const purposes = {
  publishTicket: "shoal live publish ticket 1",
  viewerToken: "shoal live viewer token 1",
  restreamKey: "shoal live restream key 1",
} as const;

/** A key of 32 bytes for one purpose, made of a secret of 64 hex digits (HKDF, RFC 5869). */
export function deriveLiveKey(secret: string, purpose: keyof typeof purposes): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(secret, "hex"), "", purposes[purpose], 32));
}
