import type { RtpHeaderExtensionParameters, RtpHeaderExtensionUri } from "mediasoup/types";
import type { OfferedCodec } from "./codecs.ts";
import { badSdp, type Section } from "./description.ts";

/** The header extensions that mediasoup reads from a publisher, and of which kind. */
const readUris: Record<RtpHeaderExtensionUri, "audio" | "video" | "both" | "av1"> = {
  "urn:ietf:params:rtp-hdrext:sdes:mid": "both",
  "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id": "video",
  "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id": "video",
  "urn:ietf:params:rtp-hdrext:ssrc-audio-level": "audio",
  "urn:3gpp:video-orientation": "video",
  "urn:ietf:params:rtp-hdrext:toffset": "video",
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01": "both",
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time": "both",
  "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time": "both",
  "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay": "both",
  // the layers of the other codecs stand in their payload
  "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension": "av1",
};

/** The extensions of a publisher's section that are taken. */
export function readExtensions(section: Section, codec: OfferedCodec): RtpHeaderExtensionParameters[] {
  const kind = codec.mimeType === "video/AV1" ? ["both", "video", "av1"] : ["both", codec.kind];
  const taken = section.ext.flatMap((ext): RtpHeaderExtensionParameters[] => {
    const { value: id, uri, direction } = ext;
    // RFC 8285 §5: ids above 255 are for offers that wait to be given a real one
    if (id > 255 || ext["encrypt-uri"] !== undefined) return [];
    if (direction === "recvonly" || direction === "inactive") return [];
    return isReadUri(uri) && kind.includes(readUris[uri]) ? [{ uri, id }] : [];
  });
  const ids = new Set(taken.map(({ id }) => id));
  const uris = new Set(taken.map(({ uri }) => uri));
  if (ids.size !== taken.length || uris.size !== taken.length) {
    throw badSdp("The session description has a header extension twice.");
  }
  return taken;
}

function isReadUri(uri: string): uri is RtpHeaderExtensionUri {
  return Object.hasOwn(readUris, uri);
}
