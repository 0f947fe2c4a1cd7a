import { describe, expect, test } from "vitest";
import { playbackFailures, toFailureSentence, toGrantFailure, toRecoveryStep } from "./failure.rules.ts";

describe("failures", () => {
  test("each has a sentence of its own", () => {
    expect(new Set(playbackFailures.map(toFailureSentence)).size).toBe(playbackFailures.length);
  });

  test.each([
    ["video.not_found", "not_found"],
    ["video.not_playable", "not_playable"],
    ["grant.expired", "grant_expired"],
    ["service.unavailable", "service_away"],
    ["request.too_many", "service_away"],
    [undefined, "network"],
    ["no.such_code", "network"],
  ])("a grant refused with %s is %s", (code, failure) => {
    expect(toGrantFailure(code)).toBe(failure);
  });
});

describe("toRecoveryStep", () => {
  test("a refused segment asks for a new grant at once", () => {
    expect(toRecoveryStep({ kind: "network", httpStatus: 403 }, 0)).toEqual({
      name: "renew_grant",
      delayMs: 0,
    });
  });

  test("a server error loads again first", () => {
    expect(toRecoveryStep({ kind: "network", httpStatus: 503 }, 0)).toEqual({
      name: "reload_media",
      delayMs: 0,
    });
  });

  test.each([
    [undefined, "network"],
    [403, "grant_expired"],
    [404, "not_found"],
    [500, "service_away"],
  ])("status %s waits longer each time, then gives up as %s", (httpStatus, failure) => {
    const steps = [0, 1, 2, 3, 4, 5].map((attempt) =>
      toRecoveryStep({ kind: "network", httpStatus }, attempt),
    );
    const delaysMs = steps.flatMap((step) => ("delayMs" in step ? [step.delayMs] : []));
    expect(delaysMs).toEqual([0, 500, 1000, 2000, 4000]);
    expect(steps.at(-1)).toEqual({ name: "give_up", failure });
  });

  test("a decoder is helped three times", () => {
    expect(toRecoveryStep({ kind: "decode" }, 2)).toEqual({ name: "recover_decoder" });
    expect(toRecoveryStep({ kind: "decode" }, 3)).toEqual({ name: "give_up", failure: "decode" });
  });

  test("what the browser cannot play is not tried again", () => {
    expect(toRecoveryStep({ kind: "unsupported" }, 0)).toEqual({ name: "give_up", failure: "unsupported" });
  });
});
