import { describe, expect, test } from "vitest";
import {
  isSharingChangeable,
  type PeerCircumstances,
  toPeerSharing,
  toSharingWords,
  toUrgentWindowSeconds,
} from "./peer.rules.ts";

const willing: PeerCircumstances = {
  policy: { mode: "on", swarmId: "s", trackerUrls: [], iceServers: [] },
  hasHashes: true,
  consent: "given",
  isMetered: false,
  isEmbedded: false,
  isBrowserAble: true,
};

describe("toPeerSharing", () => {
  test("is on when all agree, and asks where nobody answered", () => {
    expect(toPeerSharing(willing)).toEqual({ name: "on" });
    expect(toPeerSharing({ ...willing, consent: "unasked" })).toEqual({ name: "asking" });
  });

  test.each([
    [{ policy: { mode: "off", reason: "instance" } }, "instance"],
    [{ policy: { mode: "off", reason: "video" } }, "video"],
    [{ hasHashes: false }, "no_integrity"],
    [{ isEmbedded: true }, "embedded"],
    [{ isBrowserAble: false }, "unsupported"],
    [{ isMetered: true }, "metered"],
    [{ consent: "refused" }, "refused"],
  ] as const)("%j is off", (change, reason) => {
    const sharing = toPeerSharing({ ...willing, ...change });
    expect(sharing).toEqual({ name: "off", reason });
    expect(toSharingWords(sharing)).toMatch(/^Off/);
    // only the viewer's own word can be taken back
    expect(isSharingChangeable(sharing)).toBe(reason === "refused");
  });

  test("nobody is asked where the answer would not count", () => {
    expect(toPeerSharing({ ...willing, consent: "unasked", isMetered: true }).name).toBe("off");
  });
});

test("the server is asked early only where no peer can be", () => {
  expect(toUrgentWindowSeconds(0, 1_000)).toBeLessThan(toUrgentWindowSeconds(1, 1_000));
  expect(toUrgentWindowSeconds(0, 60_000)).toBeGreaterThan(toUrgentWindowSeconds(3, 60_000));
});
