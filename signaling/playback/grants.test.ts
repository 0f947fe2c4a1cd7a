import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { videoIdSchema } from "#common/videos/video.ts";
import { createGrants } from "./grants.ts";

const key = "ab".repeat(32);
const video = videoIdSchema.parse("abcdefghijklmn0");
const hourMs = 3_600_000;
const codeOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error && typeof error === "object" && "code" in error ? error.code : undefined;
};

describe("grants", () => {
  let nowMs = 1_700_000_000_000;
  const now = () => nowMs;
  const make = () => createGrants({ key, lifetimeSeconds: 6 * 3600, now });

  it("refuses what is no token, what another key signed, what was changed, and what is unsigned", async () => {
    const grants = make();
    const { token } = await grants.issue(video, "role", "u1");
    const other = await createGrants({ key: "cd".repeat(32), lifetimeSeconds: 60, now }).issue(
      video,
      "role",
      "",
    );
    const [header = "", payload = "", signature = ""] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ v: video, b: "role", s: "", exp: 9e9 })).toString(
      "base64url",
    );
    const unsigned = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    const foreign = await new SignJWT({ v: "../../x" })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime(9e9)
      .sign(Buffer.from(key, "hex"));
    const longer = await new SignJWT({ v: video, b: "role", s: "", exp: 9e9 })
      .setProtectedHeader({ alg: "HS512" })
      .sign(Buffer.from(key, "hex"));
    for (const bad of [
      "",
      "x",
      other.token,
      `${header}.${forged}.${signature}`,
      `${unsigned}.${payload}.`,
      `${header}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
      foreign,
      longer,
    ]) {
      expect(await codeOf(grants.verify(bad)), bad).toBe("grant.invalid");
    }
  });

  it("refuses what has expired, also when it was verified before", async () => {
    const grants = make();
    const { token, expiresAt } = await grants.issue(video, "address", "u1");
    expect(await grants.verify(token)).toEqual({
      videoId: video,
      basis: "address",
      expiresAtMs: Date.parse(expiresAt),
    });
    expect(grants.peek(token)?.videoId).toBe(video);
    nowMs += 6 * hourMs;
    expect(() => grants.peek(token)).toThrow("expired");
    expect(await codeOf(grants.verify(token))).toBe("grant.expired");
    expect(await codeOf(make().verify(token))).toBe("grant.expired");
  });

  it("gives the same grant until half of its life is over", async () => {
    const grants = make();
    const first = await grants.issue(video, "address", "u1");
    nowMs += 2 * hourMs;
    expect((await grants.issue(video, "address", "u1")).token).toBe(first.token);
    expect((await grants.issue(video, "role", "u1")).token).not.toBe(first.token);
    expect((await grants.issue(video, "address", "u2")).token).not.toBe(first.token);
    nowMs += 2 * hourMs;
    expect((await grants.issue(video, "address", "u1")).token).not.toBe(first.token);
  });

  it("is short enough to stand in every address", async () => {
    expect((await make().issue(video, "address", "a".repeat(15))).token.length).toBeLessThan(180);
  });
});
