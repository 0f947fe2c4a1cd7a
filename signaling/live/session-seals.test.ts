import { expect, it } from "vitest";
import { createSessionSeals } from "./session-seals.ts";

const seals = createSessionSeals({ secret: "ab".repeat(32) });
const scope = { role: "publisher", streamId: "openstream00001" } as const;
const session = { sfuUrl: "http://10.0.0.7:4500", sessionId: "5f3d" };
const notFound = expect.objectContaining({ code: "stream.session_not_found" });

it("opens what it sealed, and knows who holds it", () => {
  const sealed = seals.seal(scope, session, "key");
  expect(seals.open(scope, sealed, "key")).toEqual({ ...session, isHolder: true });
  expect(seals.open(scope, sealed, "other")).toEqual({ ...session, isHolder: false });
  expect(seals.open(scope, sealed, null)).toEqual({ ...session, isHolder: false });
  expect(seals.open(scope, seals.seal(scope, session, null), null).isHolder).toBe(true);
});

it("shows nothing of what is in it, and never the same twice", () => {
  const [first, second] = [seals.seal(scope, session, null), seals.seal(scope, session, null)];
  expect(first).not.toBe(second);
  expect(first).toMatch(/^[\w-]+$/);
  expect(Buffer.from(first, "base64url").toString("latin1")).not.toMatch(/10\.0\.0\.7|5f3d/);
});

it.each([
  [
    "of another stream",
    (sealed: string) => seals.open({ ...scope, streamId: "otherstream0001" }, sealed, null),
  ],
  ["of the other door", (sealed: string) => seals.open({ ...scope, role: "viewer" }, sealed, null)],
  [
    "of another instance",
    (sealed: string) => createSessionSeals({ secret: "cd".repeat(32) }).open(scope, sealed, null),
  ],
  [
    "with a bit changed",
    (sealed: string) =>
      seals.open(scope, `${sealed.slice(0, 40)}${sealed[40] === "A" ? "B" : "A"}${sealed.slice(41)}`, null),
  ],
  ["cut short", (sealed: string) => seals.open(scope, sealed.slice(0, 30), null)],
  ["that is none", () => seals.open(scope, "not-a-seal", null)],
  ["that is empty", () => seals.open(scope, "", null)],
])("knows no address %s", (_what, open) => {
  const sealed = seals.seal(scope, session, null);
  expect(() => open(sealed)).toThrow(notFound);
});
