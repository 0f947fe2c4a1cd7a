import type { z } from "zod";
import { errorBodySchema } from "#common/errors.ts";
import { type LivePlaybackGrant, livePlaybackGrantSchema } from "#common/live/live-grant.ts";
import { type Stream, streamSchema } from "#common/live/stream.ts";
import { toProblemOfCode } from "../../app/error-text.ts";
import { toProblem } from "../../app/problem.ts";

const requestTimeoutMs = 10_000;

/** The front desk said no. */
export class LiveRefusal extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "LiveRefusal";
    this.code = code;
  }
}

/** A response of the front desk, for whoever reads its clock. */
export type HearAnswer = (response: Response, sentAtMs: number) => void;

/** Asks how a stream may be watched now. */
export function requestLiveGrant(
  streamId: string,
  options: { signal?: AbortSignal; answered?: HearAnswer } = {},
): Promise<LivePlaybackGrant> {
  const path = `/api/streams/${encodeURIComponent(streamId)}/playback`;
  return ask(path, { method: "POST", schema: livePlaybackGrantSchema, ...options });
}

/** Asks for all that the page of a stream shows. */
export function requestStream(streamId: string, signal: AbortSignal): Promise<Stream> {
  return ask(`/api/streams/${encodeURIComponent(streamId)}`, { method: "GET", schema: streamSchema, signal });
}

/** Any thrown thing of this room as sentences for a person. */
export function toLiveProblem(error: unknown) {
  return error instanceof LiveRefusal ? toProblemOfCode(error.code) : toProblem(error);
}

/** A request of its own: a grant must not wait in a batch for whatever else the page asks at the same time. */
async function ask<Schema extends z.ZodType>(
  path: string,
  options: { method: string; schema: Schema; signal?: AbortSignal; answered?: HearAnswer },
): Promise<z.infer<Schema>> {
  const sentAtMs = Date.now();
  const timeout = AbortSignal.timeout(requestTimeoutMs);
  const response = await fetch(path, {
    method: options.method,
    credentials: "same-origin",
    signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
  });
  options.answered?.(response, sentAtMs);
  const body: unknown = await response.json();
  if (response.ok) return options.schema.parse(body);
  const { error } = errorBodySchema.parse(body);
  throw new LiveRefusal(error.code, error.message);
}
