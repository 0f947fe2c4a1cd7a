import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handleSchema, userRoles } from "#common/accounts/user.ts";
import { assertAdminRemains, assertFreeHandle, toHandle } from "./accounts.rules.ts";

describe("toHandle", () => {
  it.each([
    ["Jörg O'Neill", 0, "jorg-oneill"],
    ["octo_cat", 0, "octo_cat"],
    ["--Ab C--", 0, "ab-c"],
    ["octocat", 1, "octocat-2"],
    ["x".repeat(40), 9, `${"x".repeat(27)}-10`],
    ["ab", 0, undefined],
    ["дельфин", 0, undefined],
    ["", 3, undefined],
    ["Admin", 0, undefined],
    ["Admin", 1, undefined],
  ])("makes %j, attempt %i, into %j", (name, attempt, handle) => {
    expect(toHandle(name, attempt)).toBe(handle);
  });

  it("never makes one that is none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(20), (name, attempt) => {
        const handle = toHandle(name, attempt);
        if (handle !== undefined) expect(handleSchema.parse(handle)).toBe(handle);
      }),
    );
  });
});

describe("assertFreeHandle", () => {
  it.each(["admin", "admin-2", "root", "support", "staff_1", "shoal", "moderator"])(
    "refuses %s",
    (handle) => {
      expect(() => assertFreeHandle(handle)).toThrow("taken");
    },
  );

  it.each(["adminton", "supporter", "shoals", "teamwork", "anna-admin", "rooted"])("lets %s be", (handle) => {
    expect(() => assertFreeHandle(handle)).not.toThrow();
  });
});

describe("assertAdminRemains", () => {
  it.each([...userRoles.filter((role) => role !== "admin"), "gone" as const])(
    "refuses that the last administrator becomes %s",
    (to) => {
      expect(() => assertAdminRemains({ from: "admin", to, adminCount: 1 })).toThrow("last administrator");
    },
  );

  it("lets one of two go, the last one stay, and others do as they like", () => {
    assertAdminRemains({ from: "admin", to: "gone", adminCount: 2 });
    assertAdminRemains({ from: "admin", to: "admin", adminCount: 1 });
    assertAdminRemains({ from: "viewer", to: "gone", adminCount: 1 });
  });
});
