import { expect, test } from "vitest";
import { contentSecurityPolicy } from "./content-security-policy.ts";

test("allows nothing inline, nothing evaluated and nobody else", () => {
  for (const publicUrl of ["http://localhost:3000", "https://shoal.test"]) {
    const text = JSON.stringify(contentSecurityPolicy({ publicUrl, styleHashes: ["'sha256-abc='"] }));
    expect(text).not.toMatch(/unsafe|\*|https?:\/\//);
    expect(text).toContain("'sha256-abc='");
  }
});

test("speaks to its own sockets, and insists on https only where there is https", () => {
  const plain = contentSecurityPolicy({ publicUrl: "http://10.0.0.5:3000" }).directives;
  expect(plain["connect-src"]).toContain("ws://10.0.0.5:3000");
  expect(plain).not.toHaveProperty("upgrade-insecure-requests");
  const secure = contentSecurityPolicy({ publicUrl: "https://shoal.test", nonce: "n" }).directives;
  expect(secure["connect-src"]).toContain("wss://shoal.test");
  expect(secure["style-src"]).toContain("'nonce-n'");
  expect(secure).toHaveProperty("upgrade-insecure-requests");
});
