import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { videoStates } from "#common/videos/video-state.ts";
import {
  actionsOf,
  assertUploadTransition,
  holdsSlot,
  isOnServer,
  isTravelling,
  isUploadTransition,
  toUploadState,
  type UploadState,
  uploadStates,
} from "./upload-state.ts";

describe("the life of an upload", () => {
  it.each<[UploadState, UploadState]>([
    ["ready", "uploading"],
    ["cancelled", "waiting"],
    ["playable", "encoding"],
    ["remembered", "uploading"],
    ["paused", "uploading"],
    ["queued", "uploading"],
  ])("does not go from %s to %s", (from, to) => {
    expect(isUploadTransition(from, to)).toBe(false);
    expect(() => assertUploadTransition(from, to)).toThrow(`from ${from} to ${to}`);
  });

  it.each<[UploadState, UploadState]>([
    ["waiting", "creating"],
    ["uploading", "interrupted"],
    ["interrupted", "uploading"],
    ["finishing", "interrupted"],
    ["finishing", "ready"],
    ["encoding", "queued"],
    ["failed", "waiting"],
  ])("goes from %s to %s", (from, to) => expect(isUploadTransition(from, to)).toBe(true));

  it("goes the main road without a gap", () => {
    const road: UploadState[] = [
      "waiting",
      "creating",
      "uploading",
      "finishing",
      "queued",
      "encoding",
      "playable",
      "ready",
    ];
    for (const [place, to] of road.entries()) {
      const from = road[place - 1];
      if (from) expect(isUploadTransition(from, to)).toBe(true);
    }
  });

  it("always leads out: from every state an end can be reached", () => {
    const ends: UploadState[] = ["ready", "cancelled"];
    fc.assert(
      fc.property(fc.constantFrom(...uploadStates), (start) => {
        const seen = new Set<UploadState>([start]);
        for (const state of seen)
          for (const next of uploadStates) if (isUploadTransition(state, next)) seen.add(next);
        return ends.some((end) => seen.has(end));
      }),
    );
  });

  it("offers nothing that the table forbids", () => {
    const targets = { pause: "paused", resume: "waiting", cancel: "cancelled" } as const;
    for (const state of uploadStates) {
      for (const action of actionsOf(state)) {
        if (action === "retry" || action === "dismiss") continue;
        expect(isUploadTransition(state, targets[action]), `${action} of ${state}`).toBe(true);
      }
    }
  });

  it("takes over every state of the front desk once the file is there", () => {
    for (const state of videoStates) {
      const mine = toUploadState(state);
      if (mine) expect(isUploadTransition("finishing", mine)).toBe(true);
    }
    expect(toUploadState("uploading")).toBeUndefined();
  });

  it("knows what closing the page would stop", () => {
    for (const state of uploadStates) {
      if (holdsSlot(state)) expect(isTravelling(state)).toBe(true);
      expect(isTravelling(state) && isOnServer(state)).toBe(false);
    }
    expect(isTravelling("paused")).toBe(false);
  });
});
