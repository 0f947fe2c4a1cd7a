import { type VideoVisibility, videoVisibilities } from "#common/videos/video.ts";

const storageKey = "shoal.visibility";

/** The visibility that was chosen last in this browser. */
export function readLastVisibility(): VideoVisibility {
  try {
    const stored = localStorage.getItem(storageKey);
    return videoVisibilities.find((visibility) => visibility === stored) ?? "public";
  } catch {
    return "public";
  }
}

export function rememberVisibility(visibility: VideoVisibility): void {
  try {
    localStorage.setItem(storageKey, visibility);
  } catch {
    // storage is closed: the next upload begins public again
  }
}
