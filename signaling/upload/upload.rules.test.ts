import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig } from "#common/node/config.ts";
import { defaultUploadLimits } from "#common/upload/upload-limits.ts";
import { uploadConfig } from "./upload.config.ts";
import { assertFits, assertMayBegin, toFileName, toHumanBytes } from "./upload.rules.ts";

describe("room", () => {
  const allowance = { fileBytes: 100, storedLimitBytes: 250, storedBytes: 50 };

  it.each([
    ["upload.too_large", 0, 101],
    ["upload.quota_exceeded", 150, 51],
    ["upload.quota_exceeded", 999, 1],
  ])("%s with %i bytes in flight and %i more", (code, inFlightBytes, sizeBytes) => {
    expect(() => assertFits(allowance, inFlightBytes, sizeBytes)).toThrow(expect.objectContaining({ code }));
  });

  it("takes what just fits", () => {
    assertFits(allowance, 0, 100);
    assertFits(allowance, 150, 50);
    assertFits(allowance, 200, 0);
  });
});

describe("beginning", () => {
  it.each(["queued", "encoding", "playable", "ready"] as const)("is refused while %s", (state) => {
    expect(() => assertMayBegin(state, undefined)).toThrow(
      expect.objectContaining({ code: "upload.already_complete" }),
    );
  });

  it("is refused while another upload has bytes", () => {
    expect(() => assertMayBegin("uploading", { offsetBytes: 1 })).toThrow(
      expect.objectContaining({ code: "video.wrong_state" }),
    );
    assertMayBegin("uploading", { offsetBytes: 0 });
    assertMayBegin("draft", undefined);
    assertMayBegin("failed", undefined);
  });
});

it.each([
  ["fish.mp4", "fish.mp4"],
  ["../../etc/passwd", "passwd"],
  ["C:\\videos\\fish.mp4", "fish.mp4"],
  ["a\u0000b\nc\u202e.mp4", "abc.mp4"],
  ["", ""],
  [null, ""],
  [undefined, ""],
])("names %j %j", (text, name) => {
  expect(toFileName(text)).toBe(name);
});

it("writes bytes for people", () => {
  expect([0, 1, 1024, 1536, 20 * 1024 ** 3].map(toHumanBytes)).toEqual([
    "0 bytes",
    "1 bytes",
    "1 KiB",
    "1.5 KiB",
    "20 GiB",
  ]);
});

describe("limits by role", () => {
  it("are the defaults where nobody says otherwise", () => {
    expect(loadConfig(uploadConfig, {}).uploadLimits).toEqual(defaultUploadLimits);
  });

  it("can be set for some roles", () => {
    const { uploadLimits } = loadConfig(uploadConfig, {
      SHOAL_UPLOAD_LIMITS: "creator=1GiB/2TiB, admin = 5/6",
    });
    expect(uploadLimits.creator).toEqual({ fileBytes: 1024 ** 3, storedBytes: 2 * 1024 ** 4 });
    expect(uploadLimits.admin).toEqual({ fileBytes: 5, storedBytes: 6 });
    expect(uploadLimits.viewer).toEqual(defaultUploadLimits.viewer);
  });

  it.each([
    "creator=1GiB",
    "nobody=1/2",
    "creator=0/1",
    "creator=1GB/2GB",
    "creator=-1/2",
    "creator=9999999TiB/1",
  ])("%s is no limit", (text) => {
    expect(() => loadConfig(uploadConfig, { SHOAL_UPLOAD_LIMITS: text })).toThrow(ConfigError);
  });
});
