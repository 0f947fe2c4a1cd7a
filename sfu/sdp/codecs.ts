import type { MediaKind, RouterRtpCodecCapability, RtcpFeedback } from "mediasoup/types";
import { readParameters, type Section } from "./description.ts";

/** A codec that Shoal passes on, as one side offers it. */
export interface OfferedCodec {
  readonly kind: MediaKind;
  /** In mediasoup's spelling, e.g. `video/H264`. */
  readonly mimeType: string;
  readonly payloadType: number;
  /** Payload type of its retransmissions (RFC 4588); `null`: none. */
  readonly rtxPayloadType: number | null;
  readonly clockRateHz: number;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly feedback: readonly RtcpFeedback[];
}

const opus = { name: "opus", mimeType: "audio/opus", clockRateHz: 48_000 };
/** The earlier, the rather. */
const pictureCodecs = [
  { name: "h264", mimeType: "video/H264", clockRateHz: 90_000 },
  { name: "vp8", mimeType: "video/VP8", clockRateHz: 90_000 },
  { name: "vp9", mimeType: "video/VP9", clockRateHz: 90_000 },
  { name: "av1", mimeType: "video/AV1", clockRateHz: 90_000 },
];

/** What of RTCP feedback is passed on (RFC 4585 §4.2, RFC 5104 §7.1). */
const usefulFeedback = new Set(["nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"]);

/** The codecs of a section that Shoal can pass on, the best first. */
export function listCodecs(section: Section): OfferedCodec[] {
  const known = section.type === "audio" ? [opus] : section.type === "video" ? pictureCodecs : [];
  const kind = section.type === "audio" ? "audio" : "video";
  const offered = readPayloadTypes(section).flatMap((payloadType): OfferedCodec[] => {
    const map = section.rtp.find(({ payload }) => payload === payloadType);
    const codec = known.find(
      ({ name, clockRateHz }) => name === map?.codec.toLowerCase() && clockRateHz === map.rate,
    );
    if (!codec || !isUsablePayloadType(payloadType)) return [];
    // RFC 7587 §7: "the number of channels MUST be 2"
    if (kind === "audio" && map?.encoding !== 2) return [];
    const parameters = toParameters(section, payloadType);
    if (!isPassable(codec.mimeType, parameters)) return [];
    return [
      {
        kind,
        mimeType: codec.mimeType,
        payloadType,
        rtxPayloadType: findRtx(section, payloadType),
        clockRateHz: codec.clockRateHz,
        parameters,
        feedback: toFeedback(section, payloadType),
      },
    ];
  });
  const mimeTypes = known.map(({ mimeType }) => mimeType);
  const toRank = (codec: OfferedCodec) =>
    mimeTypes.indexOf(codec.mimeType) * 10 + toProfileRank(codec.parameters["profile-level-id"]);
  return offered.sort((left, right) => toRank(left) - toRank(right));
}

/** Can a decoder of the first profile show a picture of the second (RFC 6184 §8.1, H.264 annex A)? */
export function canShowH264(decoder: unknown, picture: unknown): boolean {
  return toProfileRank(decoder) >= toProfileRank(picture) || toProfileRank(decoder) === unsaidRank;
}

/** The payload types of the `m=` line, in the client's order. */
function readPayloadTypes(section: Section): number[] {
  const numbers = section.payloads.split(" ", 128).map(Number);
  return [...new Set(numbers.filter((number) => Number.isInteger(number) && number >= 0 && number <= 127))];
}

// RFC 5761 §4: "RTP payload types in the range 64-95 MUST NOT be used" where RTP and RTCP share a port
function isUsablePayloadType(payloadType: number): boolean {
  return payloadType < 64 || payloadType > 95;
}

function toParameters(section: Section, payloadType: number): Record<string, string | number> {
  return readParameters(section.fmtp.find(({ payload }) => payload === payloadType)?.config ?? "");
}

function isPassable(mimeType: string, parameters: Record<string, string | number>): boolean {
  switch (mimeType) {
    case "video/H264":
      // single-unit mode cannot carry what encoders make
      return (
        parameters["packetization-mode"] === 1 &&
        Number.isFinite(toProfileRank(parameters["profile-level-id"]))
      );
    case "video/VP9":
      return (parameters["profile-id"] ?? 0) === 0;
    case "video/AV1":
      return (parameters.profile ?? 0) === 0;
    default:
      return true;
  }
}

const unsaidRank = 1.5;

