import { TRPCError } from "@trpc/server";
import { ClientResponseError } from "pocketbase";
import { expect, test } from "vitest";
import { z } from "zod";
import { ShoalError } from "#common/errors.ts";
import { toShoalError } from "./to-shoal-error.ts";

const taken = new ShoalError("account.handle_taken", "This handle is taken.");
const zodError = z.object({ page: z.number() }).safeParse({ page: "x" }).error;
const fastifyError = Object.assign(new Error("/secret/path"), { statusCode: 415 });

test.each<[string, unknown, string]>([
  ["a refusal", taken, "account.handle_taken"],
  [
    "a refusal that tRPC wrapped",
    new TRPCError({ code: "INTERNAL_SERVER_ERROR", cause: taken }),
    "account.handle_taken",
  ],
  ["bad input", zodError, "request.invalid"],
  ["bad input that tRPC wrapped", new TRPCError({ code: "BAD_REQUEST", cause: zodError }), "request.invalid"],
  ["a procedure that is none", new TRPCError({ code: "NOT_FOUND" }), "request.not_found"],
  ["a database that is away", new ClientResponseError({ status: 0 }), "service.unavailable"],
  ["a database that fails", new ClientResponseError({ status: 502 }), "service.unavailable"],
  [
    "an answer of the database that nobody foresaw",
    new ClientResponseError({ status: 400 }),
    "service.internal",
  ],
  ["a media type that is none of ours", fastifyError, "request.invalid"],
  ["a bug", new Error("secret"), "service.internal"],
  ["something odd", "secret", "service.internal"],
])("%s", (_what, thrown, code) => {
  const error = toShoalError(thrown);
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/secret/);
});

test("names the field that is wrong", () => {
  expect(toShoalError(zodError).message).toMatch(/^page: /);
});
