import type { IngestReport } from "#common/live/broadcast.ts";
import type { PublisherState } from "#common/live/sfu-control.ts";

/** What is made of a publisher's picture: each layer as it is, or one of them encoded again. */
export type PicturePlan =
  | { readonly kind: "copied"; readonly layers: readonly number[] }
  | { readonly kind: "transcoded"; readonly layer: number | null }
  | { readonly kind: "none" };

/** The codec that every browser plays in MP4 and that is passed on as it is. */
const copiedCodec = "h264";
/** Names for people. */
const codecNames: Readonly<Record<string, string>> = { h264: "H.264", vp8: "VP8", vp9: "VP9", av1: "AV1" };

/** What is to be done with this publisher; `whyNotCopied` is what was found out about its H.264, empty: nothing. */
export function planPicture(publisher: PublisherState, whyNotCopied: string): PicturePlan {
  const { videoCodec, layers } = publisher;
  if (videoCodec === null) return { kind: "none" };
  const numbers = layers.map(({ layer }) => layer).sort((a, b) => a - b);
  if (videoCodec === copiedCodec && whyNotCopied === "") {
    return { kind: "copied", layers: numbers.length > 0 ? numbers : [0] };
  }
  const active = layers.filter(({ isActive }) => isActive).map(({ layer }) => layer);
  const best = Math.max(...(active.length > 0 ? active : numbers));
  return { kind: "transcoded", layer: numbers.length > 1 ? best : null };
}

/** What comes in and what is made of it, for people. */
export function toIngestReport(publisher: PublisherState | undefined, whyNotCopied: string): IngestReport {
  const { videoCodec = null, audioCodec = null } = publisher ?? {};
  if (videoCodec === null) return { videoCodec, audioCodec, video: "none", reason: "" };
  if (videoCodec === copiedCodec && whyNotCopied === "") {
    return { videoCodec, audioCodec, video: "copied", reason: "" };
  }
  const name = codecNames[videoCodec] ?? videoCodec.toUpperCase();
  const reason =
    videoCodec === copiedCodec
      ? `The picture is encoded again because ${whyNotCopied}.`
      : `The picture is encoded again because it is ${name}: send H.264 to save the server this work.`;
  return { videoCodec, audioCodec, video: "transcoded", reason };
}
