import type {
  DtlsParameters,
  MediaKind,
  RouterRtpCodecCapability,
  RtcpFeedback,
  RtpCapabilities,
  RtpCodecCapability,
  RtpParameters,
} from "mediasoup/types";
import type { MediaToWrite } from "sdp-transform";
import { ShoalError } from "#common/errors.ts";
import {
  canBeDealt,
  canShowH264,
  listCodecs,
  type OfferedCodec,
  toMediaCodecs,
  toNumberingKey,
} from "./codecs.ts";
import { readDescription, type Section } from "./description.ts";
import { isSpoken, type RemoteEnd, readMid, readRemoteEnd } from "./remote-end.ts";
import {
  type TransportFacts,
  toReducedSizeLine,
  toRefusal,
  toRtpLines,
  toTransportLines,
  writeDescription,
} from "./write.ts";

/** One `m=` section of a viewer's offer. */
export interface WantedTrack {
  readonly mid: string;
  readonly kind: string;
  readonly protocol: string;
  readonly payloads: string;
  /** What the viewer can play; empty: the section is refused. */
  readonly codecs: readonly OfferedCodec[];
  readonly headerExtensions: ReadonlyArray<{ readonly uri: string; readonly id: number }>;
  readonly isReducedSizeRtcp: boolean;
}

/** What a WHEP client that brings an offer can play. */
export interface ViewOffer extends RemoteEnd {
  /** One for each section, in order. */
  readonly tracks: readonly WantedTrack[];
}

/** A consumer, by the section that it fills. */
export interface ConsumerFacts {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly rtpParameters: RtpParameters;
}

/** A viewer's answer to our offer. */
export interface ViewAnswer {
  readonly usernameFragment: string;
  readonly password: string;
  readonly dtlsParameters: DtlsParameters;
  readonly acceptedMids: readonly string[];
}

/** Reads a viewer's offer; throws `stream.bad_sdp`, and `stream.unsupported_media` when it wants nothing that Shoal sends. */
export function readViewOffer(sdp: string): ViewOffer {
  const description = readDescription(sdp);
  const end = readRemoteEnd(description, "offer");
  const kinds = new Set<string>();
  const tracks = description.media.map((section) => {
    const track = readWanted(section, kinds.has(section.type));
    if (track.codecs.length > 0) kinds.add(track.kind);
    return track;
  });
  if (kinds.size === 0) {
    throw new ShoalError("stream.unsupported_media", "This offer wants nothing that is sent here.");
  }
  return { ...end, tracks };
}

/**
 * The numbers of a router that can send to this viewer, given the codecs of the router that has the publisher; `null`: the
 * publisher's codec was not offered. Routers with the same key serve the same viewers.
 */
export function toNumbering(
  offer: ViewOffer,
  routerCodecs: readonly RouterRtpCodecCapability[],
): { key: string; codecs: RouterRtpCodecCapability[] } | null {
  const sound = findMedia(routerCodecs, "audio");
  const picture = findMedia(routerCodecs, "video");
  const audio = sound && findOffered(offer, sound);
  const video = picture && findOffered(offer, picture);
  if (audio === null || video === null) return null;
  const rtx = picture && findRtx(routerCodecs, picture);
  const isSame =
    isSameNumber(audio, sound) &&
    isSameNumber(video, picture) &&
    (!video || !canBeDealt(video.rtxPayloadType) || video.rtxPayloadType === rtx);
  if (isSame) return { key: toNumberingKey(routerCodecs), codecs: [...routerCodecs] };
  const codecs = toMediaCodecs({
    audio: audio ?? toKept(sound),
    video: (video && picture && { ...video, parameters: toParameters(picture) }) ?? toKept(picture),
  });
  return { key: toNumberingKey(codecs), codecs };
}

