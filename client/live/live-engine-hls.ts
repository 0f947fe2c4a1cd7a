import Hls, { Events, type HlsConfig, type LevelDetails } from "hls.js";
import { assertNever } from "#common/errors.ts";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import type { MediaTrouble } from "../playback/failure.rules.ts";
import { onFirstFrame } from "../playback/first-frame.ts";
import { toRung, toTrouble } from "../playback/hls-facts.ts";
import { HlsWithSwarm, Swarm, toSwarmConfig } from "../playback/hls-swarm.ts";
import { createMediaLoader } from "../playback/media-loader.ts";
import type { Rung } from "../playback/playback-engine.port.ts";
import { withGrantOf } from "../playback/playlist.rules.ts";
import { SegmentHashes } from "../playback/segment-hashes.ts";
import { StartMedia } from "../playback/start-media.ts";
import { SwarmTally } from "../playback/swarm-tally.ts";
import type { LiveEngine, LiveEngineEvents, LiveQuality } from "./live-engine.port.ts";
import {
  type DatedFragment,
  hlsCatchUpRate,
  hlsMaxLatencySeconds,
  hlsSyncSeconds,
  toLiveUrgentSeconds,
  toMediaSeconds,
  toProgrammeMs,
} from "./live-timeline.rules.ts";

/** What watching by HLS needs. */
export interface LiveHlsEngineOptions {
  readonly video: HTMLVideoElement;
  readonly grant: LivePlaybackGrant;
  readonly hlsUrl: string;
  /** Begins at this moment of the server's clock instead of live. */
  readonly startAtMs: number | undefined;
  readonly bandwidthBps: number;
  readonly events: LiveEngineEvents;
  /** The `Date` and `Age` of an answer, and when it was asked for and there. */
  answered(
    headers: { date: string | null; age: string | null },
    sentAtMs: number,
    receivedAtMs: number,
  ): void;
}

const bufferSeconds = 30;
const backBufferSeconds = 30;
const retryMs = 700;
const maxDecoderRecoveries = 3;
/** Hashes of some hours of four rungs and a sound. */
const maxHashes = 20_000;
const swarmWindows = { urgentSeconds: bufferSeconds, prefetchSeconds: 12, peerSeconds: 30 };

/** Can this browser play live HLS by Media Source Extensions? */
export function isLiveHlsSupported(): boolean {
  return Hls.isSupported();
}

