import { createTRPCClient, httpLink } from "@trpc/client";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { AppRouter } from "../../../signaling/app-router.ts";

/** A response of the front desk, for whoever reads its clock. */
export type HearAnswer = (response: Response, sentAtMs: number) => void;

const requestTimeoutMs = 10_000;

/** A client of its own: a grant must not wait in a batch for whatever else the page asks at the same time. */
function createApi(answered?: HearAnswer) {
  return createTRPCClient<AppRouter>({
    links: [
      httpLink({
        url: "/trpc",
        fetch: async (input, init) => {
          const timeout = AbortSignal.timeout(requestTimeoutMs);
          const sentAtMs = Date.now();
          const response = await fetch(input instanceof Request ? input.url : input, {
            method: init?.method ?? "GET",
            headers: init?.headers ?? {},
            body: init?.body ?? null,
            signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout,
            credentials: "same-origin",
          });
          answered?.(response, sentAtMs);
          return response;
        },
      }),
    ],
  });
}

/** Asks how a stream may be watched now. */
export function requestLiveGrant(
  streamId: string,
  options: { signal?: AbortSignal; answered?: HearAnswer } = {},
): Promise<LivePlaybackGrant> {
  const { signal, answered } = options;
  return createApi(answered).streams.playback.mutate({ id: streamId }, signal ? { signal } : {});
}
