import type { VideoState } from "#common/videos/video-state.ts";

/**
 * The life of one file on the upload page. Up to `finishing` this page knows best; from `queued` on the front desk does.
 * `remembered`: begun before a reload, waits for the same file. `interrupted`: the way is broken, and is tried again.
 */
export const uploadStates = [
  "remembered",
  "waiting",
  "creating",
  "uploading",
  "paused",
  "interrupted",
  "finishing",
  "queued",
  "encoding",
  "playable",
  "ready",
  "failed",
  "cancelled",
] as const;
export type UploadState = (typeof uploadStates)[number];

const transitions: Readonly<Record<UploadState, readonly UploadState[]>> = {
  remembered: ["waiting", "cancelled"],
  waiting: ["creating", "uploading", "paused", "failed", "cancelled"],
  creating: ["uploading", "paused", "interrupted", "failed", "cancelled"],
  uploading: ["paused", "interrupted", "finishing", "remembered", "failed", "cancelled"],
  paused: ["waiting", "cancelled"],
  interrupted: ["creating", "uploading", "paused", "finishing", "remembered", "failed", "cancelled"],
  // the last byte is sent, the answer is not here yet: the way can still break
  finishing: ["queued", "encoding", "playable", "ready", "interrupted", "remembered", "failed", "cancelled"],
  queued: ["encoding", "playable", "ready", "failed", "cancelled"],
  // back to queued: the encoder was lost and another one takes over
  encoding: ["queued", "playable", "ready", "failed", "cancelled"],
  playable: ["ready", "failed"],
  ready: [],
  // a retry sends the file again, or lets the front desk encode again
  failed: ["waiting", "queued", "encoding", "playable", "ready", "cancelled"],
  cancelled: [],
};

/** May an upload go from one state to the other? Staying is always allowed: news is repeated. */
export function isUploadTransition(from: UploadState, to: UploadState): boolean {
  return from === to || transitions[from].includes(to);
}

/** Throws an error that names both states when an upload may not go from one to the other. */
export function assertUploadTransition(from: UploadState, to: UploadState): void {
  if (!isUploadTransition(from, to)) throw new Error(`an upload cannot go from ${from} to ${to}`);
}

/** What a person can do with an upload. */
export const uploadActions = ["pause", "resume", "retry", "cancel", "dismiss"] as const;
export type UploadAction = (typeof uploadActions)[number];

const actions: Readonly<Record<UploadState, readonly UploadAction[]>> = {
  remembered: ["cancel"],
  waiting: ["pause", "cancel"],
  creating: ["cancel"],
  uploading: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  interrupted: ["retry", "pause", "cancel"],
  finishing: [],
  queued: ["cancel"],
  encoding: ["cancel"],
  playable: [],
  ready: ["dismiss"],
  failed: ["retry", "dismiss"],
  cancelled: ["dismiss"],
};

export function actionsOf(state: UploadState): readonly UploadAction[] {
  return actions[state];
}

const slotStates: readonly UploadState[] = ["creating", "uploading", "interrupted", "finishing"];
const travellingStates: readonly UploadState[] = ["waiting", ...slotStates];
const serverStates: readonly UploadState[] = ["queued", "encoding", "playable", "ready"];

/** Does it hold one of the few places in the queue? */
export function holdsSlot(state: UploadState): boolean {
  return slotStates.includes(state);
}

/** Would closing the page stop it? */
export function isTravelling(state: UploadState): boolean {
  return travellingStates.includes(state);
}

/** Has the whole file arrived? */
export function isOnServer(state: UploadState): boolean {
  return serverStates.includes(state);
}

/** What the front desk says of a video, in the words of this page; `undefined` while this page knows better. */
export function toUploadState(state: VideoState): UploadState | undefined {
  return state === "draft" || state === "uploading" ? undefined : state;
}
