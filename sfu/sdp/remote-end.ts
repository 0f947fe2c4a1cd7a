import type { DtlsParameters } from "mediasoup/types";
import { badSdp, type Description, type Section } from "./description.ts";

/** The other side's end of the one transport that everything is bundled into. */
export interface RemoteEnd {
  readonly usernameFragment: string;
  readonly password: string;
  /** `role` is the other side's: `client` where it begins the handshake. */
  readonly dtlsParameters: DtlsParameters;
  readonly candidates: readonly string[];
  /** May header extensions of one and of two bytes be mixed (RFC 8285 §6)? */
  readonly canMixExtensions: boolean;
}

/** Reads the transport of a description and checks that all its sections share it. */
export function readRemoteEnd(description: Description, kind: "offer" | "answer"): RemoteEnd {
  const { media } = description;
  // RFC 8843 §7.1: a bundle-only section has port 0 in the offer and is meant all the same
  const section = (kind === "answer" ? media.find(({ port }) => port !== 0) : media[0]) ?? media[0];
  if (!section) throw badSdp("The session description has no media.");
  assertBundled(description, kind);
  const usernameFragment = section.iceUfrag ?? description.iceUfrag;
  const password = section.icePwd ?? description.icePwd;
  const fingerprint = section.fingerprint ?? description.fingerprint;
  if (usernameFragment === undefined || password === undefined) {
    throw badSdp("The session description has no ICE credentials.");
  }
  if (fingerprint === undefined) throw badSdp("The session description has no fingerprint.");
  return {
    usernameFragment,
    password,
    dtlsParameters: {
      role: toRemoteRole(section.setup ?? description.setup, kind),
      fingerprints: [{ algorithm: fingerprint.type, value: fingerprint.hash }],
    },
    candidates: description.candidates,
    canMixExtensions:
      description.extmapAllowMixed !== undefined ||
      media.every(({ extmapAllowMixed }) => extmapAllowMixed !== undefined),
  };
}

/** The `a=mid` of a section (RFC 5888), which everything bundled has. */
export function readMid({ mid }: Section): string {
  if (mid === undefined) throw badSdp("The session description has a section without a=mid.");
  return mid;
}

/** Can we speak this section's transport? */
export function isSpoken({ protocol, rtcpMux }: Section): boolean {
  // RFC 8829 §5.1.2: "the UDP/TLS/RTP/SAVPF … profile", and those that it says to accept as the same
  return /^((UDP|TCP)\/(TLS|DTLS)\/)?RTP\/S?AVPF?$/.test(protocol) && rtcpMux !== undefined;
}

function assertBundled({ media, groups }: Description, kind: "offer" | "answer"): void {
  const mids = media.map(readMid);
  if (new Set(mids).size !== mids.length) throw badSdp("The session description has an a=mid twice.");
  if (media.length === 1) return;
  const bundle = groups.find(({ type }) => type === "BUNDLE")?.mids.split(" ") ?? [];
  const isBundled = media.every(
    (section, at) => (kind === "answer" && section.port === 0) || bundle.includes(mids[at] ?? ""),
  );
  // RFC 9725 §4.4.1: "all of the "m=" sections … MUST be bundled" into one group
  if (!isBundled) throw badSdp("Everything has to be in one BUNDLE group (RFC 9725).");
}

function toRemoteRole(setup: Section["setup"], kind: "offer" | "answer"): "client" | "server" {
  // RFC 5763 §5: "The answerer MUST use either a setup attribute value of setup:active or setup:passive"
  if (kind === "answer" && setup === "actpass") throw badSdp("An answer cannot say setup:actpass.");
  // RFC 9725 §4.4.2: the session's side is passive wherever the client leaves it to us
  return setup === "passive" ? "server" : "client";
}
