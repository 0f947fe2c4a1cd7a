import { randomBytes } from "node:crypto";
import type { IceCandidate, WebRtcTransport } from "mediasoup/types";
import { ShoalError } from "#common/errors.ts";
import { readFragment, writeFragment } from "../sdp/fragment.ts";
import type { TransportFacts } from "../sdp/write.ts";
import type { Branch } from "./branch.ts";

/** How a WebRTC transport is opened. */
export interface TransportWishes {
  /** Under which browsers may reach it. */
  readonly addresses: readonly string[];
  /** RFC 7675 §5.1: consent to send expires so long after the last sign of the other side. */
  readonly consentTimeoutSeconds: number;
  /** What the link is trusted with until it is measured. */
  readonly initialBitrateBps?: number;
}

/** The section that a fragment is written for; everything is bundled with it. */
export interface BundleTag {
  readonly mid: string;
  readonly kind: string;
}

/** A WebRTC transport of mediasoup, and the ICE sessions that it has in the course of time (RFC 9725 §4.3). */
export class IceSession {
  readonly transport: WebRtcTransport;
  readonly #addresses: readonly string[];
  #etag = toEtag();
  #tag: BundleTag = { mid: "0", kind: "audio" };
  /** The other side's, which names its ICE session; `null`: not known yet. */
  #remoteUsernameFragment: string | null = null;

  private constructor(transport: WebRtcTransport, addresses: readonly string[]) {
    this.transport = transport;
    this.#addresses = addresses;
  }

  static async open({ router, worker }: Branch, wishes: TransportWishes): Promise<IceSession> {
    const { addresses, consentTimeoutSeconds, initialBitrateBps } = wishes;
    const transport = await router.createWebRtcTransport({
      webRtcServer: worker.webRtcServer,
      enableUdp: true,
      enableTcp: true,
      preferUdp: true,
      iceConsentTimeout: consentTimeoutSeconds,
      ...(initialBitrateBps !== undefined && { initialAvailableOutgoingBitrate: initialBitrateBps }),
    });
    return new IceSession(transport, addresses);
  }

  /** Entity tag of the present ICE session, with its quotes. */
  get etag(): string {
    return this.#etag;
  }

  /** Our end, as a session description tells it. */
  get facts(): TransportFacts {
    const { iceParameters, iceCandidates, dtlsParameters } = this.transport;
    return { iceParameters, iceCandidates: announce(iceCandidates, this.#addresses), dtlsParameters };
  }

  /** The other side's description is known. */
  meet(usernameFragment: string, tag: BundleTag | undefined): void {
    this.#remoteUsernameFragment = usernameFragment;
    if (tag) this.#tag = tag;
  }

  /**
   * Candidates, or an ICE restart; answers our fragment after a restart, else `null`. Throws `stream.wrong_etag` and
   * `stream.bad_sdp`.
   */
  async patch(sdp: string, ifMatch: string | null): Promise<string | null> {
    const fragment = readFragment(sdp);
    // RFC 9725 §4.3.1: "compare the indicated entity-tag value with the current entity-tag … 412 (Precondition Failed)"
    if (ifMatch !== null && !doesMatch(ifMatch, this.#etag)) {
      throw new ShoalError(
        "stream.wrong_etag",
        "This change is meant for an ICE session that has been restarted.",
      );
    }
    // an ICE-lite end needs no candidates: it answers whoever knows the password
    if (this.#remoteUsernameFragment === null || !fragment.isRestartOf(this.#remoteUsernameFragment))
      return null;
    await this.transport.restartIce();
    this.#remoteUsernameFragment = fragment.usernameFragment;
    this.#etag = toEtag();
    return writeFragment(this.facts, this.#tag);
  }
}

/** One socket hears on every address of the machine: its candidates are told once for each that is announced. */
export function announce(candidates: readonly IceCandidate[], addresses: readonly string[]): IceCandidate[] {
  return candidates.flatMap((candidate) =>
    addresses.map((address, at) => ({
      ...candidate,
      foundation: `${candidate.foundation}${at}`,
      // RFC 8445 §5.1.2.1: the local preference stands in bits 8 to 23
      priority: candidate.priority - at * 256,
      ip: address,
      address,
    })),
  );
}

function toEtag(): string {
  return `"${randomBytes(12).toString("base64url")}"`;
}

/** RFC 9110 §13.1.1: `*`, or a list of tags. */
function doesMatch(ifMatch: string, etag: string): boolean {
  const opaque = etag.slice(1, -1);
  return ifMatch.split(",").some((part) => ["*", etag, opaque].includes(part.trim()));
}
