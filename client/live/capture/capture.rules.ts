/** What can be shown. `sound`: no camera, no screen; viewers see a card with the title. */
export const stageSources = ["camera", "screen", "screen_with_camera", "sound"] as const;
export type StageSource = (typeof stageSources)[number];

export const corners = ["top_left", "top_right", "bottom_left", "bottom_right"] as const;
export type Corner = (typeof corners)[number];

export const cameraSizes = ["small", "medium", "large"] as const;
export type CameraSize = (typeof cameraSizes)[number];

export const pictureHeights = ["360", "480", "720", "1080", "1440"] as const;
export type PictureHeight = (typeof pictureHeights)[number];

export const frameRates = ["15", "30", "60"] as const;
export type FrameRate = (typeof frameRates)[number];

/** The value of a device that is left out on purpose. */
export const noDevice = "none";

/** Everything that is chosen before and while a picture is taken; what a select box gives is text. */
export interface StageChoice {
  readonly source: StageSource;
  /** Empty: the browser's own choice. */
  readonly cameraId: string;
  /** Empty: the browser's own choice; {@link noDevice}: without a microphone. */
  readonly microphoneId: string;
  readonly height: PictureHeight;
  readonly frameRate: FrameRate;
  readonly corner: Corner;
  readonly cameraSize: CameraSize;
  /** Takes echo and noise out of the microphone; off for music. */
  readonly isVoiceCleaned: boolean;
}

export const defaultChoice: StageChoice = {
  source: "camera",
  cameraId: "",
  microphoneId: "",
  height: "720",
  frameRate: "30",
  corner: "bottom_right",
  cameraSize: "medium",
  isVoiceCleaned: true,
};

export function usesCamera(source: StageSource): boolean {
  return source === "camera" || source === "screen_with_camera";
}

export function usesScreen(source: StageSource): boolean {
  return source === "screen" || source === "screen_with_camera";
}

/** Size of a 16:9 picture, even on both sides as encoders need it. */
export function toPictureSize(height: PictureHeight): { widthPx: number; heightPx: number } {
  const heightPx = Number(height);
  return { widthPx: Math.round((heightPx * 16) / 9 / 2) * 2, heightPx };
}

function toDevice(deviceId: string): MediaTrackConstraints {
  return deviceId === "" ? {} : { deviceId: { exact: deviceId } };
}

export function toCameraConstraints(choice: StageChoice): MediaTrackConstraints {
  const { widthPx, heightPx } = toPictureSize(choice.height);
  return {
    ...toDevice(choice.cameraId),
    width: { ideal: widthPx },
    height: { ideal: heightPx },
    frameRate: { ideal: Number(choice.frameRate) },
  };
}

export function toMicrophoneConstraints(choice: StageChoice): MediaTrackConstraints {
  return {
    ...toDevice(choice.microphoneId),
    echoCancellation: choice.isVoiceCleaned,
    noiseSuppression: choice.isVoiceCleaned,
    autoGainControl: choice.isVoiceCleaned,
    channelCount: { ideal: choice.isVoiceCleaned ? 1 : 2 },
  };
}

/** A screen is never larger than the chosen height: text that is scaled down once here is not scaled twice later. */
export function toScreenConstraints(choice: StageChoice): MediaTrackConstraints {
  const { widthPx, heightPx } = toPictureSize(choice.height);
  return {
    width: { max: widthPx },
    height: { max: heightPx },
    frameRate: { ideal: Number(choice.frameRate), max: Number(choice.frameRate) },
  };
}

/** What a level of 0 to 1 is on a meter: 60 dB from end to end, as loudness is heard. */
export function toMeter(amplitude: number): number {
  if (amplitude <= 0) return 0;
  return Math.min(1, Math.max(0, 1 + (20 * Math.log10(amplitude)) / 60));
}
