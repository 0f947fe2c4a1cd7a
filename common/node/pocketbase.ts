import PocketBase from "pocketbase";
import { ShoalError } from "../errors.ts";

/** How long a call to PocketBase may take, in milliseconds. */
export const pocketbaseTimeoutMs = 5000;

/**
 * A PocketBase client whose calls end within {@link pocketbaseTimeoutMs} and are never cancelled by one another.
 * `token` makes it act as that account; without it, as a stranger.
 */
export function createPocketBase(url: string, token?: string): PocketBase {
  const client = new PocketBase(url);
  client.autoCancellation(false);
  client.beforeSend = (address, options) => {
    // the realtime feed stays open
    const timeout = AbortSignal.timeout(pocketbaseTimeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    return { url: address, options: { ...options, signal } };
  };
  if (token) client.authStore.save(token, null);
  return client;
}

/**
 * A client with all rights, which logs in when it must and again before its token ends.
 * Use `await service.client()` for every call: a PocketBase that is away gives `service.unavailable`.
 */
export function createPocketBaseService(options: { url: string; email: string; password: string }): {
  client(): Promise<PocketBase>;
} {
  const client = createPocketBase(options.url);
  const renewBeforeMs = 60 * 60 * 1000;
  let renewAt = 0;
  let login: Promise<unknown> | undefined;
  return {
    async client() {
      if (client.authStore.isValid && Date.now() < renewAt) return client;
      login ??= client
        .collection("_superusers")
        .authWithPassword(options.email, options.password)
        .then(() => {
          renewAt = Date.now() + renewBeforeMs;
        })
        .finally(() => {
          login = undefined;
        });
      try {
        await login;
      } catch (cause) {
        throw new ShoalError("service.unavailable", "The database does not answer. Try again in a moment.", {
          cause,
        });
      }
      return client;
    },
  };
}
