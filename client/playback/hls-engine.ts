import Hls, { type ErrorData, ErrorDetails, ErrorTypes, Events, type HlsConfig, type Level } from "hls.js";
import type { CoreConfig } from "p2p-media-loader-core";
import { HlsJsP2PEngine } from "p2p-media-loader-hlsjs";
import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import type { MediaTrouble } from "./failure.rules.ts";
import { createMediaLoader } from "./media-loader.ts";
import { toUrgentWindowSeconds } from "./peer.rules.ts";
import type { PlaybackEngine, PlaybackEngineEvents, Rung } from "./playback-engine.port.ts";
import { toAbsolutePath, withGrantOf } from "./playlist.rules.ts";
import type { SegmentHashes } from "./segment-hashes.ts";
import type { StartMedia } from "./start-media.ts";
import { SwarmTally } from "./swarm-tally.ts";

/** What one playback by hls.js needs. */
export interface HlsEngineOptions {
  readonly video: HTMLVideoElement;
  readonly grant: PlaybackGrant;
  /** Learns every playlist that is played; what it does not know comes from no peer. */
  readonly hashes: SegmentHashes;
  readonly start: StartMedia;
  readonly startVariantUrl: string | undefined;
  readonly startSeconds: number;
  readonly bandwidthBps: number;
  readonly events: PlaybackEngineEvents;
}

/** Before the first frame: its segment is longer than this, so nothing else competes with it. */
const startBufferSeconds = 1;
const bufferSeconds = 30;
const backBufferSeconds = 30;
/** Segments kept for others, in MiB; the library's own default is 4 GiB. */
const keptSegmentsMib = 256;
/** Ahead of the playhead, what nobody in the swarm has is fetched from the server for all of them. */
const swarmPrefetchSeconds = 60;
const peerPrefetchSeconds = 240;
const urgencyIntervalMs = 1_000;

const HlsWithSwarm = HlsJsP2PEngine.injectMixin(Hls);

/** Can this browser play by Media Source Extensions? */
export function isHlsEngineSupported(): boolean {
  return Hls.isSupported();
}

/** Starts to play by hls.js; the swarm stays closed until {@link PlaybackEngine.setSharing}. */
export function openHlsEngine(options: HlsEngineOptions): PlaybackEngine {
  const { video, events } = options;
  const tally = new SwarmTally();
  let grant = options.grant;
  let sharingSince: number | undefined;
  let urgencyTimer: number | undefined;
  const isSwarmPossible = grant.p2p.mode === "on";

  const hls = new HlsWithSwarm({
    ...toHlsConfig(options),
    loader: createMediaLoader({
      playlists: grant.playlists,
      start: options.start,
      onPlaylist: (text, url) => options.hashes.read(text, url),
      onServerBytes: (bytes) => tally.receivedFromServer(bytes),
    }),
    // a renewed grant is another path of the same media
    xhrSetup: (xhr, url) => xhr.open("GET", withGrantOf(url, grant.hlsUrl), true),
    p2p: { core: toSwarmConfig(options, () => grant.hlsUrl) },
  });
  const p2p = hls.p2pEngine;

  p2p.addEventListener("onChunkDownloaded", (bytes, source, peerId) => {
    if (source === "p2p") tally.received(bytes, peerId);
    else tally.receivedFromServer(bytes);
  });
  p2p.addEventListener("onChunkUploaded", (bytes, peerId) => tally.sent(bytes, peerId));
  p2p.addEventListener("onPeerConnect", ({ peerId }) => {
    tally.connected(peerId);
    peersChanged();
  });
  p2p.addEventListener("onPeerClose", ({ peerId }) => {
    tally.disconnected(peerId);
    peersChanged();
  });

  hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
    events.rungsKnown(levels.map(toRung));
    hls.startLevel = toStartLevel(levels, options.startVariantUrl);
    hls.startLoad(options.startSeconds > 0 ? options.startSeconds : -1);
  });
  hls.on(Events.LEVEL_SWITCHED, (_, { level }) => events.rungShown(level));
  hls.on(Events.AUDIO_TRACKS_UPDATED, (_, { audioTracks }) =>
    events.audioKnown(audioTracks.map(({ name }, index) => ({ index, label: name }))),
  );
  hls.on(Events.AUDIO_TRACK_SWITCHED, () => events.audioHeard(hls.audioTrack));
  hls.on(Events.FRAG_BUFFERED, () => events.progressed());
  hls.on(Events.ERROR, (_, data) => {
    if (data.fatal) events.troubled(toTrouble(data));
  });
  hls.attachMedia(video);
  hls.loadSource(grant.hlsUrl);

  function peersChanged(): void {
    updateUrgency();
    events.peersChanged(tally.peerCount);
  }

  function updateUrgency(): void {
    if (sharingSince === undefined) return;
    const highDemandTimeWindow = toUrgentWindowSeconds(tally.peerCount, performance.now() - sharingSince);
    p2p.applyDynamicConfig({ core: { highDemandTimeWindow } });
  }

  return {
    kind: "hls.js",
    selectRung: (index) => {
      hls.nextLevel = index === "auto" ? -1 : index;
    },
    selectAudio: (index) => {
      hls.audioTrack = index;
    },
    loadAhead: () => {
      hls.config.maxBufferLength = bufferSeconds;
      hls.config.maxMaxBufferLength = bufferSeconds;
    },
    setSharing: (isOn) => {
      if (!isSwarmPossible || isOn === (sharingSince !== undefined)) return;
      sharingSince = isOn ? performance.now() : undefined;
      window.clearInterval(urgencyTimer);
      if (isOn) urgencyTimer = window.setInterval(updateUrgency, urgencyIntervalMs);
      else tally.disconnectedAll();
      p2p.applyDynamicConfig({ core: { isP2PDisabled: !isOn } });
      peersChanged();
    },
    renew: (newGrant) => {
      grant = newGrant;
      if (newGrant.p2p.mode !== "on") return;
      // the swarm's streams that open from now on announce themselves with the new token
      const core = {
        highDemandTimeWindow: bufferSeconds,
        announceTrackers: toTrackerUrls(newGrant.p2p.trackerUrls),
      };
      p2p.applyDynamicConfig({ core });
      updateUrgency();
    },
    reload: () => hls.startLoad(-1),
    recoverDecoder: () => hls.recoverMediaError(),
    bandwidthBps: () => (Number.isFinite(hls.bandwidthEstimate) ? Math.round(hls.bandwidthEstimate) : 0),
    readSwarm: () => tally.read(),
    close: () => {
      window.clearInterval(urgencyTimer);
      sharingSince = undefined;
      options.start.close();
      hls.destroy();
      p2p.destroy();
    },
  };
}

