import type {
  MediaKind,
  RouterRtpCodecCapability,
  RtpCodecParameters,
  RtpEncodingParameters,
  RtpHeaderExtensionParameters,
  RtpParameters,
} from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { listCodecs, type OfferedCodec, toMatchedParameters, toMediaCodecs } from "./codecs.ts";
import { badSdp, readDescription, type Section } from "./description.ts";
import { readExtensions } from "./extensions.ts";
import { readLayers } from "./layers.ts";
import { isSpoken, type RemoteEnd, readMid, readRemoteEnd } from "./remote-end.ts";
import {
  type TransportFacts,
  toReducedSizeLine,
  toRefusal,
  toRtpLines,
  toTransportLines,
  writeDescription,
} from "./write.ts";

/** What a browser's picture begins with; it finds out by itself how much the link carries. */
const startBitrateBps = 1_500_000;

/** One `m=` section of a publisher's offer. */
export interface OfferedTrack {
  readonly mid: string;
  /** `audio`, `video`, or anything else that is refused (`application`). */
  readonly kind: string;
  readonly protocol: string;
  /** The formats of the `m=` line, as they were. */
  readonly payloads: string;
  /** The one codec that is taken; `null`: the section is refused. */
  readonly codec: OfferedCodec | null;
  readonly headerExtensions: readonly RtpHeaderExtensionParameters[];
  /** Simulcast layers, the smallest first; one without layers. */
  readonly encodings: readonly RtpEncodingParameters[];
  /** The names of the layers in the client's own order. */
  readonly rids: readonly string[];
  /** Does the offer speak of simulcast, be it with one layer that is taken? */
  readonly isSimulcast: boolean;
  readonly cname: string;
  readonly isReducedSizeRtcp: boolean;
}

/** What a WHIP client offers (RFC 9725 §4.2). */
export interface PublishOffer extends RemoteEnd {
  /** One for each section, in order. */
  readonly tracks: readonly OfferedTrack[];
}

/** Reads an offer; throws `stream.bad_sdp`, and `stream.unsupported_media` when nothing in it can be passed on. */
export function readPublishOffer(sdp: string): PublishOffer {
  const description = readDescription(sdp);
  const end = readRemoteEnd(description, "offer");
  const tracks = description.media.map(readTrack);
  const kinds = tracks.flatMap(({ kind, codec }) => (codec ? [kind] : []));
  if (kinds.length === 0) throw unsupported("Nothing is sent in this offer.");
  if (new Set(kinds).size !== kinds.length) throw unsupported("Send one picture and one sound, not several.");
  assertDistinct(tracks);
  return { ...end, tracks };
}

/** The `mediaCodecs` for a router that speaks the publisher's own numbers. */
export function toRouterCodecs(offer: PublishOffer): RouterRtpCodecCapability[] {
  const find = (kind: MediaKind) => offer.tracks.find(({ codec }) => codec?.kind === kind)?.codec ?? null;
  return toMediaCodecs({ audio: find("audio"), video: find("video") });
}

/** The parameters for `transport.produce`; throws for a track without a codec, of which there is nothing to produce. */
export function toProducerParameters(track: OfferedTrack): RtpParameters {
  const codec = toTakenCodec(track);
  return {
    mid: track.mid,
    codecs: toCodecParameters(track, codec),
    headerExtensions: [...track.headerExtensions],
    encodings: [...track.encodings],
    rtcp: { reducedSize: track.isReducedSizeRtcp, ...(track.cname && { cname: track.cname }) },
  };
}

/** The answer to an offer, in the order of its sections (RFC 8829 §5.3.1). */
export function writePublishAnswer(offer: PublishOffer, transport: TransportFacts): string {
  const setup = offer.dtlsParameters.role === "server" ? "active" : "passive";
  return writeDescription(
    offer.tracks.map((track) => {
      const { kind: type, protocol, payloads, mid, codec, rids } = track;
      if (!codec) return toRefusal({ type, protocol, payloads, mid });
      const codecs = toCodecParameters(track, codec);
      return {
        type,
        protocol,
        mid,
        ...toTransportLines(transport, setup),
        ...toReducedSizeLine(track.isReducedSizeRtcp),
        ...toRtpLines({
          codecs,
          parameters: new Map([
            [codec.payloadType, toAnswerParameters(codec)],
            ...codecs.slice(1).map(({ payloadType, parameters = {} }) => [payloadType, parameters] as const),
          ]),
          headerExtensions: track.headerExtensions,
        }),
        direction: "recvonly",
        // RFC 8853 §5.3.2: "an answerer that receives an offer … lists "recv" what the offer lists as "send""
        rids: rids.map((id) => ({ id, direction: "recv" })),
        ...(track.isSimulcast && { simulcast: { dir1: "recv", list1: rids.join(";") } }),
      };
    }),
    offer,
  );
}

