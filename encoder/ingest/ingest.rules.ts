import type { IngestReport } from "#common/live/broadcast.ts";

/** One message of an RTMP publisher, as far as the decision needs it. */
export interface MediaMessage {
  readonly kind: "audio" | "video";
  /** FLV's number of the codec (Adobe FLV §E.4.2.1, §E.4.3.1), or a FourCC as a number (Enhanced RTMP). */
  readonly codecId: number;
  /** `header`: how to decode what follows. */
  readonly part: "header" | "key" | "delta";
  /** What has to be shown later than it is decoded, in milliseconds: not 0 where there are B-frames. */
  readonly compositionMs: number;
  readonly decodeMs: number;
}

/** What is done with a publisher's media. */
export type IngestPlan =
  | { readonly state: "undecided" }
  | { readonly state: "decided"; readonly report: IngestReport; readonly hasAudio: boolean }
  | { readonly state: "refused"; readonly reason: string };

/** How much is looked at before it is decided: enough for every usual pattern of B-frames to show. */
const lookSeconds = 0.6;
const lookFrames = 40;

const h264 = 7;
/** Codecs that FFmpeg reads from FLV and that have to be encoded again. */
const otherVideoCodecs = new Map([
  [2, "sorenson h.263"],
  [4, "vp6"],
  [5, "vp6a"],
]);
const audioCodecs = new Map([
  [2, "mp3"],
  [3, "pcm"],
  [7, "pcma"],
  [8, "pcmu"],
  [10, "aac"],
  [11, "speex"],
  [14, "mp3"],
]);

/**
 * Decides by the first messages: H.264 without B-frames is copied, for WebRTC has no way to say that a frame is shown later
 * than it is decoded; what FFmpeg can read is encoded again; the rest is refused. `isAll`: nothing more will come soon.
 */
export function planIngest(messages: readonly MediaMessage[], isAll: boolean): IngestPlan {
  const video = messages.filter((message) => message.kind === "video");
  const audio = messages.filter((message) => message.kind === "audio");
  const frames = video.filter((message) => message.part !== "header");
  const isEnough = isAll || spanSeconds(messages) >= lookSeconds || frames.length >= lookFrames;
  const reorders = frames.some((frame) => frame.compositionMs !== 0);
  // one B-frame says it; without any we look on
  if (!isEnough && !(reorders && audio.length > 0)) return { state: "undecided" };

  const audioCodec = audioCodecs.get(audio[0]?.codecId ?? -1) ?? null;
  if (audio.length > 0 && audioCodec === null) {
    return { state: "refused", reason: "The sound has a format that cannot be read. Send AAC." };
  }
  const codecId = video[0]?.codecId;
  if (codecId === undefined) {
    if (audioCodec === null) return { state: "refused", reason: "Neither picture nor sound has come." };
    return decided({ videoCodec: null, audioCodec, video: "none", reason: "" });
  }
  if (codecId === h264) {
    return reorders
      ? decided({
          videoCodec: "h264",
          audioCodec,
          video: "transcoded",
          reason:
            "The picture has B-frames, which live viewers cannot be sent. Set B-frames to 0 to save the server the work.",
        })
      : decided({ videoCodec: "h264", audioCodec, video: "copied", reason: "" });
  }
  const videoCodec = otherVideoCodecs.get(codecId);
  if (videoCodec === undefined) {
    return { state: "refused", reason: "The picture has a format that cannot be read. Send H.264." };
  }
  const reason = `The picture comes as ${videoCodec}. Send H.264 without B-frames to save the server the work.`;
  return decided({ videoCodec, audioCodec, video: "transcoded", reason });
}

function decided(report: IngestReport): IngestPlan {
  return { state: "decided", report, hasAudio: report.audioCodec !== null };
}

function spanSeconds(messages: readonly MediaMessage[]): number {
  const times = messages.filter(({ part }) => part !== "header").map(({ decodeMs }) => decodeMs);
  return times.length === 0 ? 0 : (Math.max(...times) - Math.min(...times)) / 1000;
}
