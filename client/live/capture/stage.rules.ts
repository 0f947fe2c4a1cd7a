import { noDevice, type StageChoice, type StageSource, usesCamera, usesScreen } from "./capture.rules.ts";
import type { CaptureKind, CaptureProblem } from "./capture-problem.ts";

/** Which track viewers get: a device's own, which costs nothing, or one that is painted here. */
export type StageOutput = "camera" | "screen" | "composed";

/** What is open at the moment. */
export interface OpenDevices {
  readonly hasCamera: boolean;
  readonly hasScreen: boolean;
  readonly hasMicrophone: boolean;
}

export function chooseOutput(source: StageSource, open: OpenDevices, isHidden: boolean): StageOutput {
  if (isHidden) return "composed";
  if (source === "camera" && open.hasCamera) return "camera";
  if (source === "screen" && open.hasScreen) return "screen";
  return "composed";
}

/** Is there what the person wanted to show? Until then there is nothing to go live with. */
export function isReadyToShow(choice: StageChoice, open: OpenDevices): boolean {
  if (usesScreen(choice.source)) return open.hasScreen;
  return choice.source === "camera" ? open.hasCamera : open.hasMicrophone;
}

/** What must be open for this choice. */
export function devicesOf(choice: StageChoice): readonly CaptureKind[] {
  return [
    // the picker of screens wants a click that has just happened: it goes first
    ...(usesScreen(choice.source) ? (["screen"] as const) : []),
    ...(usesCamera(choice.source) ? (["camera"] as const) : []),
    ...(choice.microphoneId === noDevice ? [] : (["microphone"] as const)),
  ];
}

/** Must a device be opened again for the new choice? A screen asks its person, so it never is. */
export function needsReopening(kind: CaptureKind, before: StageChoice, after: StageChoice): boolean {
  switch (kind) {
    case "camera":
      return (
        before.cameraId !== after.cameraId ||
        before.height !== after.height ||
        before.frameRate !== after.frameRate
      );
    case "microphone":
      return before.microphoneId !== after.microphoneId || before.isVoiceCleaned !== after.isVoiceCleaned;
    case "screen":
      return false;
  }
}

/** What is shown when a screen is no longer shared: the camera that was beside it, else the card. */
export function sourceWithoutScreen(source: StageSource, open: OpenDevices): StageSource {
  return source === "screen_with_camera" && open.hasCamera ? "camera" : source;
}

/** A device that came back is taken again by itself; what a person refused is not asked for again. */
export function isWorthRetrying({ code }: CaptureProblem): boolean {
  return code === "unplugged" || code === "missing";
}

/** Sharp letters or smooth motion: what an encoder gives up first when there is too little of it. */
export function toContentHint(output: StageOutput, choice: StageChoice): "detail" | "motion" {
  return output === "screen" && choice.frameRate !== "60" ? "detail" : "motion";
}
