import Hls from "hls.js";
import type { CoreConfig } from "p2p-media-loader-core";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";
import type { PeerPolicy } from "#common/playback/playback-grant.ts";
import { withGrantOf } from "./playlist.rules.ts";
import type { SegmentHashes } from "./segment-hashes.ts";
import type { SwarmReading, SwarmTally } from "./swarm-tally.ts";

/** hls.js that asks the swarm first. */
export const HlsWithSwarm = HlsJsP2PEngine.injectMixin(Hls);

/** How far ahead of the playhead, in seconds, media comes from where. */
export interface SwarmWindows {
  /** From the server at once, before anybody else is known. */
  readonly urgentSeconds: number;
  /** What nobody in the swarm has is fetched from the server for all of them. */
  readonly prefetchSeconds: number;
  readonly peerSeconds: number;
}

/** What a swarm needs to know of its playback. */
export interface SwarmOptions {
  readonly policy: PeerPolicy;
  /** Names the swarm where the policy names none; it stays closed then. */
  readonly mediaUrl: string;
  /** The address of the newest grant. */
  grantedUrl(): string;
  readonly hashes: SegmentHashes;
  readonly windows: SwarmWindows;
}

/** Segments kept for others, in MiB; the library's own default is 4 GiB. */
const keptSegmentsMib = 256;
const urgencyIntervalMs = 1_000;

/** A closed swarm: it opens when the viewer agreed and the first frame is on screen. */
export function toSwarmConfig(options: SwarmOptions): Partial<CoreConfig> {
  const { windows, hashes, mediaUrl } = options;
  const policy =
    options.policy.mode === "on" ? options.policy : { swarmId: mediaUrl, trackerUrls: [], iceServers: [] };
  return {
    isP2PDisabled: true,
    swarmId: policy.swarmId,
    // only what the grant names: the library would add public ones of its own
    announceTrackers: toTrackerUrls(policy.trackerUrls),
    rtcConfig: { iceServers: policy.iceServers.map(toIceServer) },
    trackerClientVersionPrefix: createPeerId(),
    segmentMemoryStorageLimit: keptSegmentsMib,
    highDemandTimeWindow: windows.urgentSeconds,
    httpDownloadTimeWindow: windows.prefetchSeconds,
    p2pDownloadTimeWindow: windows.peerSeconds,
    validateP2PSegment: (url, _range, bytes) => hashes.isTrue(url, bytes),
    httpRequestSetup: async (url, _range, signal, range) =>
      new Request(withGrantOf(url, options.grantedUrl()), {
        signal,
        headers: range ? { Range: `bytes=${range.start}-${range.end ?? ""}` } : {},
      }),
  };
}

/** The swarm of one playback: closed until it is told to share, counted in a tally. */
export class Swarm {
  readonly #p2p: HlsJsP2PEngine;
  readonly #tally: SwarmTally;
  readonly #isPossible: boolean;
  readonly #toUrgentSeconds: (peerCount: number, sharedForMs: number) => number;
  readonly #onPeers: (peerCount: number) => void;
  #sharingSince: number | undefined;
  #urgencyTimer: number | undefined;

  constructor(options: {
    readonly p2p: HlsJsP2PEngine;
    readonly tally: SwarmTally;
    readonly isPossible: boolean;
    /** How far ahead segments are so urgent that the server is asked at once. */
    readonly toUrgentSeconds: (peerCount: number, sharedForMs: number) => number;
    readonly onPeers: (peerCount: number) => void;
  }) {
    const { p2p, tally } = options;
    this.#p2p = p2p;
    this.#tally = tally;
    this.#isPossible = options.isPossible;
    this.#toUrgentSeconds = options.toUrgentSeconds;
    this.#onPeers = options.onPeers;
    p2p.addEventListener("onChunkDownloaded", (bytes, source, peerId) => {
      if (source === "p2p") tally.received(bytes, peerId);
      else tally.receivedFromServer(bytes);
    });
    p2p.addEventListener("onChunkUploaded", (bytes, peerId) => tally.sent(bytes, peerId));
    p2p.addEventListener("onPeerConnect", ({ peerId }) => {
      tally.connected(peerId);
      this.#peersChanged();
    });
    p2p.addEventListener("onPeerClose", ({ peerId }) => {
      tally.disconnected(peerId);
      this.#peersChanged();
    });
  }

  /** Opens or closes it. No peer connection exists while it is closed. */
  setSharing(isOn: boolean): void {
    if (!this.#isPossible || isOn === (this.#sharingSince !== undefined)) return;
    this.#sharingSince = isOn ? performance.now() : undefined;
    window.clearInterval(this.#urgencyTimer);
    if (isOn) this.#urgencyTimer = window.setInterval(() => this.#updateUrgency(), urgencyIntervalMs);
    else this.#tally.disconnectedAll();
    this.#p2p.applyDynamicConfig({ core: { isP2PDisabled: !isOn } });
    this.#peersChanged();
  }

  /** The swarm's streams that open from now on announce themselves with the new token. */
  renew(policy: PeerPolicy, urgentSeconds: number): void {
    if (policy.mode !== "on") return;
    const core = { highDemandTimeWindow: urgentSeconds, announceTrackers: toTrackerUrls(policy.trackerUrls) };
    this.#p2p.applyDynamicConfig({ core });
    this.#updateUrgency();
  }

  read(): SwarmReading {
    return this.#tally.read();
  }

  close(): void {
    window.clearInterval(this.#urgencyTimer);
    this.#sharingSince = undefined;
    this.#p2p.destroy();
  }

  #peersChanged(): void {
    this.#updateUrgency();
    this.#onPeers(this.#tally.peerCount);
  }

  #updateUrgency(): void {
    if (this.#sharingSince === undefined) return;
    const sharedForMs = performance.now() - this.#sharingSince;
    const highDemandTimeWindow = this.#toUrgentSeconds(this.#tally.peerCount, sharedForMs);
    this.#p2p.applyDynamicConfig({ core: { highDemandTimeWindow } });
  }
}

/** One id of 20 characters for all streams, so that a viewer counts once; new for each playback. */
function createPeerId(): string {
  return `-SH0100-${crypto.randomUUID().replaceAll("-", "").slice(0, 12)}`;
}

function toTrackerUrls(urls: readonly string[]): string[] {
  return urls.map((url) => new URL(url, location.href).href.replace(/^http/, "ws"));
}

function toIceServer(server: {
  urls: string;
  username?: string | undefined;
  credential?: string | undefined;
}): RTCIceServer {
  const { urls, username, credential } = server;
  return { urls, ...(username && { username }), ...(credential && { credential }) };
}
