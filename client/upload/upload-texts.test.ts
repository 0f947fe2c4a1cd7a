import { describe, expect, it } from "vitest";
import { uploadStates } from "./upload-state.ts";
import { stateLabels, toBarProgress, toUploadLine, type UploadMoment } from "./upload-texts.ts";

const moment: UploadMoment = {
  state: "uploading",
  sentBytes: 25_000_000,
  sizeBytes: 100_000_000,
  bytesPerSecond: 2_500_000,
  encode: { progress: 0.4, step: "720p" },
};

describe("the words about an upload", () => {
  it("say speed and time left while bytes travel", () => {
    expect(toUploadLine(moment)).toBe("25 MB of 100 MB · 2.5 MB/s · 30 s left");
    expect(toUploadLine({ ...moment, bytesPerSecond: 0 })).toBe("25 MB of 100 MB");
  });

  it("say what is encoded", () => {
    expect(toUploadLine({ ...moment, state: "encoding" })).toBe("Encoding · 40%, 720p");
  });

  it("exist for every state, as does a bar between empty and full", () => {
    for (const state of uploadStates) {
      expect(stateLabels[state]).not.toBe("");
      const progress = toBarProgress({ ...moment, state });
      expect(progress).toBeGreaterThanOrEqual(0);
      expect(progress).toBeLessThanOrEqual(1);
    }
    expect(toBarProgress({ ...moment, sizeBytes: 0, sentBytes: 0 })).toBe(0);
  });
});
