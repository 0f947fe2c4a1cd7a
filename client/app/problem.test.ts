import { TRPCClientError } from "@trpc/client";
import { describe, expect, it } from "vitest";
import { errorTable, isErrorCode } from "#common/errors.ts";
import { isProblemCode, toProblemOfCode } from "./error-text.ts";
import { toProblem } from "./problem.ts";

function refuse(data: unknown) {
  return TRPCClientError.from({ error: { code: -32004, message: "x", data } });
}

describe("problems", () => {
  it("have sentences for every code of the servers", () => {
    for (const code of Object.keys(errorTable)) {
      expect(isErrorCode(code) && isProblemCode(code), code).toBe(true);
      expect(toProblemOfCode(code).text).toMatch(/\.$/);
    }
  });

  it("are known by the code of the refusal", () => {
    expect(toProblem(refuse({ shoalCode: "video.not_found" })).code).toBe("video.not_found");
    expect(toProblem(refuse({ shoalCode: "video.not_found" })).canRetry).toBe(false);
  });

  it("are understood when a proxy answered instead", () => {
    expect(toProblem(TRPCClientError.from(new SyntaxError("Unexpected token <"))).code).toBe(
      "service.unavailable",
    );
    expect(toProblem(refuse({ shoalCode: "teapot.boiling" })).code).toBe("service.unavailable");
  });

  it.each([
    [new TypeError("Failed to fetch"), "network.unreachable"],
    [new DOMException("late", "TimeoutError"), "network.timeout"],
    [new TypeError("Failed to fetch dynamically imported module: x"), "page.outdated"],
    [new Error("?"), "unknown"],
    ["thrown text", "unknown"],
  ])("of the page itself: %s", (error, code) => {
    expect(toProblem(error).code).toBe(code);
    expect(toProblem(error instanceof Error ? TRPCClientError.from(error) : error).code).toBe(code);
  });

  it("with a code that nobody knows are unknown, and can be tried again", () => {
    expect(toProblemOfCode("later.invented")).toMatchObject({ code: "unknown", canRetry: true });
    expect(toProblemOfCode(undefined).code).toBe("unknown");
    expect(toProblemOfCode("constructor").code).toBe("unknown");
  });
});