function toHlsConfig({ bandwidthBps }: HlsEngineOptions): Partial<HlsConfig> {
  return {
    autoStartLoad: false,
    // CMAF passes through: a worker would cost more to start than it saves
    enableWorker: false,
    // nothing but live streams and interstitials need these
    lowLatencyMode: false,
    enableInterstitialPlayback: false,
    useMediaCapabilities: false,
    testBandwidth: false,
    abrEwmaDefaultEstimate: bandwidthBps,
    capLevelToPlayerSize: true,
    maxBufferLength: startBufferSeconds,
    maxMaxBufferLength: startBufferSeconds,
    // captions are sidecar tracks, and not hls.js' to switch or to clear
    renderTextTracksNatively: false,
    backBufferLength: backBufferSeconds,
  };
}

/** A closed swarm: it opens when the viewer agreed and the first frame is on screen. */
function toSwarmConfig({ grant, hashes }: HlsEngineOptions, grantedUrl: () => string): Partial<CoreConfig> {
  const policy =
    grant.p2p.mode === "on" ? grant.p2p : { swarmId: grant.hlsUrl, trackerUrls: [], iceServers: [] };
  return {
    isP2PDisabled: true,
    swarmId: policy.swarmId,
    // only what the grant names: the library would add public ones of its own
    announceTrackers: toTrackerUrls(policy.trackerUrls),
    rtcConfig: { iceServers: policy.iceServers.map(toIceServer) },
    trackerClientVersionPrefix: createPeerId(),
    segmentMemoryStorageLimit: keptSegmentsMib,
    highDemandTimeWindow: bufferSeconds,
    httpDownloadTimeWindow: swarmPrefetchSeconds,
    p2pDownloadTimeWindow: peerPrefetchSeconds,
    validateP2PSegment: (url, _range, bytes) => hashes.isTrue(url, bytes),
    httpRequestSetup: async (url, _range, signal, range) =>
      new Request(withGrantOf(url, grantedUrl()), {
        signal,
        headers: range ? { Range: `bytes=${range.start}-${range.end ?? ""}` } : {},
      }),
  };
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

function toRung(level: Level, index: number): Rung {
  return {
    index,
    heightPx: level.height,
    widthPx: level.width,
    bitrateBps: level.bitrate,
    codecs: [level.videoCodec, level.audioCodec].filter(Boolean).join(", "),
  };
}

function toStartLevel(levels: readonly Level[], variantUrl: string | undefined): number {
  const index = levels.findIndex((level) => toAbsolutePath(level.uri, "/") === variantUrl);
  return Math.max(0, index);
}

const codecTroubles = new Set<string>([
  ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
  ErrorDetails.BUFFER_ADD_CODEC_ERROR,
  ErrorDetails.BUFFER_INCOMPATIBLE_CODECS_ERROR,
]);

function toTrouble(data: ErrorData): MediaTrouble {
  if (codecTroubles.has(data.details)) return { kind: "unsupported" };
  // hls.js says 0 where no answer came
  if (data.type === ErrorTypes.NETWORK_ERROR) {
    return { kind: "network", httpStatus: data.response?.code || undefined };
  }
  return data.type === ErrorTypes.KEY_SYSTEM_ERROR ? { kind: "unsupported" } : { kind: "decode" };
}
