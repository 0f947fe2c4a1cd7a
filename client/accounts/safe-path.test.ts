import { describe, expect, it } from "vitest";
import { toLoginHref, toSafePath } from "./safe-path.ts";

describe("the way back after log-in", () => {
  it.each([
    "https://example.org",
    "//example.org",
    "/\\example.org",
    "javascript:alert(1)",
    "",
    undefined,
    ["/a"],
  ])("refuses %s", (next) => expect(toSafePath(next)).toBe("/"));

  it.each(["/", "/studio", "/watch/abc?t=3"])("goes to %s", (next) => expect(toSafePath(next)).toBe(next));

  it("survives the round trip", () => {
    const query = new URLSearchParams(toLoginHref("/search?query=a b&sort=newest").split("?")[1]);
    expect(toSafePath(query.get("next"))).toBe("/search?query=a b&sort=newest");
  });
});