/** What this viewer can be sent by a router; header extensions only where both sides have the same id for them. */
export function toViewerCapabilities(offer: ViewOffer, router: RtpCapabilities): RtpCapabilities {
  const codecs: RtpCodecCapability[] = [];
  for (const codec of router.codecs ?? []) {
    if (!isMedia(codec)) continue;
    const offered = findOffered(offer, codec);
    if (!offered || offered.payloadType !== codec.preferredPayloadType) continue;
    codecs.push({ ...codec, rtcpFeedback: toCommon(codec.rtcpFeedback ?? [], offered.feedback) });
    const rtx = router.codecs?.find(({ parameters }) => parameters?.apt === codec.preferredPayloadType);
    if (rtx && rtx.preferredPayloadType === offered.rtxPayloadType) codecs.push(rtx);
  }
  const wanted = offer.tracks.filter((track) => track.codecs.length > 0);
  // mediasoup writes the MID into 8 bytes
  const canWriteMids = wanted.every(({ mid }) => mid.length <= 8);
  const headerExtensions = (router.headerExtensions ?? []).filter(
    ({ kind, uri, preferredId }) =>
      (canWriteMids || uri !== "urn:ietf:params:rtp-hdrext:sdes:mid") &&
      wanted.some((track) => track.kind === kind) &&
      // RFC 8285 §6: "an answerer MUST NOT change" an id, and of one transport every section must agree
      wanted.every(
        (track) =>
          track.kind !== kind ||
          track.headerExtensions.some((ext) => ext.uri === uri && ext.id === preferredId),
      ),
  );
  return { codecs, headerExtensions };
}

/** The answer to a viewer's offer: its sections that a consumer fills, the others refused. */
export function writeViewAnswer(
  offer: ViewOffer,
  transport: TransportFacts,
  consumers: readonly ConsumerFacts[],
): string {
  const setup = offer.dtlsParameters.role === "server" ? "active" : "passive";
  return writeDescription(
    offer.tracks.map((track) => {
      const { kind: type, protocol, payloads, mid } = track;
      const consumer = consumers.find((one) => one.mid === mid);
      if (!consumer) return toRefusal({ type, protocol, payloads, mid });
      // RFC 6184 §8.2.2: the profile of an answer has to be the offer's, of which the picture may be less
      const offered = new Map(track.codecs.map(({ payloadType, parameters }) => [payloadType, parameters]));
      return {
        ...toSending(consumer, offered),
        protocol,
        ...toTransportLines(transport, setup),
        ...toReducedSizeLine(track.isReducedSizeRtcp),
      };
    }),
    offer,
  );
}

/** An offer of ours to a viewer who brought none. */
export function writeViewOffer(transport: TransportFacts, consumers: readonly ConsumerFacts[]): string {
  return writeDescription(
    consumers.map((consumer) => ({
      ...toSending(consumer, new Map()),
      protocol: "UDP/TLS/RTP/SAVPF",
      // RFC 5763 §5: "The endpoint that is the offerer MUST use the setup attribute value of setup:actpass"
      ...toTransportLines(transport, "actpass"),
      ...toReducedSizeLine(true),
    })),
    { canMixExtensions: true },
  );
}

/** Reads the answer to an offer of ours; throws `stream.bad_sdp`. */
export function readViewAnswer(sdp: string): ViewAnswer {
  const description = readDescription(sdp);
  const { usernameFragment, password, dtlsParameters } = readRemoteEnd(description, "answer");
  const acceptedMids = description.media
    .filter(({ port, direction }) => port !== 0 && (direction === "recvonly" || direction === "sendrecv"))
    .map(readMid);
  return { usernameFragment, password, dtlsParameters, acceptedMids };
}

function readWanted(section: Section, hasOneOfThisKind: boolean): WantedTrack {
  const mid = readMid(section);
  const receives = section.direction === "recvonly" || section.direction === "sendrecv";
  return {
    mid,
    kind: section.type,
    protocol: section.protocol,
    payloads: section.payloads,
    codecs: receives && !hasOneOfThisKind && isSpoken(section) ? listCodecs(section) : [],
    headerExtensions: section.ext
      .filter((ext) => ext["encrypt-uri"] === undefined && ext.direction !== "sendonly")
      .map(({ uri, value }) => ({ uri, id: value })),
    isReducedSizeRtcp: section.rtcpRsize !== undefined,
  };
}

