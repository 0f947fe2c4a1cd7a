import type {
  DtlsParameters,
  IceCandidate,
  IceParameters,
  RtpCodecParameters,
  RtpHeaderExtensionParameters,
} from "mediasoup/types";
import { type MediaToWrite, write } from "sdp-transform";

/** Our end: what a mediasoup WebRtcTransport knows of itself. */
export interface TransportFacts {
  readonly iceParameters: IceParameters;
  readonly iceCandidates: IceCandidate[];
  readonly dtlsParameters: DtlsParameters;
}

/** What a section says of its codecs and header extensions. */
export interface RtpFacts {
  readonly codecs: ReadonlyArray<
    Pick<RtpCodecParameters, "mimeType" | "payloadType" | "clockRate" | "channels" | "rtcpFeedback">
  >;
  /** Parameters of the codecs that have some, by payload type. */
  readonly parameters: ReadonlyMap<number, Readonly<Record<string, unknown>>>;
  readonly headerExtensions: ReadonlyArray<Pick<RtpHeaderExtensionParameters, "uri" | "id">>;
}

/**
 * A description of ours: one transport, everything bundled, the sections in the order of the offer. Browsers that may not
 * mix header extensions cannot probe how much the link carries.
 */
export function writeDescription(
  sections: readonly MediaToWrite[],
  { canMixExtensions }: { readonly canMixExtensions: boolean },
): string {
  const mids = sections.flatMap(({ mid, port }) => (mid === undefined || port === 0 ? [] : [mid]));
  return write({
    // RFC 8829 §5.2.1: "<sess-id> … recommended … 64-bit", the address "SHOULD be set to something non-meaningful"
    origin: {
      username: "-",
      sessionId: toSessionId(),
      sessionVersion: 1,
      netType: "IN",
      ipVer: 4,
      address: "0.0.0.0",
    },
    // RFC 8829 §5.2.1: a single dash
    name: "-",
    timing: { start: 0, stop: 0 },
    icelite: "ice-lite",
    ...(canMixExtensions && { extmapAllowMixed: "extmap-allow-mixed" }),
    // RFC 8843 §7.3: only what is accepted is in the answer's group
    groups: [{ type: "BUNDLE", mids: mids.join(" ") }],
    msidSemantic: { semantic: "WMS", token: "*" },
    media: sections,
  });
}

/** The transport's lines, the same in every section. */
export function toTransportLines(
  { iceParameters, iceCandidates, dtlsParameters }: TransportFacts,
  setup: "active" | "passive" | "actpass",
) {
  const fingerprint =
    dtlsParameters.fingerprints.find(({ algorithm }) => algorithm === "sha-256") ??
    dtlsParameters.fingerprints[0];
  if (!fingerprint) throw new Error("the transport has no certificate");
  return {
    ...toDefaultDestination(iceCandidates),
    iceUfrag: iceParameters.usernameFragment,
    icePwd: iceParameters.password,
    fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value },
    setup,
    rtcpMux: "rtcp-mux",
    candidates: toCandidates(iceCandidates),
    endOfCandidates: "end-of-candidates",
  } satisfies Partial<MediaToWrite>;
}

/** RFC 8839 §4.2.1.2: the default candidate stands in the `m=` and `c=` lines. */
function toDefaultDestination(candidates: readonly IceCandidate[]) {
  const { address, port } = candidates.find(({ protocol }) => protocol === "udp") ?? {
    address: "0.0.0.0",
    port: 9,
  };
  const version: 4 | 6 = address.includes(":") ? 6 : 4;
  return { port, connection: { version, ip: address } };
}

/** RFC 5506 §5: reduced-size RTCP is for those who both said so. */
export function toReducedSizeLine(isReducedSizeRtcp: boolean): Pick<MediaToWrite, "rtcpRsize"> {
  return isReducedSizeRtcp ? { rtcpRsize: "rtcp-rsize" } : {};
}

/** Candidates as SDP has them. */
export function toCandidates(candidates: readonly IceCandidate[]) {
  return candidates.map(({ foundation, priority, address, port, protocol, type, tcpType }) => ({
    foundation,
    component: 1 as const,
    transport: protocol,
    priority,
    ip: address,
    port,
    type,
    // RFC 6544 §4.5: tcptype
    ...(tcpType !== undefined && { tcptype: tcpType }),
  }));
}

/** The lines about codecs and header extensions. */
export function toRtpLines({ codecs, parameters, headerExtensions }: RtpFacts) {
  return {
    payloads: codecs.map(({ payloadType }) => payloadType).join(" "),
    rtp: codecs.map(({ mimeType, payloadType, clockRate, channels }) => ({
      payload: payloadType,
      codec: mimeType.replace(/^.*\//, ""),
      rate: clockRate,
      ...(channels !== undefined && channels > 1 && { encoding: channels }),
    })),
    fmtp: codecs.flatMap(({ payloadType }) => {
      const config = writeParameters(parameters.get(payloadType) ?? {});
      return config ? [{ payload: payloadType, config }] : [];
    }),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback }) =>
      (rtcpFeedback ?? []).map(({ type, parameter }) => ({
        payload: payloadType,
        type,
        ...(parameter && { subtype: parameter }),
      })),
    ),
    ext: headerExtensions.map(({ id, uri }) => ({ value: id, uri })),
  } satisfies Partial<MediaToWrite>;
}

/** The value of `a=fmtp:` after the payload type; empty: none. */
export function writeParameters(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === "" || value === undefined ? name : `${name}=${value}`))
    .join(";");
}

/** A section that is refused (RFC 3264 §6: "the port number … MUST be set to zero"; formats are repeated). */
export function toRefusal(section: {
  readonly type: string;
  readonly protocol: string;
  readonly payloads: string;
  readonly mid: string;
}): MediaToWrite {
  return {
    ...section,
    port: 0,
    connection: { version: 4, ip: "0.0.0.0" },
    direction: "inactive",
  };
}

function toSessionId(): string {
  return String(1 + Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
}
