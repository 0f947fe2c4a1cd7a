import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import type { MediaTrouble } from "./failure.rules.ts";
import type { SwarmReading } from "./swarm-tally.ts";

/** One quality that can be chosen. */
export interface Rung {
  /** What the engine calls it. */
  readonly index: number;
  readonly heightPx: number;
  readonly widthPx: number;
  readonly bitrateBps: number;
  /** RFC 6381 codec strings of picture and sound. */
  readonly codecs: string;
}

/** One sound track that can be chosen. */
export interface AudioChoice {
  readonly index: number;
  readonly label: string;
}

/** What an engine tells its owner. */
export interface PlaybackEngineEvents {
  rungsKnown(rungs: readonly Rung[]): void;
  /** The rung whose picture is on screen. */
  rungShown(index: number): void;
  audioKnown(tracks: readonly AudioChoice[]): void;
  audioHeard(index: number): void;
  /** Media was added to the buffer: whatever was wrong is over. */
  progressed(): void;
  /** Nothing goes on without help. */
  troubled(trouble: MediaTrouble): void;
  peersChanged(peerCount: number): void;
}

/** Plays one video into one element. Everything that it opened is closed by `close`, which may be called twice. */
export interface PlaybackEngine {
  readonly kind: "hls.js" | "native";
  selectRung(index: number | "auto"): void;
  selectAudio(index: number): void;
  /** The first frame is on screen: from here on it loads ahead. Before, only what that frame needs was asked for. */
  loadAhead(): void;
  /** Opens or closes the swarm. No peer connection exists while it is closed. */
  setSharing(isOn: boolean): void;
  /** Goes on with the addresses of a newer grant of the same video. */
  renew(grant: PlaybackGrant): void;
  /** Loads again from where it stands. */
  reload(): void;
  recoverDecoder(): void;
  /** What the connection carries; 0: not known. */
  bandwidthBps(): number;
  readSwarm(): SwarmReading;
  close(): void;
}
