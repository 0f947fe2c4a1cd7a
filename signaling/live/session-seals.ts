import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";

/** Which of an sfu's sessions an address means. */
export interface SealedSession {
  /** Base address of the node that has it; never seen outside. */
  readonly sfuUrl: string;
  readonly sessionId: string;
}

/** Whose session it is. */
export interface SessionScope {
  readonly role: "publisher" | "viewer";
  readonly streamId: string;
}

/** Makes the last part of a session's address: nobody can guess, read or change it, or use it for another stream. */
export interface SessionSeals {
  seal(scope: SessionScope, session: SealedSession, bearer: string | null): string;
  /**
   * Throws `stream.session_not_found`. `isHolder`: who asks brings the bearer token that the session was begun with, so
   * that nothing more has to be asked, even when that has run out since.
   */
  open(
    scope: SessionScope,
    sealed: string,
    bearer: string | null,
  ): SealedSession & { readonly isHolder: boolean };
}

const cipher = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;
const holderBytes = 16;
const contentSchema = z.tuple([z.url(), z.string().min(1)]);

/** Makes {@link SessionSeals}; `secret` is 64 hex digits. Every front desk of an instance opens the others' seals. */
export function createSessionSeals(options: { readonly secret: string }): SessionSeals {
  const secret = Buffer.from(options.secret, "hex");
  const key = Buffer.from(hkdfSync("sha256", secret, "", "shoal live session address 1", 32));
  const toScope = ({ role, streamId }: SessionScope) => Buffer.from(`${role} ${streamId}`);

  return {
    seal(scope, { sfuUrl, sessionId }, bearer) {
      const iv = randomBytes(ivBytes);
      const sealing = createCipheriv(cipher, key, iv).setAAD(toScope(scope));
      const content = Buffer.concat([toHolder(bearer), Buffer.from(JSON.stringify([sfuUrl, sessionId]))]);
      const sealed = Buffer.concat([sealing.update(content), sealing.final()]);
      return Buffer.concat([iv, sealing.getAuthTag(), sealed]).toString("base64url");
    },

    open(scope, sealed, bearer) {
      try {
        const bytes = Buffer.from(sealed, "base64url");
        const opening = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
          .setAAD(toScope(scope))
          .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
        const content = Buffer.concat([opening.update(bytes.subarray(ivBytes + tagBytes)), opening.final()]);
        const [sfuUrl, sessionId] = contentSchema.parse(JSON.parse(content.subarray(holderBytes).toString()));
        return {
          sfuUrl,
          sessionId,
          isHolder: timingSafeEqual(content.subarray(0, holderBytes), toHolder(bearer)),
        };
      } catch (cause) {
        throw new ShoalError("stream.session_not_found", "There is no such session, or it has ended.", {
          cause,
        });
      }
    },
  };
}

function toHolder(bearer: string | null): Buffer {
  return createHash("sha256")
    .update(bearer ?? "")
    .digest()
    .subarray(0, holderBytes);
}
