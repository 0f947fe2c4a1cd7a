import type { RouterRtpCodecCapability } from "mediasoup/types";

/** Can a router with these codecs pass on a publisher's? Then its viewers may stay when the publisher is replaced. */
export function canCarry(
  router: readonly RouterRtpCodecCapability[],
  wanted: readonly RouterRtpCodecCapability[],
): boolean {
  return wanted.filter(isMedia).every((codec) => router.some((known) => isSame(known, codec)));
}

function isSame(known: RouterRtpCodecCapability, wanted: RouterRtpCodecCapability): boolean {
  return (
    known.mimeType.toLowerCase() === wanted.mimeType.toLowerCase() &&
    known.clockRate === wanted.clockRate &&
    (known.channels ?? 1) === (wanted.channels ?? 1) &&
    toProfile(known) === toProfile(wanted)
  );
}

/** RFC 6184 §8.1: the first two bytes of the `profile-level-id` are the profile; in VP9 and AV1 a number. */
function toProfile({ mimeType, parameters = {} }: RouterRtpCodecCapability): string {
  switch (mimeType.toLowerCase()) {
    case "video/h264":
      return String(parameters["profile-level-id"] ?? "42e01f")
        .slice(0, 4)
        .toLowerCase();
    case "video/vp9":
      return String(parameters["profile-id"] ?? 0);
    default:
      return "";
  }
}

function isMedia({ mimeType }: RouterRtpCodecCapability): boolean {
  return !/\/(rtx|pcmu)$/i.test(mimeType);
}
