import type { RtpEncodingParameters, RtpHeaderExtensionParameters } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import type { OfferedCodec } from "./codecs.ts";
import { badSdp, readParameters, type Section } from "./description.ts";

const maxLayers = 4;

/** How many temporal layers a picture with simulcast may have; mediasoup would drop those above what was said. */
const scalabilityMode = "L1T3";

/** The RTP streams that a publisher's section will send. */
export interface Layers {
  /** One for each simulcast layer, the smallest first; one without layers. */
  readonly encodings: RtpEncodingParameters[];
  /** The names of the layers that are taken, in the order of the offer; none where SSRCs name them. */
  readonly rids: readonly string[];
  /** Has the offer an `a=simulcast` that the answer has to have too, be it with one layer? */
  readonly isSimulcast: boolean;
}

/** What a section says without layers. */
const unlayered = { rids: [], isSimulcast: false };

/** Reads the layers of a section; throws `stream.bad_sdp`, and `stream.unsupported_media` for too many. */
export function readLayers(
  section: Section,
  codec: OfferedCodec,
  headerExtensions: readonly RtpHeaderExtensionParameters[],
): Layers {
  const sent = codec.kind === "video" ? readRids(section, codec) : [];
  if (sent.length > 0) {
    const bySize = sortBySize(sent).slice(hasLayers(codec) ? 0 : -1);
    return {
      encodings: withTemporalLayers(bySize.map(({ id }) => ({ rid: id }))),
      rids: sent.filter((rid) => bySize.includes(rid)).map(({ id }) => id),
      isSimulcast: section.simulcast !== undefined,
    };
  }
  const encodings = readSsrcLayers(section);
  if (encodings.length > 1 && !hasLayers(codec)) {
    throw new ShoalError("stream.unsupported_media", "Simulcast by SSRCs needs H.264 or VP8.");
  }
  if (encodings.length > 0) return { encodings: withTemporalLayers(encodings), ...unlayered };
  // RFC 8843 §9.2: without a=ssrc a stream is known by the MID header extension
  if (headerExtensions.some(({ uri }) => uri === "urn:ietf:params:rtp-hdrext:sdes:mid")) {
    return { encodings: [{}], ...unlayered };
  }
  throw badSdp("The session description does not say which RTP stream belongs to which section.");
}

/** mediasoup can choose among the layers of these alone; of the others the largest is taken. */
function hasLayers({ mimeType }: OfferedCodec): boolean {
  return mimeType === "video/H264" || mimeType === "video/VP8";
}

function withTemporalLayers(encodings: RtpEncodingParameters[]): RtpEncodingParameters[] {
  return encodings.length > 1 ? encodings.map((encoding) => ({ ...encoding, scalabilityMode })) : encodings;
}

function assertFewEnough(layers: readonly unknown[]): void {
  if (layers.length <= maxLayers) return;
  throw new ShoalError("stream.unsupported_media", `At most ${maxLayers} simulcast layers can be sent.`);
}

/** The restriction identifiers of the layers that are sent (RFC 8851, RFC 8853), in the order of the offer. */
function readRids(section: Section, codec: OfferedCodec): Section["rids"] {
  const defined = section.rids.filter(
    ({ direction, params }) => direction === "send" && allowsCodec(params, codec),
  );
  const listed = readSendList(section.simulcast);
  // RFC 8853 §5.2: identifiers that no a=rid defines "MUST be discarded"
  const sent = listed
    ? listed.flatMap((rid) => defined.find(({ id }) => id === rid) ?? [])
    : defined.slice(0, 1);
  if (new Set(sent.map(({ id }) => id)).size !== sent.length)
    throw badSdp("A simulcast layer is there twice.");
  assertFewEnough(sent);
  return sent;
}

function sortBySize(sent: Section["rids"]): Section["rids"] {
  const largeness = toLargeness(sent);
  return sent
    .map((rid, at) => ({ rid, size: largeness?.[at] ?? at }))
    .sort((left, right) => left.size - right.size)
    .map(({ rid }) => rid);
}

function readSendList(simulcast: Section["simulcast"]): string[] | undefined {
  if (!simulcast) return undefined;
  const { dir1, list1, dir2, list2 } = simulcast;
  const list = dir1 === "send" ? list1 : dir2 === "send" ? list2 : undefined;
  // RFC 8853 §5.1: layers are separated by ";", alternatives of one layer by ",", and "~" marks one that begins paused
  return list?.split(";", maxLayers + 1).map((layer) => layer.split(",")[0]?.replace(/^~/, "") ?? "");
}

function allowsCodec(params: string, { payloadType }: OfferedCodec): boolean {
  const { pt } = readParameters(params);
  return pt === undefined || String(pt).split(",").includes(String(payloadType));
}

/** Names by which clients in the wild tell large layers from small ones. */
const ladders = [
  ["l", "m", "h"],
  ["q", "h", "f"],
  ["low", "mid", "high"],
  ["low", "medium", "high"],
  ["lo", "mi", "hi"],
  // OBS counts its encoders from the main one
  ["3", "2", "1", "0"],
];

/**
 * How large each layer is among the others; `undefined`: nobody can tell, and the order is as browsers are usually asked,
 * the smallest first.
 */
function toLargeness(sent: Section["rids"]): number[] | undefined {
  for (const name of ["max-width", "max-height", "max-fs", "max-br"]) {
    const values = sent.map(({ params }) => Number(readParameters(params)[name]));
    if (values.every(Number.isFinite) && new Set(values).size === values.length) return values;
  }
  const ladder = ladders.find((names) => sent.every(({ id }) => names.includes(id.toLowerCase())));
  return ladder && sent.map(({ id }) => ladder.indexOf(id.toLowerCase()));
}

/** Layers by `a=ssrc-group:SIM`, smallest first, as browsers had them before rids; retransmissions by FID (RFC 5576 §4.2). */
function readSsrcLayers({ ssrcs, ssrcGroups }: Section): RtpEncodingParameters[] {
  const known = new Set(ssrcs.map(({ id }) => id));
  const groups = ssrcGroups.map(({ semantics, ssrcs: list }) => ({
    semantics,
    ids: list.split(" ", 16).map(Number),
  }));
  if (groups.some(({ ids }) => ids.some((id) => !known.has(id)))) {
    throw badSdp("The session description groups an SSRC that it does not have.");
  }
  const pairs = new Map(
    groups.flatMap(({ semantics, ids: [first, second] }) =>
      semantics === "FID" && first !== undefined && second !== undefined ? [[first, second] as const] : [],
    ),
  );
  const [first] = ssrcs;
  const layers = groups.find(({ semantics }) => semantics === "SIM")?.ids ?? (first ? [first.id] : []);
  assertFewEnough(layers);
  const all = layers.flatMap((ssrc) => [ssrc, pairs.get(ssrc) ?? []].flat());
  if (new Set(all).size !== all.length) throw badSdp("The session description has an SSRC twice.");
  return layers.map((ssrc) => {
    const rtx = pairs.get(ssrc);
    return { ssrc, ...(rtx !== undefined && { rtx: { ssrc: rtx } }) };
  });
}
