/** Why there is no picture or no sound. */
export const captureProblemCodes = [
  "denied",
  "denied_by_system",
  "cancelled",
  "missing",
  "busy",
  "insecure",
  "no_screen",
  "unplugged",
  "screen_ended",
  "unknown",
] as const;
export type CaptureProblemCode = (typeof captureProblemCodes)[number];
export type CaptureKind = "camera" | "microphone" | "screen";

/** A device that did not open, or that was taken away. */
export interface CaptureProblem {
  readonly kind: CaptureKind;
  readonly code: CaptureProblemCode;
}

/** Thrown by what opens devices. */
export class CaptureError extends Error {
  constructor(
    readonly problem: CaptureProblem,
    cause?: unknown,
  ) {
    super(`${problem.kind}: ${problem.code}`, { cause });
    this.name = "CaptureError";
  }
}

/**
 * What `getUserMedia` and `getDisplayMedia` reject with (W3C Media Capture and Streams §10.3), in our words. A picker that
 * was closed and a permission that was refused have one name; the person knows which it was.
 */
export function toCaptureProblem(kind: CaptureKind, error: unknown): CaptureProblem {
  if (error instanceof CaptureError) return error.problem;
  if (!(error instanceof DOMException)) return { kind, code: "unknown" };
  switch (error.name) {
    case "NotAllowedError":
      if (/system/i.test(error.message)) return { kind, code: "denied_by_system" };
      return { kind, code: kind === "screen" ? "cancelled" : "denied" };
    case "NotFoundError":
    case "OverconstrainedError":
      return { kind, code: "missing" };
    case "NotReadableError":
    case "AbortError":
      return { kind, code: "busy" };
    case "SecurityError":
      return { kind, code: "insecure" };
    default:
      return { kind, code: "unknown" };
  }
}

const nouns: Record<CaptureKind, string> = {
  camera: "camera",
  microphone: "microphone",
  screen: "screen",
};

/** What happened and the way on, for a person. */
export function toCaptureWords({ kind, code }: CaptureProblem): { title: string; text: string } {
  const noun = nouns[kind];
  switch (code) {
    case "denied":
      return {
        title: `The ${noun} is not allowed`,
        text: `Your browser blocks the ${noun} for this site. Allow it with the icon beside the address, then try again.`,
      };
    case "denied_by_system":
      return {
        title: `The ${noun} is not allowed`,
        text: `Your system keeps the ${noun} from this browser. Allow it in the system's privacy settings, then try again.`,
      };
    case "cancelled":
      return { title: "No screen chosen", text: "Choose what to share, or take the camera instead." };
    case "missing":
      return {
        title: `No ${noun} found`,
        text:
          kind === "microphone"
            ? "Plug one in, or go on without a microphone."
            : `Plug one in, or show something else.`,
      };
    case "busy":
      return {
        title: `The ${noun} is taken`,
        text: `Another program or tab holds the ${noun}. Close it there, then try again.`,
      };
    case "insecure":
      return {
        title: "Only over a secure connection",
        text: "Browsers open cameras and microphones on https:// pages and on localhost alone. Open Shoal there.",
      };
    case "no_screen":
      return { title: "No screen here", text: "This browser cannot share a screen. The camera works." };
    case "unplugged":
      return {
        title: `The ${noun} is gone`,
        text:
          kind === "microphone"
            ? "Viewers hear nothing from it now. Plug it in again, or choose another one."
            : "Viewers see a card meanwhile. Plug it in again, or choose another one.",
      };
    case "screen_ended":
      return {
        title: "The screen is no longer shared",
        text: "Sharing was stopped. Share again, or show something else.",
      };
    case "unknown":
      return {
        title: `The ${noun} did not start`,
        text: "Trying again may help; so may another device, or opening the browser anew.",
      };
  }
}
