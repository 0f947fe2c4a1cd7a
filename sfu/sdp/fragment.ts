import { write } from "sdp-transform";
import { readDescription } from "./description.ts";
import { type TransportFacts, toCandidates } from "./write.ts";

/** An `application/trickle-ice-sdpfrag` body (RFC 8840 §9). */
export interface Fragment {
  /** Empty where the fragment says none. */
  readonly usernameFragment: string;
  readonly password: string;
  /** Checked for their form; an ICE-lite end needs none of them. */
  readonly candidates: readonly string[];
  /** Does it begin a new ICE session, other than the one of this username fragment? */
  isRestartOf(usernameFragment: string): boolean;
}

/** Reads a fragment; anything that is none is `stream.bad_sdp`. */
export function readFragment(sdp: string): Fragment {
  const { media, candidates, ...session } = readDescription(sdp);
  const section = media.find(({ iceUfrag }) => iceUfrag !== undefined);
  const usernameFragment = session.iceUfrag ?? section?.iceUfrag ?? "";
  const password = session.icePwd ?? section?.icePwd ?? "";
  return {
    usernameFragment,
    password,
    candidates,
    // RFC 8838 §15: new credentials are a new generation
    isRestartOf: (known) => usernameFragment !== "" && password !== "" && usernameFragment !== known,
  };
}

/**
 * Our answer to an ICE restart (RFC 9725 §4.3.3): the new credentials and all candidates, in the section that carries the
 * bundle.
 */
export function writeFragment(
  { iceParameters, iceCandidates }: TransportFacts,
  tag: { readonly mid: string; readonly kind: string } = { mid: "0", kind: "audio" },
): string {
  const text = write({
    icelite: "ice-lite",
    groups: [{ type: "BUNDLE", mids: tag.mid }],
    media: [
      {
        type: tag.kind,
        // RFC 8840 §9.2: the m= line is a pseudo one: port 9, "RTP/AVP", one format
        port: 9,
        protocol: "RTP/AVP",
        payloads: "0",
        mid: tag.mid,
        iceUfrag: iceParameters.usernameFragment,
        icePwd: iceParameters.password,
        candidates: toCandidates(iceCandidates),
        endOfCandidates: "end-of-candidates",
      },
    ],
  });
  // a fragment has neither version nor name
  return text.replace(/^v=.*\r\ns=.*\r\n/, "");
}
