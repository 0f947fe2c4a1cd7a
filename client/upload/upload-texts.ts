import { formatBytes, formatPercent, formatTimeLeft } from "../ui/format.ts";
import type { UploadAction, UploadState } from "./upload-state.ts";

/** What an upload looks like at one moment. */
export interface UploadMoment {
  readonly state: UploadState;
  readonly sentBytes: number;
  readonly sizeBytes: number;
  readonly bytesPerSecond: number;
  readonly encode: { readonly progress: number; readonly step: string };
}

/** The state in a word or two, for the badge and the screen reader. */
export const stateLabels: Readonly<Record<UploadState, string>> = {
  remembered: "Unfinished",
  waiting: "Waiting",
  creating: "Starting",
  uploading: "Uploading",
  paused: "Paused",
  interrupted: "Reconnecting",
  finishing: "Finishing",
  queued: "In line to encode",
  encoding: "Encoding",
  playable: "Can be watched",
  ready: "Ready",
  failed: "Failed",
  cancelled: "Cancelled",
};

export const actionLabels: Readonly<Record<UploadAction, string>> = {
  pause: "Pause",
  resume: "Resume",
  retry: "Try again",
  cancel: "Cancel",
  dismiss: "Take off the list",
};

/** The line below the bar: what happens now, in numbers where there are some. */
export function toUploadLine(moment: UploadMoment): string {
  const sent = `${formatBytes(moment.sentBytes)} of ${formatBytes(moment.sizeBytes)}`;
  switch (moment.state) {
    case "remembered":
      return `${sent} are there. Pick the file again to continue.`;
    case "waiting":
      return moment.sentBytes > 0 ? `${sent}, continues in a moment` : "Its turn comes in a moment";
    case "creating":
      return "Getting ready";
    case "uploading":
      return [sent, toSpeedText(moment)].filter(Boolean).join(" · ");
    case "paused":
      return `${sent}, paused`;
    case "interrupted":
      return `${sent}. The connection is broken; it continues by itself.`;
    case "finishing":
      return "Everything is sent. The server checks it.";
    case "queued":
      return "Uploaded. Encoding begins as soon as there is room.";
    case "encoding":
      return toEncodeText(moment, "Encoding");
    case "playable":
      return toEncodeText(moment, "More qualities are being made");
    case "ready":
      return "All qualities are there.";
    case "failed":
      return "";
    case "cancelled":
      return "Nothing of it was kept.";
  }
}

function toSpeedText({ bytesPerSecond, sizeBytes, sentBytes }: UploadMoment): string {
  if (bytesPerSecond <= 0) return "";
  return `${formatBytes(bytesPerSecond)}/s · ${formatTimeLeft((sizeBytes - sentBytes) / bytesPerSecond)}`;
}

function toEncodeText({ encode }: UploadMoment, words: string): string {
  const step = encode.step ? `, ${encode.step}` : "";
  return `${words} · ${formatPercent(encode.progress)}${step}`;
}

/** 0 to 1 of what the bar shows: bytes on the way up, then the encode. */
export function toBarProgress(moment: UploadMoment): number {
  switch (moment.state) {
    case "queued":
      return 0;
    case "encoding":
    case "playable":
      return moment.encode.progress;
    case "ready":
      return 1;
    default:
      return moment.sizeBytes > 0 ? moment.sentBytes / moment.sizeBytes : 0;
  }
}
