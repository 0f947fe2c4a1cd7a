import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import type { PlayerPreferences } from "./preferences.store.ts";

/** Why no peer is asked for anything. */
export type PeersOffReason =
  | Extract<PeerPolicy, { mode: "off" }>["reason"]
  | "refused"
  | "metered"
  | "embedded"
  | "unsupported";

/** Whether this viewer shares with others. `asking`: not before an answer. */
export type PeerSharing =
  | { readonly name: "off"; readonly reason: PeersOffReason }
  | { readonly name: "asking" }
  | { readonly name: "on" };

/** What the decision rests on. */
export interface PeerCircumstances {
  readonly policy: PeerPolicy;
  /** Every segment has a hash in its playlist. */
  readonly hasHashes: boolean;
  readonly consent: PlayerPreferences["peerConsent"];
  readonly isMetered: boolean;
  readonly isEmbedded: boolean;
  /** WebRTC, Media Source Extensions and SubtleCrypto are there. */
  readonly isBrowserAble: boolean;
}

/** May this viewer share, and if not, why? The server's word first, the viewer's last. */
export function toPeerSharing(circumstances: PeerCircumstances): PeerSharing {
  const { policy, hasHashes, consent, isMetered, isEmbedded, isBrowserAble } = circumstances;
  if (policy.mode === "off") return { name: "off", reason: policy.reason };
  if (!hasHashes) return { name: "off", reason: "no_integrity" };
  if (isEmbedded) return { name: "off", reason: "embedded" };
  if (!isBrowserAble) return { name: "off", reason: "unsupported" };
  if (isMetered) return { name: "off", reason: "metered" };
  if (consent === "refused") return { name: "off", reason: "refused" };
  return consent === "given" ? { name: "on" } : { name: "asking" };
}

const offSentences: Record<PeersOffReason, string> = {
  instance: "Off on this instance",
  video: "Off for this video",
  no_integrity: "Off: this video cannot be checked",
  refused: "Off",
  metered: "Off on a metered network",
  embedded: "Off in embedded players",
  unsupported: "Off: your browser cannot share",
};

/** The few words that the menu and the overlay show. */
export function toSharingWords(sharing: PeerSharing): string {
  switch (sharing.name) {
    case "off":
      return offSentences[sharing.reason];
    case "asking":
      return "Not decided";
    case "on":
      return "On";
  }
}

/** Is this decision the viewer's own, so that it can be changed in the menu? */
export function isSharingChangeable(sharing: PeerSharing): boolean {
  return sharing.name !== "off" || sharing.reason === "refused";
}

/** Ahead of the playhead, this much comes from the server without asking anybody, when peers are there. */
const windowWithPeersSeconds = 6;
/** The same while peers are still being looked for. */
const windowWhileSearchingSeconds = 4;
/** The same when nobody is there: the whole buffer. */
const windowAloneSeconds = 30;
const searchMs = 6_000;

/** How far ahead segments are so urgent that the server is asked at once (p2p-media-loader's high demand). */
export function toUrgentWindowSeconds(peerCount: number, sharedForMs: number): number {
  if (peerCount > 0) return windowWithPeersSeconds;
  return sharedForMs < searchMs ? windowWhileSearchingSeconds : windowAloneSeconds;
}
