import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import type { AppRouter } from "../../signaling/app-router.ts";

const requestTimeoutMs = 10_000;

/** A client of its own: a grant must not wait in a batch for whatever else the page asks at the same time. */
const api = createTRPCClient<AppRouter>({
  links: [
    httpLink({
      url: "/trpc",
      fetch: (input, init) => {
        const timeout = AbortSignal.timeout(requestTimeoutMs);
        return fetch(input instanceof Request ? input.url : input, {
          method: init?.method ?? "GET",
          headers: init?.headers ?? {},
          body: init?.body ?? null,
          signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
          credentials: "same-origin",
          // the last position is saved while the page goes away
          keepalive: true,
        });
      },
    }),
  ],
});

/** Asks for the addresses of a video. */
export function requestGrant(videoId: string, signal?: AbortSignal): Promise<PlaybackGrant> {
  return api.playback.grant.mutate({ id: videoId }, signal ? { signal } : {});
}

/** Remembers where the viewer is; a loss is not worth a word. */
export async function saveProgress(videoId: string, positionSeconds: number): Promise<void> {
  await api.playback.saveProgress.mutate({ id: videoId, positionSeconds }).catch(() => {});
}

/** Shoal's code of a refusal; `undefined` when no answer came. */
export function toRefusalCode(error: unknown): string | undefined {
  if (!(error instanceof TRPCClientError) || !error.data) return undefined;
  const data: unknown = error.data;
  if (typeof data !== "object" || data === null || !("shoalCode" in data)) return undefined;
  return typeof data.shoalCode === "string" ? data.shoalCode : undefined;
}
