import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  cameraSizes,
  corners,
  defaultChoice,
  pictureHeights,
  toCameraConstraints,
  toMeter,
  toMicrophoneConstraints,
  toPictureSize,
} from "./capture.rules.ts";
import { captureProblemCodes, toCaptureProblem, toCaptureWords } from "./capture-problem.ts";
import { cropToShape, fitInside, placeCamera } from "./layout.rules.ts";

describe("what is asked of a device", () => {
  it("asks for the chosen device and no other", () => {
    expect(toCameraConstraints({ ...defaultChoice, cameraId: "cam-2" })).toEqual({
      deviceId: { exact: "cam-2" },
      width: { ideal: 1280 },
      height: { ideal: 720 },
      frameRate: { ideal: 30 },
    });
    expect(toCameraConstraints(defaultChoice)).not.toHaveProperty("deviceId");
  });

  it("leaves music alone", () => {
    expect(toMicrophoneConstraints({ ...defaultChoice, isVoiceCleaned: false })).toMatchObject({
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      channelCount: { ideal: 2 },
    });
  });

  it.each(pictureHeights)("has even sides at %s lines", (height) => {
    const { widthPx, heightPx } = toPictureSize(height);
    expect([widthPx % 2, heightPx % 2]).toEqual([0, 0]);
    expect(widthPx / heightPx).toBeCloseTo(16 / 9, 2);
  });

  it("shows loudness as it is heard", () => {
    expect(toMeter(0)).toBe(0);
    expect(toMeter(0.001)).toBeCloseTo(0);
    expect(toMeter(0.1)).toBeCloseTo(2 / 3);
    expect(toMeter(1)).toBe(1);
    expect(toMeter(3)).toBe(1);
  });
});

describe("a device that does not open", () => {
  it.each([
    ["camera", "NotAllowedError", "Permission denied", "denied"],
    ["camera", "NotAllowedError", "Permission denied by system", "denied_by_system"],
    ["screen", "NotAllowedError", "Permission denied", "cancelled"],
    ["microphone", "NotFoundError", "", "missing"],
    ["camera", "OverconstrainedError", "", "missing"],
    ["camera", "NotReadableError", "Could not start video source", "busy"],
    ["camera", "SomethingNewError", "", "unknown"],
  ] as const)("%s, %s: %s", (kind, name, message, code) => {
    expect(toCaptureProblem(kind, new DOMException(message, name))).toEqual({ kind, code });
  });

  it("has words for everything", () => {
    for (const kind of ["camera", "microphone", "screen"] as const) {
      for (const code of captureProblemCodes) {
        const { title, text } = toCaptureWords({ kind, code });
        expect(title.length).toBeGreaterThan(5);
        expect(text).toMatch(/\.$/);
      }
    }
  });
});

const sizes = fc.record({
  width: fc.integer({ min: 16, max: 4096 }),
  height: fc.integer({ min: 16, max: 4096 }),
});

describe("where pictures lie", () => {
  it("keeps a screen whole and in its shape", () => {
    expect(fitInside({ width: 1920, height: 1200 }, { width: 1280, height: 720 })).toEqual({
      x: 64,
      y: 0,
      width: 1152,
      height: 720,
    });
    fc.assert(
      fc.property(sizes, sizes, (inner, outer) => {
        const { x, y, width, height } = fitInside(inner, outer);
        expect(x).toBeGreaterThanOrEqual(0);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(outer.width + 1);
        expect(y + height).toBeLessThanOrEqual(outer.height + 1);
      }),
    );
  });

  it("cuts the middle out of a camera", () => {
    expect(cropToShape({ width: 1280, height: 720 }, { width: 4, height: 3 })).toEqual({
      x: 160,
      y: 0,
      width: 960,
      height: 720,
    });
    fc.assert(
      fc.property(sizes, sizes, (inner, shape) => {
        const { x, y, width, height } = cropToShape(inner, shape);
        expect(x + width).toBeLessThanOrEqual(inner.width + 1);
        expect(y + height).toBeLessThanOrEqual(inner.height + 1);
      }),
    );
  });

  it("puts the camera within the picture in every corner and size", () => {
    const stage = { width: 1280, height: 720 };
    for (const corner of corners) {
      for (const size of cameraSizes) {
        const { x, y, width, height } = placeCamera(stage, corner, size);
        expect(x > 0 && y > 0 && x + width < stage.width && y + height < stage.height).toBe(true);
        expect(x < stage.width / 2).toBe(corner.endsWith("left"));
        expect(y < stage.height / 4).toBe(corner.startsWith("top"));
      }
    }
  });
});