/** `undefined`: the viewer has no section of this kind; `null`: it has one, but without this codec. */
function findOffered(offer: ViewOffer, codec: RouterRtpCodecCapability): OfferedCodec | null | undefined {
  const track = offer.tracks.find(({ kind, codecs }) => kind === codec.kind && codecs.length > 0);
  if (!track) return offer.tracks.some(({ kind }) => kind === codec.kind) ? null : undefined;
  const mimeType = codec.mimeType.toLowerCase();
  const same = track.codecs.filter((offered) => offered.mimeType.toLowerCase() === mimeType);
  if (mimeType !== "video/h264") return same[0] ?? null;
  const picture = codec.parameters?.["profile-level-id"];
  const able = same.filter(({ parameters }) => canShowH264(parameters["profile-level-id"], picture));
  return able.find(({ payloadType }) => payloadType === codec.preferredPayloadType) ?? able[0] ?? null;
}

function isMedia({ mimeType }: RouterRtpCodecCapability): boolean {
  return /^(audio\/opus|video\/(?!rtx$))/i.test(mimeType);
}

function findMedia(codecs: readonly RouterRtpCodecCapability[], kind: MediaKind) {
  return codecs.find((codec) => codec.kind === kind && isMedia(codec));
}

function findRtx(codecs: readonly RouterRtpCodecCapability[], codec: RouterRtpCodecCapability) {
  return codecs.find(({ parameters }) => parameters?.apt === codec.preferredPayloadType)
    ?.preferredPayloadType;
}

function isSameNumber(
  offered: OfferedCodec | undefined,
  codec: RouterRtpCodecCapability | undefined,
): boolean {
  return !offered || offered.payloadType === codec?.preferredPayloadType;
}

/** The router's codec as it is, for a viewer who wants none of this kind. */
function toKept(codec: RouterRtpCodecCapability | undefined): OfferedCodec | null {
  if (codec?.preferredPayloadType === undefined) return null;
  return {
    kind: codec.kind,
    mimeType: codec.mimeType,
    payloadType: codec.preferredPayloadType,
    rtxPayloadType: null,
    clockRateHz: codec.clockRate,
    parameters: toParameters(codec),
    feedback: [],
  };
}

function toParameters({ parameters = {} }: RouterRtpCodecCapability): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      typeof value === "string" || typeof value === "number" ? [[name, value]] : [],
    ),
  );
}

function toCommon(ours: readonly RtcpFeedback[], theirs: readonly RtcpFeedback[]): RtcpFeedback[] {
  return ours.filter(({ type, parameter }) =>
    theirs.some((feedback) => feedback.type === type && (feedback.parameter || "") === (parameter || "")),
  );
}

/** The section of a consumer, without its transport. */
function toSending(
  { mid, kind, rtpParameters }: ConsumerFacts,
  offered: ReadonlyMap<number, Readonly<Record<string, unknown>>>,
) {
  const { codecs, headerExtensions = [], encodings = [], rtcp } = rtpParameters;
  const [encoding] = encodings;
  const cname = rtcp?.cname ?? "shoal";
  const rtx = encoding?.rtx?.ssrc;
  const ssrcs = [encoding?.ssrc, rtx].filter((ssrc) => ssrc !== undefined);
  return {
    type: kind,
    mid,
    ...toRtpLines({
      codecs,
      parameters: new Map(
        codecs.map(({ payloadType, parameters = {} }) => [
          payloadType,
          offered.get(payloadType) ?? parameters,
        ]),
      ),
      headerExtensions,
    }),
    direction: "sendonly",
    // RFC 8830: both tracks in one stream, so that they are played in step
    msid: [{ id: "shoal", appdata: kind }],
    ssrcs: ssrcs.flatMap((id) => [
      { id, attribute: "cname", value: cname },
      { id, attribute: "msid", value: `shoal ${kind}` },
    ]),
    ...(rtx !== undefined && { ssrcGroups: [{ semantics: "FID", ssrcs: ssrcs.join(" ") }] }),
  } satisfies Partial<MediaToWrite>;
}