/** Starts to play live by hls.js, near live or at a moment; it heals itself as long as the playlists may come back. */
export function openLiveHlsEngine(options: LiveHlsEngineOptions): LiveEngine {
  const { video, events } = options;
  const closed = new AbortController();
  const { signal } = closed;
  const hashes = new SegmentHashes(maxHashes);
  const tally = new SwarmTally();
  let hlsUrl = options.hlsUrl;
  let startAtMs = options.startAtMs;
  let retryTimer: number | undefined;
  let decoderRecoveries = 0;
  let isDry = false;

  const hls = new HlsWithSwarm({
    ...toHlsConfig(options.bandwidthBps),
    loader: createMediaLoader({
      playlists: {},
      start: new StartMedia([]),
      onPlaylist: (text, url) => hashes.read(text, url),
      onServerBytes: (bytes) => tally.receivedFromServer(bytes),
    }),
    xhrSetup: (xhr, url) => {
      xhr.open("GET", withGrantOf(url, hlsUrl), true);
      readClock(xhr);
    },
    p2p: {
      core: toSwarmConfig({
        policy: options.grant.p2p,
        mediaUrl: hlsUrl,
        grantedUrl: () => hlsUrl,
        hashes,
        windows: swarmWindows,
      }),
    },
  });
  const swarm = new Swarm({
    p2p: hls.p2pEngine,
    tally,
    isPossible: options.grant.p2p.mode === "on",
    toUrgentSeconds: toLiveUrgentSeconds,
    onPeers: events.peersChanged,
  });

  hls.on(Events.MANIFEST_PARSED, (_, { levels }) => {
    events.qualitiesKnown(toQualities(levels.map(toRung)));
    hls.startLoad(-1);
  });
  hls.on(Events.LEVEL_UPDATED, (_, { details }) => {
    if (startAtMs === undefined) return;
    const seconds = toMediaSeconds(toDated(details), startAtMs);
    startAtMs = undefined;
    // what it had begun to load for live is dropped
    if (seconds !== undefined && seconds < (hls.liveSyncPosition ?? 0)) hls.startLoad(seconds);
    else follow(true);
  });
  hls.on(Events.FRAG_BUFFERED, () => {
    decoderRecoveries = 0;
  });
  hls.on(Events.ERROR, (_, data) => {
    if (data.fatal) recover(toTrouble(data));
  });
  follow(startAtMs === undefined);
  onFirstFrame(video, signal, events.started);
  video.addEventListener("waiting", ranDry, { signal });
  video.addEventListener("ended", ranDry, { signal });
  video.addEventListener("playing", goesOn, { signal });
  hls.attachMedia(video);
  hls.loadSource(hlsUrl);
  events.sourced();

  /** Follows live: catches up, and jumps when it is far behind. Else it stays where it was put. */
  function follow(isFollowing: boolean): void {
    hls.config.maxLiveSyncPlaybackRate = isFollowing ? hlsCatchUpRate : 1;
    hls.config.liveMaxLatencyDuration = isFollowing ? hlsMaxLatencySeconds : Number.POSITIVE_INFINITY;
    if (!isFollowing) video.playbackRate = 1;
  }

  function ranDry(): void {
    const hasMore = !video.ended && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    if (isDry || video.seeking || hasMore) return;
    isDry = true;
    events.interrupted();
  }

  function goesOn(): void {
    if (!isDry) return;
    isDry = false;
    events.resumed();
  }

  function recover(trouble: MediaTrouble): void {
    switch (trouble.kind) {
      case "unsupported":
        events.failed("unsupported");
        break;
      case "decode":
        decoderRecoveries += 1;
        if (decoderRecoveries > maxDecoderRecoveries) events.failed("unsupported");
        else hls.recoverMediaError();
        break;
      case "network":
        if (trouble.httpStatus === 401 || trouble.httpStatus === 403) events.failed("refused");
        // a playlist that is gone may be there again in a moment, and asking costs nothing
        if (trouble.httpStatus === 404 && hls.levels.length === 0) events.failed("gone");
        window.clearTimeout(retryTimer);
        retryTimer = window.setTimeout(reload, retryMs);
        break;
      default:
        assertNever(trouble);
    }
  }

  function reload(): void {
    if (hls.levels.length === 0) hls.loadSource(hlsUrl);
    else hls.startLoad(-1);
  }

  function readClock(xhr: XMLHttpRequest): void {
    const sentAtMs = Date.now();
    const read = () => {
      if (xhr.readyState < XMLHttpRequest.HEADERS_RECEIVED) return;
      xhr.removeEventListener("readystatechange", read);
      const headers = { date: xhr.getResponseHeader("date"), age: xhr.getResponseHeader("age") };
      options.answered(headers, sentAtMs, Date.now());
    };
    xhr.addEventListener("readystatechange", read);
  }

  const fragments = () => toDated(hls.latestLevelDetails);
  return {
    way: "hls",
    video,
    playingAtMs: () => hls.playingDate?.getTime() ?? toProgrammeMs(fragments(), video.currentTime),
    window: () => {
      const all = fragments();
      const [first, last] = [all[0], all.at(-1)];
      if (!first || !last) return undefined;
      return { startMs: first.atMs, endMs: last.atMs + last.durationSeconds * 1000 };
    },
    seekTo: (at) => {
      follow(at === "live");
      const seconds = at === "live" ? hls.liveSyncPosition : toMediaSeconds(fragments(), at);
      if (seconds !== null && seconds !== undefined)
        video.currentTime = Math.min(seconds, hls.liveSyncPosition ?? seconds);
    },
    setFollowing: follow,
    selectQuality: (value) => {
      hls.nextLevel = value === "auto" ? -1 : Number(value);
    },
    setSharing: (isOn) => swarm.setSharing(isOn),
    areHashesWhole: () => hashes.areWhole,
    renew: (grant) => {
      if (grant.hlsUrl === null) return;
      hlsUrl = grant.hlsUrl;
      swarm.renew(grant.p2p, swarmWindows.urgentSeconds);
      reload();
    },
    setOnAir: () => {},
    setLooking: () => {},
    read: () => ({
      swarm: swarm.read(),
      realtime: undefined,
      bandwidthBps: Number.isFinite(hls.bandwidthEstimate) ? Math.round(hls.bandwidthEstimate) : 0,
    }),
    close: () => {
      if (signal.aborted) return;
      closed.abort();
      window.clearTimeout(retryTimer);
      hls.destroy();
      swarm.close();
    },
  };
}

function toHlsConfig(bandwidthBps: number): Partial<HlsConfig> {
  const retry = { maxNumRetry: 6, retryDelayMs: 400, maxRetryDelayMs: 1_500 };
  const policy = {
    default: { maxTimeToFirstByteMs: 4_000, maxLoadTimeMs: 12_000, timeoutRetry: retry, errorRetry: retry },
  };
  return {
    autoStartLoad: false,
    enableWorker: false,
    enableInterstitialPlayback: false,
    useMediaCapabilities: false,
    testBandwidth: false,
    renderTextTracksNatively: false,
    // catching up is part of it; there are no parts
    lowLatencyMode: true,
    liveSyncDuration: hlsSyncSeconds,
    liveMaxLatencyDuration: hlsMaxLatencySeconds,
    maxLiveSyncPlaybackRate: hlsCatchUpRate,
    liveDurationInfinity: true,
    abrEwmaDefaultEstimate: bandwidthBps,
    capLevelToPlayerSize: true,
    maxBufferLength: bufferSeconds,
    maxMaxBufferLength: bufferSeconds,
    backBufferLength: backBufferSeconds,
    manifestLoadPolicy: policy,
    playlistLoadPolicy: policy,
    fragLoadPolicy: policy,
  };
}

function toDated(details: LevelDetails | null | undefined): DatedFragment[] {
  return (details?.fragments ?? []).flatMap(({ start, duration, programDateTime }) =>
    programDateTime === null || programDateTime === undefined
      ? []
      : [{ startSeconds: start, durationSeconds: duration, atMs: programDateTime }],
  );
}

function toQualities(rungs: readonly Rung[]): LiveQuality[] {
  const falling = rungs.toSorted((a, b) => b.bitrateBps - a.bitrateBps);
  return [
    { value: "auto", label: "Auto" },
    ...falling.map(({ index, widthPx, heightPx }) => ({
      value: String(index),
      label: `${Math.min(widthPx, heightPx)}p`,
    })),
  ];
}
