import { describe, expect, it } from "vitest";
import { type UserRole, userRoles } from "#common/accounts/user.ts";
import { streamStates } from "#common/live/stream-state.ts";
import { videoVisibilities } from "#common/videos/video.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import {
  assertSchedulable,
  isAnnounced,
  isListedOnAir,
  mayEdit,
  maySee,
  mayWatchWith,
  type StreamFacts,
  toWatchBasis,
} from "./streams.rules.ts";

const ownerId = makeUserId();
const owner = { id: ownerId, role: "creator" } as const;
const somebody = (role: UserRole) => ({ id: makeUserId(), role });
const facts = (some: Partial<StreamFacts> = {}): StreamFacts => ({
  ownerId,
  visibility: "public",
  state: "idle",
  scheduledAt: null,
  ...some,
});

describe("who may", () => {
  it("see a private stream: its owner and who keeps order", () => {
    const stream = facts({ visibility: "private" });
    expect([null, ...userRoles.map(somebody)].filter((viewer) => maySee(viewer, stream))).toHaveLength(2);
    expect(maySee(owner, stream)).toBe(true);
  });
  it("see other streams: everybody, on air or not", () => {
    for (const visibility of ["public", "unlisted"] as const) {
      for (const state of streamStates) expect(maySee(null, facts({ visibility, state }))).toBe(true);
    }
  });
  it("change a stream: its owner and who keeps order, whoever may see it", () => {
    for (const visibility of videoVisibilities) {
      const stream = facts({ visibility });
      for (const viewer of [null, somebody("viewer"), somebody("creator")]) {
        expect(mayEdit(viewer, stream)).toBe(false);
      }
      for (const viewer of [owner, somebody("moderator"), somebody("admin")]) {
        expect(mayEdit(viewer, stream)).toBe(true);
      }
    }
  });
  it("go on watching when a stream becomes private: who did so by role", () => {
    expect(toWatchBasis(null, facts())).toBe("address");
    expect(toWatchBasis(somebody("creator"), facts())).toBe("address");
    expect(toWatchBasis(owner, facts())).toBe("role");
    expect(toWatchBasis(somebody("moderator"), facts())).toBe("role");
    expect(mayWatchWith("address", facts({ visibility: "unlisted" }))).toBe(true);
    expect(mayWatchWith("address", facts({ visibility: "private" }))).toBe(false);
    expect(mayWatchWith("role", facts({ visibility: "private" }))).toBe(true);
  });
});

describe("lists", () => {
  it("have what is public and on air", () => {
    const listed = videoVisibilities.flatMap((visibility) =>
      streamStates
        .filter((state) => isListedOnAir(facts({ visibility, state })))
        .map((state) => [visibility, state]),
    );
    expect(listed).toEqual([
      ["public", "live"],
      ["public", "reconnecting"],
    ]);
  });
  it("announce what is public, off air and to come", () => {
    const [before, at] = ["2036-01-01T00:00:00.000Z", "2036-01-02T00:00:00.000Z"];
    expect(isAnnounced(facts({ scheduledAt: at }), before)).toBe(true);
    expect(isAnnounced(facts({ scheduledAt: before }), at)).toBe(false);
    expect(isAnnounced(facts(), before)).toBe(false);
    expect(isAnnounced(facts({ scheduledAt: at, state: "live" }), before)).toBe(false);
    expect(isAnnounced(facts({ scheduledAt: at, visibility: "unlisted" }), before)).toBe(false);
  });
  it("announce nothing for a time that is over", () => {
    const now = new Date("2036-01-02T00:00:00.000Z");
    const invalid = expect.objectContaining({ code: "request.invalid" });
    expect(() => assertSchedulable("2036-01-01T23:59:59Z", now)).toThrow(invalid);
    for (const fine of [null, undefined, "2036-01-02T00:00:00.001Z"]) assertSchedulable(fine, now);
  });
});
