import { type VideoVisibility, videoVisibilities } from "#common/videos/video.ts";

const storageKey = "shoal.visibility";

/** The visibility that was chosen last in this browser; private at first, so that nothing is shown by accident. */
export function readLastVisibility(): VideoVisibility {
  try {
    const stored = localStorage.getItem(storageKey);
    return videoVisibilities.find((visibility) => visibility === stored) ?? "private";
  } catch {
    return "private";
  }
}

export function rememberVisibility(visibility: VideoVisibility): void {
  try {
    localStorage.setItem(storageKey, visibility);
  } catch {
    // storage is closed: the next upload begins private again
  }
}
