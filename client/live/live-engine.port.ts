import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { SwarmReading } from "../playback/swarm-tally.ts";
import type { RealtimeReading } from "./whep-stats.rules.ts";

/** How a stream can come: `webrtc` below a second, `hls` for the crowd and for going back. */
export const liveWays = ["webrtc", "hls"] as const;
/** One of {@link liveWays}. */
export type LiveWay = (typeof liveWays)[number];

/** Why an engine cannot go on by itself. `gone`: the stream is not there (any more). */
export type LiveEngineFailure = "full" | "refused" | "unreachable" | "unsupported" | "gone";

/** A quality that can be chosen; `value` is what the engine calls it, `auto` is always one of them. */
export interface LiveQuality {
  readonly value: string;
  readonly label: string;
}

/** What an engine tells its owner. */
export interface LiveEngineEvents {
  /** The element has its source: it can be told to play. */
  sourced(): void;
  /** The first frame is there (or sound, where there is no picture): it can be shown. */
  started(): void;
  /** Nothing new arrives although it should; the engine tries to help itself. */
  interrupted(): void;
  /** It goes on. */
  resumed(): void;
  failed(failure: LiveEngineFailure): void;
  qualitiesKnown(qualities: readonly LiveQuality[]): void;
  peersChanged(peerCount: number): void;
}

/** What an engine measures. */
export interface LiveEngineReading {
  readonly swarm: SwarmReading | undefined;
  readonly realtime: RealtimeReading | undefined;
  readonly bandwidthBps: number;
}

/** A stretch of the broadcast, in milliseconds of the server's clock. */
export interface LiveWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/** Plays one broadcast into one element. Everything that it opened is closed by `close`, which may be called twice. */
export interface LiveEngine {
  readonly way: LiveWay;
  readonly video: HTMLVideoElement;
  /** When what is on screen was sent, in milliseconds of the server's clock; `undefined`: not known yet. */
  playingAtMs(): number | undefined;
  /** Where one can go; `undefined`: nowhere but live, or not known yet. */
  window(): LiveWindow | undefined;
  /** Goes to a moment and stays that far behind, or goes as near to now as this way allows and follows. */
  seekTo(atMs: number | "live"): void;
  /** Follows what is live by itself, or stays where it is however far live goes on. */
  setFollowing(isFollowing: boolean): void;
  selectQuality(value: string): void;
  /** Opens or closes the swarm, where there is one. */
  setSharing(isOn: boolean): void;
  /** Does every segment that peers could send have a hash? */
  areHashesWhole(): boolean;
  /** Goes on, or begins anew, with the addresses of a newer grant of the same broadcast. */
  renew(grant: LivePlaybackGrant): void;
  /** Does the streamer send? Where not, silence is nothing that can be helped. */
  setOnAir(isOnAir: boolean): void;
  /** Is a viewer there to look at it? Where not, sound alone may come. */
  setLooking(isLooking: boolean): void;
  read(): LiveEngineReading;
  close(): void;
}
