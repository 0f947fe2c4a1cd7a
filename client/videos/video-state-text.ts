import type { VideoState } from "#common/videos/video-state.ts";

/** The states of a video as a creator reads them. */
export const videoStateLabels: Readonly<Record<VideoState, string>> = {
  draft: "No file yet",
  uploading: "Uploading",
  queued: "In line to encode",
  encoding: "Encoding",
  playable: "Can be watched",
  ready: "Ready",
  failed: "Failed",
};

/** The class of its badge; see `badge.css`. */
export const videoStateTones: Readonly<Record<VideoState, "still" | "moving" | "wait" | "done" | "broken">> =
  {
    draft: "still",
    uploading: "moving",
    queued: "wait",
    encoding: "moving",
    playable: "moving",
    ready: "done",
    failed: "broken",
  };

/** Is something still being done, so that a bar says more than a word? */
export function isUnderWay(state: VideoState): boolean {
  return state === "uploading" || state === "queued" || state === "encoding" || state === "playable";
}
