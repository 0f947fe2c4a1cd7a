import { createTRPCClient, httpBatchLink, type TRPCLink } from "@trpc/client";
import { tap } from "@trpc/server/observable";
import type { AppRouter } from "../../signaling/app-router.ts";

const requestTimeoutMs = 20_000;

/** A fetch that gives up: a page that waits for ever says nothing. */
function fetchWithTimeout(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  return fetch(input, { ...init, signal, credentials: "same-origin" });
}

let onSessionEnd = () => {};

/** Hears when the front desk no longer knows who we are; one listener, for as long as the page lives. */
export function listenForSessionEnd(listener: () => void): void {
  onSessionEnd = listener;
}

const watchSession: TRPCLink<AppRouter> =
  () =>
  ({ next, op }) =>
    next(op).pipe(
      tap({
        error: ({ data }) => {
          if (data?.shoalCode === "auth.invalid_token") onSessionEnd();
        },
      }),
    );

/** The one client of the front desk. The session is a cookie: no token passes through the page. */
export const api = createTRPCClient<AppRouter>({
  links: [
    watchSession,
    httpBatchLink({
      url: "/trpc",
      maxURLLength: 2000,
      fetch: (input, init) =>
        fetchWithTimeout(
          input instanceof Request ? input.url : input,
          init && { ...init, signal: init.signal ?? null, body: init.body ?? null },
        ),
    }),
  ],
});
