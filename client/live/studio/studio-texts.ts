import type { IngestReport } from "#common/live/broadcast.ts";
import type { RestreamState } from "#common/live/restream.ts";
import type { OwnStream } from "#common/live/stream.ts";
import type { StreamState } from "#common/live/stream-state.ts";
import { type Problem, toProblemOfCode } from "../../app/error-text.ts";
import type { CameraSize, Corner, FrameRate, PictureHeight, StageSource } from "../capture/capture.rules.ts";
import type { PublishEnd } from "../publish/publish-life.ts";
import type { QualityWord } from "../publish/quality.rules.ts";

/** What the live studio says. */
export type Tone = "still" | "moving" | "broken" | "done" | "wait" | "live";

export const streamStateLabels: Record<StreamState, string> = {
  idle: "Off air",
  live: "On air",
  reconnecting: "Reconnecting",
  ending: "Ending",
};
export const streamStateTones: Record<StreamState, Tone> = {
  idle: "still",
  live: "live",
  reconnecting: "wait",
  ending: "moving",
};

export const sourceLabels: Record<StageSource, string> = {
  camera: "Camera",
  screen: "Screen",
  screen_with_camera: "Screen with camera",
  sound: "Sound only",
};
export const sourceHints: Record<StageSource, string> = {
  camera: "Your camera and microphone.",
  screen: "A screen, window or tab, with its sound.",
  screen_with_camera: "The screen, and you in a corner.",
  sound: "Your voice or music over a card with the title.",
};

export const heightLabels: Record<PictureHeight, string> = {
  "360": "360p, saves data",
  "480": "480p",
  "720": "720p",
  "1080": "1080p, full HD",
  "1440": "1440p, fast devices only",
};
export const frameRateLabels: Record<FrameRate, string> = {
  "15": "15 pictures a second",
  "30": "30 pictures a second",
  "60": "60, for fast motion",
};
export const cornerLabels: Record<Corner, string> = {
  top_left: "Top left",
  top_right: "Top right",
  bottom_left: "Bottom left",
  bottom_right: "Bottom right",
};
export const cameraSizeLabels: Record<CameraSize, string> = {
  small: "Small",
  medium: "Medium",
  large: "Large",
};

export const qualityLabels: Record<QualityWord, string> = { good: "Good", weak: "Weak", bad: "Bad" };

export const targetStateLabels: Record<RestreamState, string> = {
  off: "Off",
  idle: "Ready",
  connecting: "Connecting",
  live: "On air",
  waiting: "Trying again",
  failed: "Not reached",
};
export const targetStateTones: Record<RestreamState, Tone> = {
  off: "still",
  idle: "still",
  connecting: "moving",
  live: "done",
  waiting: "wait",
  failed: "broken",
};

const codecNames: Record<string, string> = {
  h264: "H.264",
  h265: "H.265",
  vp8: "VP8",
  vp9: "VP9",
  av1: "AV1",
  opus: "Opus",
  aac: "AAC",
};

export function toCodecName(codec: string | null): string {
  return codec === null ? "" : (codecNames[codec] ?? codec.toUpperCase());
}

/** What is made of what comes in, and why. */
export function toIngestText({ video, videoCodec, reason }: IngestReport): string {
  switch (video) {
    case "copied":
      return `Your picture is passed on as it comes (${toCodecName(videoCodec)}): no loss, no delay.`;
    case "transcoded":
      return `The server encodes your picture again (${toCodecName(videoCodec)}). ${reason}`.trim();
    case "none":
      return "Sound without a picture arrives.";
  }
}

/** Why it is over, when that needs words. */
export function toEndProblem(end: PublishEnd): Problem | undefined {
  switch (end.reason) {
    case "asked":
      return undefined;
    case "elsewhere":
      return {
        code: "stream.not_live",
        title: "Ended elsewhere",
        text: "Another page, a moderator or the server took this stream off the air.",
        canRetry: false,
      };
    case "lost":
      return {
        code: "network.unreachable",
        title: "The connection was lost for too long",
        text: "The server could not be reached in time. Check your connection, then go live again.",
        canRetry: true,
      };
    case "refused":
      return { ...toProblemOfCode(end.code), canRetry: true };
  }
}

/** `2840000` → `2.8 Mbit/s`. */
export function formatBitrate(bitrateBps: number): string {
  if (bitrateBps >= 1_000_000) return `${(bitrateBps / 1_000_000).toFixed(1)} Mbit/s`;
  return `${Math.round(bitrateBps / 1000)} kbit/s`;
}

/** `0.0123` → `1.2%`. */
export function formatLoss(ratio: number): string {
  return ratio === 0 ? "0%" : `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)}%`;
}

/** Is it announced for a time that has not come? */
export function isAnnounced(stream: Pick<OwnStream, "state" | "scheduledAt">, nowMs: number): boolean {
  return stream.state === "idle" && stream.scheduledAt !== null && Date.parse(stream.scheduledAt) > nowMs;
}
