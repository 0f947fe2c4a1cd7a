import type { RtpHeaderExtensionUri } from "mediasoup/types";
import { z } from "zod";

const parametersSchema = z.record(z.string(), z.union([z.string(), z.number()])).default({});

const uris = [
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "urn:3gpp:video-orientation",
  "urn:ietf:params:rtp-hdrext:toffset",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time",
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension",
] as const satisfies readonly RtpHeaderExtensionUri[];

/** RTP parameters of mediasoup, as another node tells them. */
export const rtpParametersSchema = z.object({
  codecs: z
    .array(
      z.object({
        mimeType: z.string(),
        payloadType: z.int().min(0).max(127),
        clockRate: z.int().positive(),
        channels: z.int().positive().default(1),
        parameters: parametersSchema,
        rtcpFeedback: z.array(z.object({ type: z.string(), parameter: z.string().default("") })).default([]),
      }),
    )
    .min(1)
    .max(8),
  headerExtensions: z
    .array(z.object({ uri: z.enum(uris), id: z.int().min(1).max(255), encrypt: z.boolean().default(false) }))
    .max(32)
    .default([]),
  encodings: z
    .array(
      z.object({
        ssrc: z.int().nonnegative(),
        rtx: z.object({ ssrc: z.int().nonnegative() }).exactOptional(),
        dtx: z.boolean().default(false),
        scalabilityMode: z.string().exactOptional(),
      }),
    )
    .min(1)
    .max(8),
  rtcp: z.object({ cname: z.string().default("shoal"), reducedSize: z.boolean().default(true) }).prefault({}),
});
