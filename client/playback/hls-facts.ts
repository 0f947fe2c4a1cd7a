import { type ErrorData, ErrorDetails, ErrorTypes, type Level } from "hls.js";
import type { MediaTrouble } from "./failure.rules.ts";
import type { Rung } from "./playback-engine.port.ts";

/** A level of hls.js as something that can be chosen. */
export function toRung(level: Level, index: number): Rung {
  return {
    index,
    heightPx: level.height,
    widthPx: level.width,
    bitrateBps: level.bitrate,
    codecs: [level.videoCodec, level.audioCodec].filter(Boolean).join(", "),
  };
}

const codecTroubles = new Set<string>([
  ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
  ErrorDetails.BUFFER_ADD_CODEC_ERROR,
  ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
]);

/** What an error of hls.js means for recovery. */
export function toTrouble(data: ErrorData): MediaTrouble {
  if (codecTroubles.has(data.details)) return { kind: "unsupported" };
  // hls.js says 0 where no answer came
  if (data.type === ErrorTypes.NETWORK_ERROR) {
    return { kind: "network", httpStatus: data.response?.code || undefined };
  }
  return data.type === ErrorTypes.KEY_SYSTEM_ERROR ? { kind: "unsupported" } : { kind: "decode" };
}