/** H.264 profiles of 8 bits and 4:2:0, each decodable by the next; anything else: never. */
function toProfileRank(profileLevelId: unknown): number {
  if (profileLevelId === undefined) return unsaidRank;
  const [, idc = "", constraints = ""] =
    /^([0-9a-f]{2})([0-9a-f]{2})[0-9a-f]{2}$/i.exec(String(profileLevelId)) ?? [];
  const isConstrained = (Number.parseInt(constraints, 16) & 0x40) !== 0;
  switch (idc) {
    case "42":
      return isConstrained ? 0 : 1;
    case "4d":
    case "4D":
      return isConstrained && (Number.parseInt(constraints, 16) & 0x80) !== 0 ? 0 : 2;
    case "64":
      return 3;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function findRtx(section: Section, payloadType: number): number | null {
  const rtx = section.rtp.find(
    ({ payload, codec }) =>
      codec.toLowerCase() === "rtx" &&
      isUsablePayloadType(payload) &&
      toParameters(section, payload).apt === payloadType,
  );
  return rtx?.payload ?? null;
}

function toFeedback(section: Section, payloadType: number): RtcpFeedback[] {
  const said = section.rtcpFb.filter(({ payload }) => payload === "*" || payload === payloadType);
  const texts = new Set(said.map(({ type, subtype }) => (subtype ? `${type} ${subtype}` : type)));
  return [...texts]
    .filter((text) => usefulFeedback.has(text))
    .map((text) => {
      const [type = "", parameter] = text.split(" ");
      return { type, ...(parameter && { parameter }) };
    });
}

/** The payload types of a router: what its consumers send cannot be renumbered. */
export interface Numbers {
  readonly audio: OfferedCodec | null;
  readonly video: OfferedCodec | null;
}

/** The order in which mediasoup deals payload types that nobody asked for, retransmissions among them. */
const dealtOrder = [...range(100, 127), ...range(96, 99)];

/**
 * The `mediaCodecs` of a router with these numbers. mediasoup takes no wish for retransmissions but deals the first free
 * number of {@link dealtOrder}: whoever wants a certain one has to use up those before it, here by codecs that nobody sends.
 */
export function toMediaCodecs({ audio, video }: Numbers): RouterRtpCodecCapability[] {
  const codecs: RouterRtpCodecCapability[] = [];
  if (audio) codecs.push({ ...toCapability(audio), channels: 2 });
  if (!video) return codecs;
  const taken = new Set([audio?.payloadType, video.payloadType]);
  const at = video.rtxPayloadType === null ? -1 : dealtOrder.indexOf(video.rtxPayloadType);
  for (const preferredPayloadType of dealtOrder.slice(0, Math.max(at, 0))) {
    if (taken.has(preferredPayloadType)) continue;
    codecs.push({ kind: "audio", mimeType: "audio/PCMU", clockRate: 8000, preferredPayloadType });
  }
  codecs.push(toCapability(video));
  return codecs;
}

/** Names the numbers of a router's codecs: two routers with one key serve the same viewers. */
export function toNumberingKey(codecs: readonly RouterRtpCodecCapability[]): string {
  const numberOf = (pattern: RegExp) =>
    codecs.find(({ mimeType }) => pattern.test(mimeType))?.preferredPayloadType;
  const taken = new Set(codecs.map(({ preferredPayloadType }) => preferredPayloadType));
  const rtx = numberOf(/\/rtx$/i) ?? dealtOrder.find((number) => !taken.has(number));
  return [numberOf(/\/opus$/i), numberOf(/^video\/(?!rtx$)/i), rtx].join("/");
}

/** Can a router have this number for retransmissions? */
export function canBeDealt(payloadType: number | null): payloadType is number {
  return payloadType !== null && dealtOrder.includes(payloadType);
}

function toCapability(codec: OfferedCodec): RouterRtpCodecCapability {
  return {
    kind: codec.kind,
    mimeType: codec.mimeType,
    clockRate: codec.clockRateHz,
    preferredPayloadType: codec.payloadType,
    parameters: toMatchedParameters(codec),
  };
}

/** What mediasoup compares codecs by. */
export function toMatchedParameters({ mimeType, parameters }: OfferedCodec): Record<string, string | number> {
  switch (mimeType) {
    case "video/H264":
      return {
        "packetization-mode": 1,
        "level-asymmetry-allowed": 1,
        "profile-level-id": parameters["profile-level-id"] ?? "42e01f",
      };
    case "video/VP9":
      return { "profile-id": 0 };
    default:
      return {};
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
