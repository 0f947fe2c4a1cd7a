import { hkdfSync, randomInt } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";
import { ClientResponseError } from "pocketbase";
import { z } from "zod";
import { type OauthProvider, type UserRole, userIdSchema } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { Logger } from "#common/node/log.ts";
import { createPocketBase } from "#common/node/pocketbase.ts";
import { askPocketBase, type PocketBaseService } from "#common/node/pocketbase-ask.ts";
import { toHandle } from "./accounts.rules.ts";
import type { AccountStore } from "./accounts.store.ts";

/** What the log-in by other sites is made of. */
export interface OauthServiceOptions {
  readonly url: string;
  readonly service: PocketBaseService;
  readonly store: Pick<AccountStore, "update">;
  /** 64 hex digits; the key of the travel cookie is derived from it. */
  readonly secret: string;
  readonly publicUrl: string;
  readonly registrationOpen: boolean;
  readonly defaultRole: UserRole;
  readonly log: Logger;
  readonly now?: () => number;
}

/** Log-in by other sites. Built by {@link createOauthService}. */
export type OauthService = ReturnType<typeof createOauthService>;

/** How long somebody may stay at the other site. */
export const oauthTravelSeconds = 600;
const providersKeptMs = 30_000;
const handleAttempts = 8;

const methodsSchema = z.object({
  oauth2: z.object({
    enabled: z.boolean(),
    providers: z.array(
      z.object({
        name: z.string(),
        displayName: z.string(),
        state: z.string(),
        authURL: z.string(),
        codeVerifier: z.string(),
      }),
    ),
  }),
});
/** What goes with the browser to the other site and back: RFC 6749 §10.12 state, RFC 7636 verifier. */
const travelSchema = z.object({ provider: z.string(), state: z.string(), codeVerifier: z.string() });
const answerSchema = z.object({
  token: z.string(),
  record: z.object({ id: userIdSchema, handle: z.string() }),
  meta: z.object({ isNew: z.boolean(), username: z.string(), name: z.string(), email: z.string() }).partial(),
});

/** Builds the log-in by the providers that an administrator configured in PocketBase. */
export function createOauthService(options: OauthServiceOptions) {
  const { service, store, log, now = Date.now } = options;
  const key = new Uint8Array(
    hkdfSync("sha256", Buffer.from(options.secret, "hex"), "", "shoal oauth travel", 32),
  );
  const redirectUrl = `${options.publicUrl}/api/oauth/callback`;
  let kept: { providers: OauthProvider[]; untilMs: number } | undefined;

  async function listMethods() {
    const answer = await askPocketBase(service, (client) => client.collection("users").listAuthMethods());
    const { oauth2 } = methodsSchema.parse(answer);
    return oauth2.enabled ? oauth2.providers : [];
  }

  /** PocketBase's answer for a code; a new account is made only where registration is open. */
  async function exchange(travel: z.infer<typeof travelSchema>, code: string) {
    const { provider, codeVerifier } = travel;
    const createData = { handle: makeHandle(), role: options.defaultRole };
    const body = { provider, code, codeVerifier, redirectURL: redirectUrl, createData };
    // PocketBase lets superusers alone make accounts
    const client = options.registrationOpen ? await service.client() : createPocketBase(options.url);
    try {
      const answer = await client.send("/api/collections/users/auth-with-oauth2", { method: "POST", body });
      return answerSchema.parse(answer);
    } catch (cause) {
      if (!(cause instanceof ClientResponseError)) throw cause;
      if (cause.status === 0 || cause.status >= 500) {
        throw new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
          cause,
        });
      }
      log.warn({ err: cause, provider }, "a log-in by another site was refused");
      throw refused(cause);
    }
  }

  /** A better handle than the random one, made of what the other site calls the person. */
  async function nameChannel({ record, meta }: z.infer<typeof answerSchema>): Promise<void> {
    const names = [meta.username, meta.name, meta.email?.split("@")[0]].filter(Boolean);
    const displayName = meta.name?.trim().slice(0, 60) ?? "";
    for (let attempt = 0; attempt < handleAttempts; attempt++) {
      const handle = names.map((name) => toHandle(name ?? "", attempt)).find(Boolean);
      try {
        await store.update(record.id, { displayName, ...(handle ? { handle } : {}) });
        return;
      } catch (error) {
        if (!(error instanceof ShoalError && error.code === "account.handle_taken")) throw error;
      }
    }
  }

  return {
    /** The providers, as the log-in page shows them; asked for twice a minute at most. */
    async listProviders(): Promise<OauthProvider[]> {
      if (kept && kept.untilMs > now()) return kept.providers;
      const methods = await listMethods();
      const providers = methods.map(({ name, displayName }) => ({ name, displayName }));
      kept = { providers, untilMs: now() + providersKeptMs };
      return providers;
    },

    /** Where to send the browser, and what it must bring back in its cookie. */
    async begin(provider: string): Promise<{ url: string; travel: string }> {
      const method = (await listMethods()).find(({ name }) => name === provider);
      if (!method) throw new ShoalError("request.not_found", "There is no such way to log in.");
      const { state, codeVerifier } = method;
      const travel = await new EncryptJWT({ provider, state, codeVerifier })
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setExpirationTime(Math.floor(now() / 1000) + oauthTravelSeconds)
        .encrypt(key);
      return { url: `${method.authURL}${encodeURIComponent(redirectUrl)}`, travel };
    },

    /** The token of whoever comes back; throws `auth.link_expired` and `auth.wrong_credentials`. */
    async finish(travel: string | undefined, answer: { code: string; state: string }): Promise<string> {
      const begun = await readTravel(travel, key, now());
      if (!begun || begun.state !== answer.state) {
        throw new ShoalError("auth.link_expired", "This log-in took too long or began elsewhere. Try again.");
      }
      const session = await exchange(begun, answer.code);
      if (session.meta.isNew) {
        log.info({ userId: session.record.id, provider: begun.provider }, "account made by another site");
        await nameChannel(session);
      }
      return session.token;
    },
  };
}

async function readTravel(text: string | undefined, key: Uint8Array, nowMs: number) {
  if (!text) return undefined;
  try {
    const { payload } = await jwtDecrypt(text, key, { currentDate: new Date(nowMs) });
    return travelSchema.parse(payload);
  } catch {
    return undefined;
  }
}

function makeHandle(): string {
  return `user-${randomInt(2 ** 47)
    .toString(36)
    .padStart(10, "0")}`;
}

function refused(cause: unknown): ShoalError {
  return new ShoalError("auth.wrong_credentials", "The other site's log-in was not accepted here.", {
    cause,
  });
}
