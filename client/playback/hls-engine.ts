import Hls, { Events, type HlsConfig, type Level } from "hls.js";
import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import { toRung, toTrouble } from "./hls-facts.ts";
import { HlsWithSwarm, Swarm, type SwarmWindows, toSwarmConfig } from "./hls-swarm.ts";
import { createMediaLoader } from "./media-loader.ts";
import { toUrgentWindowSeconds } from "./peer.rules.ts";
import type { PlaybackEngine, PlaybackEngineEvents } from "./playback-engine.port.ts";
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
const swarmWindows: SwarmWindows = { urgentSeconds: bufferSeconds, prefetchSeconds: 60, peerSeconds: 240 };

/** Can this browser play by Media Source Extensions? */
export function isHlsEngineSupported(): boolean {
  return Hls.isSupported();
}

/** Starts to play by hls.js; the swarm stays closed until {@link PlaybackEngine.setSharing}. */
export function openHlsEngine(options: HlsEngineOptions): PlaybackEngine {
  const { video, events } = options;
  const tally = new SwarmTally();
  let grant = options.grant;

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
    p2p: {
      core: toSwarmConfig({
        policy: grant.p2p,
        mediaUrl: grant.hlsUrl,
        grantedUrl: () => grant.hlsUrl,
        hashes: options.hashes,
        windows: swarmWindows,
      }),
    },
  });
  const swarm = new Swarm({
    p2p: hls.p2pEngine,
    tally,
    isPossible: grant.p2p.mode === "on",
    toUrgentSeconds: toUrgentWindowSeconds,
    onPeers: events.peersChanged,
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
    setSharing: (isOn) => swarm.setSharing(isOn),
    renew: (newGrant) => {
      grant = newGrant;
      swarm.renew(newGrant.p2p, bufferSeconds);
    },
    reload: () => hls.startLoad(-1),
    recoverDecoder: () => hls.recoverMediaError(),
    bandwidthBps: () => (Number.isFinite(hls.bandwidthEstimate) ? Math.round(hls.bandwidthEstimate) : 0),
    readSwarm: () => swarm.read(),
    close: () => {
      options.start.close();
      hls.destroy();
      swarm.close();
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

function toStartLevel(levels: readonly Level[], variantUrl: string | undefined): number {
  const index = levels.findIndex((level) => toAbsolutePath(level.uri, "/") === variantUrl);
  return Math.max(0, index);
}
