import { errorBodySchema } from "#common/errors.ts";
import { isProblemCode, type ProblemCode } from "../app/error-text.ts";
import { applyFragment, toRestartFragment } from "./sdp-fragment.ts";

/** One WHIP session (RFC 9725 §4.2). */
export interface WhipSession {
  /** Absolute address of the session. */
  readonly url: string;
  readonly answerSdp: string;
  /** Entity tag of the ICE session; `null`: the server has none. */
  readonly etag: string | null;
}

/** A refusal of the server: its status and the code of its error body. */
export class WhipError extends Error {
  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`whip answered ${status} ${code}`);
    this.name = "WhipError";
  }
}

interface WhipOptions {
  readonly fetch?: typeof fetch;
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 6000;

/** Speaks WHIP (RFC 9725); knows nothing of peer connections. Every call gives up after `timeoutMs`. */
export function createWhipClient(options: WhipOptions = {}) {
  const ask = options.fetch ?? ((input, init) => fetch(input, init));
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;

  async function send(
    url: string,
    request: {
      method: string;
      token: string;
      signal?: AbortSignal;
      body?: string;
      type?: string;
      ifMatch?: string;
    },
  ): Promise<Response> {
    const { method, token, signal, body, type, ifMatch } = request;
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await ask(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(type !== undefined && { "content-type": type }),
        ...(ifMatch !== undefined && { "if-match": ifMatch }),
      },
      ...(body !== undefined && { body }),
      // a page that is being left may still say goodbye
      keepalive: method === "DELETE",
      credentials: "omit",
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (!response.ok) throw await toWhipError(response);
    return response;
  }

  return {
    /** "The WHIP client MUST perform an HTTP POST of the SDP offer to the WHIP endpoint URL" (§4.2). */
    async publish(
      endpointUrl: string,
      token: string,
      offerSdp: string,
      signal?: AbortSignal,
    ): Promise<WhipSession> {
      const response = await send(endpointUrl, {
        method: "POST",
        token,
        body: offerSdp,
        type: "application/sdp",
        ...(signal && { signal }),
      });
      const location = response.headers.get("location");
      if (response.status !== 201 || !location)
        throw new WhipError(response.status, "service.unavailable", undefined);
      return {
        url: new URL(location, new URL(endpointUrl, window.location.href)).href,
        answerSdp: await response.text(),
        etag: response.headers.get("etag"),
      };
    },

    /**
     * ICE restart (§4.3.3): "the If-Match header field MUST be set to a value of "*"". Answers the remote description with the
     * server's new credentials; `undefined`: it does not do restarts.
     */
    async restart(session: WhipSession, token: string, offerSdp: string): Promise<WhipSession | undefined> {
      const response = await send(session.url, {
        method: "PATCH",
        token,
        body: toRestartFragment(offerSdp),
        type: "application/trickle-ice-sdpfrag",
        ifMatch: "*",
      });
      const answerSdp =
        response.status === 200 ? applyFragment(session.answerSdp, await response.text()) : undefined;
      return answerSdp === undefined
        ? undefined
        : { url: session.url, answerSdp, etag: response.headers.get("etag") };
    },

    /** "To explicitly terminate a WHIP session" (§4.2). `false`: it was gone already, which ends no broadcast. */
    async end(session: WhipSession, token: string): Promise<boolean> {
      try {
        await send(session.url, { method: "DELETE", token });
        return true;
      } catch (error) {
        if (error instanceof WhipError && error.status === 404) return false;
        throw error;
      }
    },
  };
}
export type WhipClient = ReturnType<typeof createWhipClient>;

async function toWhipError(response: Response): Promise<WhipError> {
  const code = errorBodySchema.safeParse(await response.json().catch(() => undefined)).data?.error.code;
  const retryAfterSeconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const isTemporary = response.status === 429 || response.status >= 500;
  return new WhipError(
    response.status,
    isProblemCode(code) ? code : isTemporary ? "service.unavailable" : "unknown",
    Number.isFinite(retryAfterSeconds) ? retryAfterSeconds * 1000 : undefined,
  );
}
