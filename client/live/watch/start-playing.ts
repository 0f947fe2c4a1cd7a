import type { LiveMedia } from "./live-media.ts";

/** How a start ended: with sound as it was set, without sound because the browser wants a click first, or not at all. */
export type PlayStart = "plays" | "silenced" | "refused";

/** Plays what is in front; where the browser lets nothing be heard yet, without sound. A later word decides alone. */
export async function startPlaying({ front }: LiveMedia): Promise<PlayStart> {
  try {
    await front.play();
    return "plays";
  } catch (error) {
    // another source, or a pause, came in between: whoever did that goes on
    if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return "plays";
  }
  if (front.muted) return "refused";
  front.muted = true;
  try {
    await front.play();
    return "silenced";
  } catch {
    return "refused";
  }
}