function readTrack(section: Section): OfferedTrack {
  const mid = readMid(section);
  const codec = isSent(section) ? toCodec(section) : null;
  const readable = codec ? readExtensions(section, codec) : [];
  const layers = codec
    ? readLayers(section, codec, readable)
    : { encodings: [], rids: [], isSimulcast: false };
  // OBS sends a RID that its offer does not name when there is one layer
  const headerExtensions =
    layers.rids.length > 0 ? readable : readable.filter(({ uri }) => !uri.endsWith("stream-id"));
  return {
    mid,
    kind: section.type,
    protocol: section.protocol,
    payloads: section.payloads,
    codec,
    headerExtensions,
    ...layers,
    cname: section.ssrcs.find(({ attribute }) => attribute === "cname")?.value.slice(0, 100) ?? "",
    isReducedSizeRtcp: section.rtcpRsize !== undefined,
  };
}

/** Is there to be media of the kinds that a broadcast has? */
function isSent({ type, port, bundleOnly, direction }: Section): boolean {
  // RFC 8843 §7.2.1: a bundle-only section has port 0 and is meant all the same
  const isOffered = port !== 0 || bundleOnly !== undefined;
  return isOffered && ["audio", "video"].includes(type) && ["sendonly", "sendrecv"].includes(direction);
}

/**
 * RFC 9725 §4.4.3: "the WHIP endpoint SHOULD NOT reject individual "m=" sections … but reject the HTTP POST request", so
 * that nobody is on air without a picture and does not know.
 */
function toCodec(section: Section): OfferedCodec {
  const [best] = isSpoken(section) ? listCodecs(section) : [];
  if (best) return best;
  throw section.type === "audio"
    ? unsupported("The sound of this offer cannot be passed on: send Opus.")
    : unsupported(
        "The picture of this offer cannot be passed on: send H.264 (packetization mode 1), VP8, VP9 or AV1.",
      );
}

function unsupported(sentence: string): ShoalError {
  return new ShoalError("stream.unsupported_media", sentence);
}

/** RFC 8843 §9.1: a payload type must not mean two things in one group. */
function assertDistinct(tracks: readonly OfferedTrack[]): void {
  const numbers = tracks.flatMap(({ codec }) =>
    codec ? [codec.payloadType, ...(codec.rtxPayloadType === null ? [] : [codec.rtxPayloadType])] : [],
  );
  if (new Set(numbers).size !== numbers.length)
    throw badSdp("A payload type of this offer means two things.");
}

function toTakenCodec({ codec, mid }: OfferedTrack): OfferedCodec {
  if (!codec) throw new Error(`track ${mid} was refused`);
  return codec;
}

function toCodecParameters({ headerExtensions }: OfferedTrack, codec: OfferedCodec): RtpCodecParameters[] {
  const hasTransportCc = headerExtensions.some(({ uri }) => uri.includes("transport-wide-cc"));
  const clockRate = codec.clockRateHz;
  const taken: RtpCodecParameters = {
    mimeType: codec.mimeType,
    payloadType: codec.payloadType,
    clockRate,
    ...(codec.kind === "audio" && { channels: 2 }),
    parameters: { ...codec.parameters, ...toMatchedParameters(codec) },
    // one of the two ways to tell the sender how much the link carries
    rtcpFeedback: codec.feedback.filter(({ type }) =>
      hasTransportCc ? type !== "goog-remb" : type !== "transport-cc",
    ),
  };
  if (codec.rtxPayloadType === null) return [taken];
  const rtx = {
    mimeType: `${codec.kind}/rtx`,
    payloadType: codec.rtxPayloadType,
    clockRate,
    parameters: { apt: codec.payloadType },
  };
  return [taken, rtx];
}

/** What we say of the codec that we are to be sent. */
function toAnswerParameters(codec: OfferedCodec): Readonly<Record<string, unknown>> {
  if (codec.kind === "video") {
    // libwebrtc would begin with 300 kbit/s and send the smallest layer alone for many seconds
    return { ...codec.parameters, "x-google-start-bitrate": startBitrateBps / 1000 };
  }
  // RFC 7587 §6.1: a receiver asks for what it would rather have; browsers send music in mono else
  return { minptime: 10, useinbandfec: 1, stereo: 1, maxaveragebitrate: 128_000 };
}
