import { TRPCClientError } from "@trpc/client";
import { isProblemCode, type Problem, type ProblemCode, toProblemOfCode } from "./error-text.ts";

function readShoalCode(data: unknown): unknown {
  return typeof data === "object" && data !== null && "shoalCode" in data ? data.shoalCode : undefined;
}

function toCode(error: unknown): ProblemCode {
  if (error instanceof TRPCClientError) {
    const code = readShoalCode(error.data);
    if (isProblemCode(code)) return code;
    return error.cause ? toCode(error.cause) : "service.unavailable";
  }
  if (error instanceof DOMException && error.name === "TimeoutError") return "network.timeout";
  // fetch reports every failure to connect as a TypeError
  if (error instanceof TypeError) return isChunkFailure(error) ? "page.outdated" : "network.unreachable";
  // an answer that is no JSON comes from a proxy before a server that is not there
  if (error instanceof SyntaxError) return "service.unavailable";
  return "unknown";
}

function isChunkFailure(error: TypeError): boolean {
  return /dynamically imported module|module script/i.test(error.message);
}

/** Any thrown thing as sentences for a person. */
export function toProblem(error: unknown): Problem {
  return toProblemOfCode(toCode(error));
}
