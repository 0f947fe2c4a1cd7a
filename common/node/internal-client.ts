import type { z } from "zod";
import { errorBodySchema, isErrorCode, ShoalError } from "../errors.ts";

/** One question to another process of this Shoal. */
export interface InternalQuestion<Reply extends z.ZodType> {
  /** Base address of the process, e.g. `http://127.0.0.1:8091`. */
  readonly baseUrl: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with its query; what varies is encoded by who asks. */
  readonly path: string;
  readonly body?: unknown;
  readonly reply: Reply;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Asks other processes' internal interfaces. */
export interface InternalClient {
  /**
   * The answer; throws the `ShoalError` that the other side gave, `service.unavailable` when it cannot be reached, is too
   * late or answers nonsense, and the signal's reason when that was aborted.
   */
  ask<Reply extends z.ZodType>(question: InternalQuestion<Reply>): Promise<z.output<Reply>>;
}

/** Makes an {@link InternalClient}; `timeoutMs` is for questions that say none, default 5000. */
export function createInternalClient(options: { token: string; timeoutMs?: number }): InternalClient {
  return {
    async ask(question) {
      const { baseUrl, method, path, body, reply, signal } = question;
      const timeout = AbortSignal.timeout(question.timeoutMs ?? options.timeoutMs ?? 5000);
      try {
        const response = await fetch(new URL(path, baseUrl), {
          method,
          headers: {
            authorization: `Bearer ${options.token}`,
            ...(body !== undefined && { "content-type": "application/json" }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        });
        const answer: unknown = await response.json();
        if (!response.ok) throw toRefusal(answer);
        return reply.parse(answer);
      } catch (cause) {
        if (cause instanceof ShoalError) throw cause;
        signal?.throwIfAborted();
        throw new ShoalError("service.unavailable", "A part of the server does not answer. Try again soon.", {
          cause,
        });
      }
    },
  };
}

function toRefusal(answer: unknown): ShoalError {
  const { error } = errorBodySchema.parse(answer);
  return isErrorCode(error.code)
    ? new ShoalError(error.code, error.message)
    : new ShoalError("service.internal", error.message);
}
