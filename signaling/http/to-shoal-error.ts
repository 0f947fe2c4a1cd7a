import { TRPCError } from "@trpc/server";
import { ClientResponseError } from "pocketbase";
import { z } from "zod";
import { type ErrorCode, ShoalError } from "#common/errors.ts";

/** A refusal that says when it is worth while to ask again. */
export class TooManyRequestsError extends ShoalError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("request.too_many", `Too many requests. Try again in ${toWait(retryAfterSeconds)}.`);
    this.name = "TooManyRequestsError";
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

function toWait(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? "a second" : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Turns whatever was thrown into a refusal; what is nobody's fault but ours becomes `service.internal` with no detail. */
export function toShoalError(error: unknown): ShoalError {
  if (error instanceof ShoalError) return error;
  if (error instanceof TRPCError) return fromTrpc(error);
  if (error instanceof z.core.$ZodError) return fromZod(error, error);
  if (error instanceof ClientResponseError) return fromPocketBase(error);
  const statusCode = toStatusCode(error);
  if (statusCode !== undefined && statusCode < 500) return fromStatus(statusCode, error);
  return internal(error);
}

/** Is this a mistake of ours, to be looked at in the log? */
export function isOurFault(error: ShoalError): boolean {
  return error.code === "service.internal";
}

function fromTrpc(error: TRPCError): ShoalError {
  const { cause } = error;
  if (error.code === "INTERNAL_SERVER_ERROR") return cause ? toShoalError(cause) : internal(error);
  if (cause instanceof z.core.$ZodError) return fromZod(cause, error);
  if (cause instanceof ShoalError) return cause;
  if (error.code === "NOT_FOUND")
    return refuse("request.not_found", "There is nothing at this address.", error);
  return refuse("request.invalid", "This request cannot be understood.", error);
}

function fromZod(error: z.core.$ZodError, cause: unknown): ShoalError {
  const issue = error.issues[0];
  const field = issue?.path.join(".");
  const sentence = issue?.message ?? "This request cannot be understood.";
  // our own sentences stand alone; zod's say nothing without the field
  return refuse(
    "request.invalid",
    /^Invalid|^Too|^Unrecognized/.test(sentence) && field ? `${field}: ${sentence}` : sentence,
    cause,
  );
}

function fromPocketBase(error: ClientResponseError): ShoalError {
  if (error.status !== 0 && error.status < 500) return internal(error);
  return refuse("service.unavailable", "The database does not answer. Try again in a moment.", error);
}

function fromStatus(status: number, cause: unknown): ShoalError {
  switch (status) {
    case 404:
      return refuse("request.not_found", "There is nothing at this address.", cause);
    case 413:
      return refuse("request.invalid", "This request is too big.", cause);
    default:
      return refuse("request.invalid", "This request cannot be understood.", cause);
  }
}

/** Fastify's and Node's own errors carry a status. */
function toStatusCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  return typeof error.statusCode === "number" ? error.statusCode : undefined;
}

function internal(cause: unknown): ShoalError {
  return refuse("service.internal", "Something went wrong here. It was written down.", cause);
}

function refuse(code: ErrorCode, message: string, cause: unknown): ShoalError {
  return new ShoalError(code, message, { cause });
}
