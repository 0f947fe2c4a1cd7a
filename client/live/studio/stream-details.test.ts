import { describe, expect, it } from "vitest";
import {
  checkStreamDetails,
  fromLocalTime,
  newStreamDetails,
  reconnectChoices,
  rewindChoices,
  toCreateInput,
  toLocalTime,
  toUpdateInput,
} from "./stream-details.ts";

const details = { ...newStreamDetails, title: "Tide pools, live" };

describe("what is written about a stream", () => {
  it("becomes the API's input; what was not said is left out", () => {
    expect(toCreateInput(details)).toEqual({
      title: "Tide pools, live",
      description: "",
      category: "other",
      visibility: "public",
      mode: "realtime",
      scheduledAt: null,
      isRecorded: true,
      peersAllowed: true,
      reconnectWindowSeconds: 60,
      dvrWindowSeconds: 1800,
    });
  });

  it("sends what has changed and nothing else", () => {
    expect(toUpdateInput(details, { ...details, mode: "crowd", reconnectWindow: "300" })).toEqual({
      mode: "crowd",
      reconnectWindowSeconds: 300,
    });
  });

  it("is checked by the schema, at its field", () => {
    expect(checkStreamDetails(details)).toEqual({});
    expect(checkStreamDetails({ ...details, title: "  " })).toEqual({ title: "A stream needs a title." });
    expect(Object.keys(checkStreamDetails({ ...details, reconnectWindow: "4000" }))).toEqual([
      "reconnectWindow",
    ]);
  });

  it("keeps times to the minute on this clock", () => {
    const local = "2026-11-21T20:05";
    expect(toLocalTime(fromLocalTime(local))).toBe(local);
    expect(fromLocalTime("")).toBeNull();
    expect(fromLocalTime("soon")).toBeNull();
    expect(toLocalTime(null)).toBe("");
  });

  it("offers a window that was set elsewhere too", () => {
    expect(reconnectChoices("60")).toHaveLength(5);
    expect(reconnectChoices("90").at(-1)).toEqual({ value: "90", label: "90 seconds" });
    expect(rewindChoices("0")).toHaveLength(4);
  });
});
