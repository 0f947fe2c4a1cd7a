import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { deriveLiveKey } from "./derived-key.ts";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;
const prefix = "1.";

/** Seals the keys of other places. */
export interface SealedKeys {
  /** What may be kept; says nothing without the secret, and never the same twice. */
  seal(key: string, streamId: string): string;
  /** The key; throws when it was sealed for another stream, with another secret, or was changed. */
  open(sealed: string, streamId: string): string;
}

/** Makes {@link SealedKeys}; `secret` is 64 hex digits. AES-256-GCM, bound to the stream. */
export function createSealedKeys(secret: string): SealedKeys {
  const sealingKey = deriveLiveKey(secret, "restreamKey");
  return {
    seal(key, streamId) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, sealingKey, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(streamId));
      const text = Buffer.concat([cipher.update(key, "utf8"), cipher.final()]);
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url");
    },

    open(sealed, streamId) {
      const bytes = Buffer.from(sealed.slice(prefix.length), "base64url");
      if (!sealed.startsWith(prefix) || bytes.length < nonceBytes + tagBytes) {
        throw new Error("this is no sealed key");
      }
      const decipher = createDecipheriv(algorithm, sealingKey, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      });
      decipher.setAAD(Buffer.from(streamId));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      const text = decipher.update(bytes.subarray(nonceBytes + tagBytes));
      return Buffer.concat([text, decipher.final()]).toString("utf8");
    },
  };
}
