import { describe, expect, it } from "vitest";
import { defaultChoice, noDevice, stageSources } from "./capture.rules.ts";
import { createFramePacer } from "./frame-pacer.ts";
import {
  chooseOutput,
  devicesOf,
  isReadyToShow,
  isWorthRetrying,
  needsReopening,
  sourceWithoutScreen,
  toContentHint,
} from "./stage.rules.ts";

const all = { hasCamera: true, hasScreen: true, hasMicrophone: true };
const none = { hasCamera: false, hasScreen: false, hasMicrophone: false };

describe("what viewers get", () => {
  it.each([
    ["camera", all, false, "camera"],
    ["camera", none, false, "composed"],
    ["screen", all, false, "screen"],
    ["screen", { ...all, hasScreen: false }, false, "composed"],
    ["screen_with_camera", all, false, "composed"],
    ["sound", none, false, "composed"],
    ["camera", all, true, "composed"],
    ["screen", all, true, "composed"],
  ] as const)("%s with %o, hidden: %s, is the track of %s", (source, open, isHidden, output) => {
    expect(chooseOutput(source, open, isHidden)).toBe(output);
  });

  it("is never shown before what was chosen is open", () => {
    for (const source of stageSources) {
      expect(isReadyToShow({ ...defaultChoice, source }, none)).toBe(false);
      expect(isReadyToShow({ ...defaultChoice, source }, all)).toBe(true);
    }
    // a screen can do without the camera in its corner
    const withCamera = { ...defaultChoice, source: "screen_with_camera" } as const;
    expect(isReadyToShow(withCamera, { ...none, hasScreen: true })).toBe(true);
  });

  it("falls back to the camera when the screen beside it goes", () => {
    expect(sourceWithoutScreen("screen_with_camera", all)).toBe("camera");
    expect(sourceWithoutScreen("screen_with_camera", none)).toBe("screen_with_camera");
    expect(sourceWithoutScreen("screen", all)).toBe("screen");
  });

  it("keeps letters sharp on a screen, unless motion was asked for", () => {
    expect(toContentHint("screen", defaultChoice)).toBe("detail");
    expect(toContentHint("screen", { ...defaultChoice, frameRate: "60" })).toBe("motion");
    expect(toContentHint("camera", defaultChoice)).toBe("motion");
  });
});

describe("what is opened", () => {
  it("is what the choice needs, the screen first: its picker wants a fresh click", () => {
    expect(devicesOf({ ...defaultChoice, source: "screen_with_camera" })).toEqual([
      "screen",
      "camera",
      "microphone",
    ]);
    expect(devicesOf({ ...defaultChoice, source: "sound" })).toEqual(["microphone"]);
    expect(devicesOf({ ...defaultChoice, microphoneId: noDevice })).toEqual(["camera"]);
  });

  it("is opened again only for what concerns it", () => {
    const louder = { ...defaultChoice, microphoneId: "mic-2" };
    const larger = { ...defaultChoice, height: "1080" } as const;
    const moved = { ...defaultChoice, corner: "top_left" } as const;
    expect([louder, larger, moved].map((after) => needsReopening("camera", defaultChoice, after))).toEqual([
      false,
      true,
      false,
    ]);
    expect(
      [louder, larger, moved].map((after) => needsReopening("microphone", defaultChoice, after)),
    ).toEqual([true, false, false]);
    expect(needsReopening("screen", defaultChoice, larger)).toBe(false);
  });

  it("comes back by itself after it was unplugged, never after it was refused", () => {
    expect(isWorthRetrying({ kind: "camera", code: "unplugged" })).toBe(true);
    expect(isWorthRetrying({ kind: "camera", code: "denied" })).toBe(false);
  });
});

describe("when a composed picture is due", () => {
  it("is with a new frame, no more often than the frame rate", () => {
    const pacer = createFramePacer(() => 30);
    const painted: number[] = [];
    // two inputs of 30 pictures a second each, half a picture apart
    for (let atMs = 0; atMs < 1000; atMs += 1000 / 60) {
      if (!pacer.isDueForFrame(atMs)) continue;
      pacer.notePainted(atMs);
      painted.push(atMs);
    }
    expect(Math.abs(painted.length - 30)).toBeLessThanOrEqual(1);
  });

  it("is after a while when nothing new comes", () => {
    const pacer = createFramePacer(() => 30);
    pacer.notePainted(1000);
    expect(pacer.isDueForTick(1033)).toBe(false);
    expect(pacer.isDueForTick(1047)).toBe(true);
  });
});
