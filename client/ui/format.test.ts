import { describe, expect, it } from "vitest";
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatPercent,
  formatSpokenDuration,
  formatTimeLeft,
  formatViews,
} from "./format.ts";

describe("formatters", () => {
  it.each([
    [0, "0:00"],
    [7.4, "0:07"],
    [59.6, "1:00"],
    [600, "10:00"],
    [3671, "1:01:11"],
    [-3, "0:00"],
  ])("a duration of %d s is %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [0, "0 seconds"],
    [61, "1 minute 1 second"],
    [7325, "2 hours 2 minutes 5 seconds"],
  ])("%d s is spoken as %s", (seconds, text) => expect(formatSpokenDuration(seconds)).toBe(text));

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1536, "1.5 kB"],
    [2_000_000, "2 MB"],
    [47_300_000, "47 MB"],
    [21_474_836_480, "21 GB"],
  ])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [3, "a few seconds left"],
    [43, "45 s left"],
    [150, "3 min left"],
    [4000, "1 h 7 min left"],
    [Number.POSITIVE_INFINITY, ""],
  ])("%d s to go read as %s", (seconds, text) => expect(formatTimeLeft(seconds)).toBe(text));

  it("never says 100% before the end", () => {
    expect(formatPercent(0.999)).toBe("99%");
    expect(formatPercent(1)).toBe("100%");
  });

  it("counts views", () => {
    expect(formatViews(0)).toBe("No views yet");
    expect(formatViews(1)).toBe("1 view");
    expect(formatViews(12_400)).toBe("12.4K views");
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    expect(formatAge("2026-11-21T11:59:40Z", now)).toBe("just now");
    expect(formatAge("2026-11-21T09:00:00Z", now)).toBe("3 hours ago");
    expect(formatAge("2026-11-20T11:00:00Z", now)).toBe("yesterday");
    expect(formatAge("2024-11-01T11:00:00Z", now)).toBe("2 years ago");
  });
});
