import {
  type StageChoice,
  type StageSource,
  stageSources,
  toCameraConstraints,
  toMicrophoneConstraints,
  toScreenConstraints,
  usesScreen,
} from "./capture.rules.ts";
import { CaptureError, type CaptureKind, toCaptureProblem } from "./capture-problem.ts";

/** What was opened is its caller's to stop. All of these throw a `CaptureError` and nothing else. */
async function open(kind: CaptureKind, take: () => Promise<MediaStream>): Promise<MediaStream> {
  // browsers hide the whole interface from pages that came over plain http
  if (!("mediaDevices" in navigator)) throw new CaptureError({ kind, code: "insecure" });
  try {
    return await take();
  } catch (error) {
    throw new CaptureError(toCaptureProblem(kind, error), error);
  }
}

function firstTrack(kind: CaptureKind, [track]: MediaStreamTrack[]): MediaStreamTrack {
  if (!track) throw new CaptureError({ kind, code: "missing" });
  return track;
}

/** Phones have no screen to share; a page over plain http is told why when it tries. */
export function canShareScreen(): boolean {
  return !("mediaDevices" in navigator) || "getDisplayMedia" in navigator.mediaDevices;
}

/** What this browser can show. */
export function listSources(): StageSource[] {
  return stageSources.filter((source) => canShareScreen() || !usesScreen(source));
}

export async function openCamera(choice: StageChoice): Promise<MediaStreamTrack> {
  const stream = await open("camera", () =>
    navigator.mediaDevices.getUserMedia({ video: toCameraConstraints(choice) }),
  );
  return firstTrack("camera", stream.getVideoTracks());
}

export async function openMicrophone(choice: StageChoice): Promise<MediaStreamTrack> {
  const stream = await open("microphone", () =>
    navigator.mediaDevices.getUserMedia({ audio: toMicrophoneConstraints(choice) }),
  );
  return firstTrack("microphone", stream.getAudioTracks());
}

/** A screen, window or tab of the person's choice; its sound where the browser can and the person wants to. */
export interface OpenScreen {
  readonly picture: MediaStreamTrack;
  readonly sound: MediaStreamTrack | undefined;
}

export async function openScreen(choice: StageChoice): Promise<OpenScreen> {
  if (!canShareScreen()) {
    throw new CaptureError({ kind: "screen", code: "no_screen" });
  }
  const stream = await open("screen", () =>
    navigator.mediaDevices.getDisplayMedia({
      video: toScreenConstraints(choice),
      // what the computer plays is not a voice
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      ...screenHints,
    }),
  );
  return {
    picture: firstTrack("screen", stream.getVideoTracks()),
    sound: stream.getAudioTracks()[0],
  };
}

/** Wishes of W3C Screen Capture §6 that TypeScript does not know yet; a browser that does not either ignores them. */
const screenHints = { systemAudio: "include", surfaceSwitching: "include", selfBrowserSurface: "exclude" };

export function stopTrack(track: MediaStreamTrack | undefined): void {
  track?.stop();
}
