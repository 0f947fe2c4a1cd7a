import { z } from "zod";

/**
 * Every refusal that Shoal can give: code → HTTP status and tRPC code.
 * The code is what clients rely on; the sentence that travels with it is for people.
 */
export const errorTable = {
  "request.invalid": { httpStatus: 400, trpcCode: "BAD_REQUEST" },
  "request.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "request.too_many": { httpStatus: 429, trpcCode: "TOO_MANY_REQUESTS" },
  "request.cross_site": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "service.unavailable": { httpStatus: 503, trpcCode: "SERVICE_UNAVAILABLE" },
  "service.internal": { httpStatus: 500, trpcCode: "INTERNAL_SERVER_ERROR" },
  "auth.required": { httpStatus: 401, trpcCode: "UNAUTHORIZED" },
  "auth.invalid_token": { httpStatus: 401, trpcCode: "UNAUTHORIZED" },
  "auth.wrong_credentials": { httpStatus: 401, trpcCode: "UNAUTHORIZED" },
  "auth.forbidden": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "auth.link_expired": { httpStatus: 400, trpcCode: "BAD_REQUEST" },
  "account.email_taken": { httpStatus: 409, trpcCode: "CONFLICT" },
  "account.handle_taken": { httpStatus: 409, trpcCode: "CONFLICT" },
  "account.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "account.registration_closed": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "instance.already_set_up": { httpStatus: 409, trpcCode: "CONFLICT" },
  "video.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "video.not_playable": { httpStatus: 409, trpcCode: "CONFLICT" },
  "video.wrong_state": { httpStatus: 409, trpcCode: "CONFLICT" },
  "upload.too_large": { httpStatus: 413, trpcCode: "PAYLOAD_TOO_LARGE" },
  "upload.quota_exceeded": { httpStatus: 413, trpcCode: "PAYLOAD_TOO_LARGE" },
  "upload.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "upload.wrong_offset": { httpStatus: 409, trpcCode: "CONFLICT" },
  "upload.already_complete": { httpStatus: 409, trpcCode: "CONFLICT" },
  "upload.bad_image": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "grant.required": { httpStatus: 401, trpcCode: "UNAUTHORIZED" },
  "grant.invalid": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "grant.expired": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "grant.wrong_video": { httpStatus: 403, trpcCode: "FORBIDDEN" },
  "stream.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "stream.wrong_key": { httpStatus: 401, trpcCode: "UNAUTHORIZED" },
  "stream.already_live": { httpStatus: 409, trpcCode: "CONFLICT" },
  "stream.not_live": { httpStatus: 409, trpcCode: "CONFLICT" },
  "stream.wrong_state": { httpStatus: 409, trpcCode: "CONFLICT" },
  "stream.too_many": { httpStatus: 409, trpcCode: "CONFLICT" },
  "stream.full": { httpStatus: 503, trpcCode: "SERVICE_UNAVAILABLE" },
  "stream.bad_sdp": { httpStatus: 400, trpcCode: "BAD_REQUEST" },
  "stream.unsupported_media": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "stream.session_not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "stream.wrong_etag": { httpStatus: 412, trpcCode: "PRECONDITION_FAILED" },
  "stream.bad_target": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "media.not_found": { httpStatus: 404, trpcCode: "NOT_FOUND" },
  "encode.unreadable": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.empty": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.truncated": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.no_streams": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.not_media": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.too_short": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.too_long": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.too_big_picture": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.unsupported": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.timeout": { httpStatus: 500, trpcCode: "INTERNAL_SERVER_ERROR" },
  "encode.limit_exceeded": { httpStatus: 422, trpcCode: "UNPROCESSABLE_CONTENT" },
  "encode.failed": { httpStatus: 500, trpcCode: "INTERNAL_SERVER_ERROR" },
  "encode.cancelled": { httpStatus: 409, trpcCode: "CONFLICT" },
} as const satisfies Record<string, { httpStatus: number; trpcCode: string }>;

/** One of the codes of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;

/** Is this text one of Shoal's error codes? */
export function isErrorCode(text: unknown): text is ErrorCode {
  return typeof text === "string" && Object.hasOwn(errorTable, text);
}

/**
 * A refusal: a code, a sentence that a person can act on, and the cause where there is one.
 * A broken invariant is a plain `Error`, never this.
 */
export class ShoalError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ShoalError";
    this.code = code;
  }

  get httpStatus(): number {
    return errorTable[this.code].httpStatus;
  }
}

/** The body of every REST error: `{ "error": { "code", "message" } }`. */
export const errorBodySchema = z.object({
  error: z.object({ code: z.string(), message: z.string() }),
});

/** The wire form of a refusal; see {@link errorBodySchema}. */
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** The wire form of a refusal. */
export function toErrorBody(error: ShoalError): ErrorBody {
  return { error: { code: error.code, message: error.message } };
}

/** Ends a `switch` that has handled every member of a union; throws when a value slipped past the types. */
export function assertNever(value: never): never {
  throw new Error(`unhandled value: ${JSON.stringify(value)}`);
}
