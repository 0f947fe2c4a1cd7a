import { z } from "zod";

/**
 * The life of a video. `playable`: at least one rendition can be watched while the rest is being made.
 */
export const videoStates = [
  "draft",
  "uploading",
  "queued",
  "encoding",
  "playable",
  "ready",
  "failed",
] as const;

/** Schema of {@link VideoState}. */
export const videoStateSchema = z.enum(videoStates);
/** One of {@link videoStates}. */
export type VideoState = z.infer<typeof videoStateSchema>;

const transitions: Record<VideoState, readonly VideoState[]> = {
  draft: ["uploading", "failed"],
  // back to draft: the upload was cancelled
  uploading: ["queued", "draft", "failed"],
  queued: ["encoding", "failed"],
  // back to queued: the encoder was lost and another one will take over
  encoding: ["playable", "ready", "queued", "failed"],
  playable: ["ready", "failed"],
  ready: ["queued"],
  // a retry, or a new file
  failed: ["queued", "uploading", "draft"],
};

/** May a video go from one state to the other? Staying is always allowed: steps are repeated after a crash. */
export function isVideoTransition(from: VideoState, to: VideoState): boolean {
  return from === to || transitions[from].includes(to);
}

/** Throws an error that names both states when a video may not go from one to the other. */
export function assertVideoTransition(from: VideoState, to: VideoState): void {
  if (!isVideoTransition(from, to)) throw new Error(`a video cannot go from ${from} to ${to}`);
}

/** Can a video in this state be watched? */
export function isWatchable(state: VideoState): boolean {
  return state === "playable" || state === "ready";
}
