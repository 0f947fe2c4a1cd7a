import { createStore } from "solid-js/store";
import type { StreamNews } from "#common/live/live-events.ts";
import type { LivePlaybackGrant } from "#common/live/live-grant.ts";
import { isOnAir, type StreamState } from "#common/live/stream-state.ts";
import { isMeteredNetwork } from "../../playback/metered-network.ts";
import { type PeerSharing, toPeerSharing } from "../../playback/peer.rules.ts";
import { preferences, rememberPreferences } from "../../playback/preferences.store.ts";
import type {
  LiveEngine,
  LiveEngineFailure,
  LiveEngineReading,
  LiveQuality,
  LiveWay,
  LiveWindow,
} from "../live-engine.port.ts";
import { hlsMaxLatencySeconds } from "../live-timeline.rules.ts";
import { ServerClock } from "../server-clock.ts";
import { createEngine } from "./create-engine.ts";
import { EngineRelay } from "./engine-relay.ts";
import { openGrantKeeper } from "./grant-keeper.ts";
import type { HearAnswer } from "./live.api.ts";
import type { LiveMedia } from "./live-media.ts";
import {
  chooseWay,
  hlsStartMs,
  type LiveWish,
  liveEdgeSeconds,
  webrtcSilenceMs,
  webrtcStartMs,
} from "./live-way.rules.ts";
import { startPlaying } from "./start-playing.ts";
import { TimerSet } from "./timer-set.ts";
import { WayHealth } from "./way-health.ts";

/** `waiting`: there is nothing to watch now. `interrupted`: the picture stands still and should not. */
export type LivePhase = "starting" | "playing" | "interrupted" | "waiting" | "gone" | "unsupported";

/** What the player shows. */
export interface LivePlaybackState {
  phase: LivePhase;
  /** The way of the picture that is on screen. */
  way: LiveWay | undefined;
  grant: LivePlaybackGrant | undefined;
  /** `false`: the viewer went back, or stopped for a while. */
  isFollowing: boolean;
  isPaused: boolean;
  /** The browser plays without sound until somebody presses something. */
  isSilenced: boolean;
  /** What is on screen was sent so long ago; `undefined`: not known. */
  behindSeconds: number | undefined;
  qualities: readonly LiveQuality[];
  selectedQuality: string;
  sharing: PeerSharing;
  peerCount: number;
}

/** The one owner of a live playback: components ask here, and only its answers change what they see. */
export interface LivePlayback {
  readonly state: LivePlaybackState;
  /** What the page heard of the stream. */
  hear(news: Pick<StreamNews, "state" | "grantVersion" | "broadcastId">): void;
  /** It has ended: nothing is asked for any more until it is on air again. */
  stop(): void;
  /** News may have been missed: asks how the stream may be watched now. */
  refresh(): void;
  choose(wish: LiveWish): void;
  selectQuality(value: string): void;
  /** The viewer's answer about peers; remembered. */
  answerSharing(isAgreed: boolean): void;
  play(): void;
  pause(): void;
  seekBy(seconds: number): void;
  /** 0: as far back as one can go, 1: live. */
  seekToShare(share: number): void;
  goLive(): void;
  turnSoundOn(): void;
  /** Where one can go; `undefined`: nowhere but live. */
  window(): LiveWindow | undefined;
  read(): LiveEngineReading;
  close(): void;
}

const tickMs = 250;
/** On air, but nothing to watch: the news of it may have been lost. */
const nothingYetMs = 2_500;
/** A grant and the news of a moment may cross each other on the way. */
const staleMs = 200;
/** Shorter pauses are no wish to watch later. */
const shortPauseMs = 2_000;
const noReading: LiveEngineReading = { swarm: undefined, realtime: undefined, bandwidthBps: 0 };

/** Begins to watch a stream in an element; `close` ends everything that this began. */
export function openLivePlayback(options: {
  readonly media: LiveMedia;
  readonly streamId: string;
  /** Asked for before the player was there. */
  readonly grant?: Promise<LivePlaybackGrant>;
}): LivePlayback {
  const { media, streamId } = options;
  const closed = new AbortController();
  const { signal } = closed;
  const clock = new ServerClock();
  const timers = new TimerSet();
  const openedAtMs = Date.now();
  const [state, setState] = createStore<LivePlaybackState>({
    phase: "starting",
    way: undefined,
    grant: undefined,
    isFollowing: true,
    isPaused: false,
    isSilenced: false,
    behindSeconds: undefined,
    qualities: [],
    selectedQuality: "auto",
    sharing: { name: "off", reason: "unsupported" },
    peerCount: 0,
  });
  let streamState: StreamState | undefined;
  let grantVersion: number | undefined;
  let broadcastId: string | null = null;
  /** Where HLS begins when it begins; `undefined`: live. */
  let startAtMs: number | undefined;
  let pausedAt: { programmeMs: number; clockMs: number } | undefined;
  const health = new WayHealth(timers, decide);

  const answered: HearAnswer = (response, sentAtMs) => {
    const { headers } = response;
    clock.learn({ date: headers.get("date"), age: headers.get("age") }, sentAtMs, Date.now());
  };
  const relay = new EngineRelay({
    media,
    create: async (way, video, events) => {
      const { grant } = state;
      if (!grant) throw new Error("an engine needs a grant");
      const source = () => state.grant ?? grant;
      return createEngine({ way, video, events, streamId, source, startAtMs, clock, answered });
    },
    events: {
      sourced: () => !state.isPaused && playFront(),
      shown,
      interrupted,
      resumed,
      failed,
      qualitiesKnown: (qualities) => setState({ qualities, selectedQuality: "auto" }),
      peersChanged: (peerCount) => setState({ peerCount }),
    },
  });
  const grants = openGrantKeeper({
    streamId,
    ...(options.grant && { first: options.grant }),
    answered,
    nowMs: () => clock.nowMs(),
    accepted,
    gone,
  });
  media.owner = {
    play,
    pause,
    isPaused: () => state.isPaused,
    positionSeconds: () => toBroadcastSeconds(state.isFollowing ? clock.nowMs() : positionMs()),
    seekTo: (seconds) => seekTo(originMs() + seconds * 1000),
    seekable: () => {
      const now = readWindow();
      const toSeconds = toBroadcastSeconds;
      return now && { startSeconds: toSeconds(now.startMs), endSeconds: toSeconds(now.endMs) };
    },
  };
  timers.every("tick", tickMs, tick);
  window.addEventListener("online", grants.ask, { signal });
  media.addEventListener("volumechange", () => !media.muted && setState({ isSilenced: false }), { signal });

  // ── what may be watched ──

  function accepted(grant: LivePlaybackGrant): void {
    const isOtherBroadcast =
      grant.broadcastId !== null && broadcastId !== null && grant.broadcastId !== broadcastId;
    broadcastId = grant.broadcastId ?? broadcastId;
    if (isOtherBroadcast) beginAnew();
    setState({ grant });
    relay.shown?.renew(grant);
    // older than the news
    if (streamState !== undefined && grant.state !== streamState) timers.after("stale", staleMs, grants.ask);
    decide();
  }

  function gone(): void {
    relay.close();
    grants.close();
    setState({ phase: "gone", way: undefined });
  }

  /** The streamer has ended and begun again: nothing of the broadcast before counts. */
  function beginAnew(): void {
    relay.close();
    startAtMs = undefined;
    health.forget();
    setState({ phase: "starting", way: undefined, isFollowing: true, behindSeconds: undefined });
  }

  // ── the way ──

  /** Chooses the way by all that is known, and sets out on it where it is another one. */
  function decide(): void {
    const { grant, isFollowing } = state;
    if (!grant || signal.aborted) return;
    // who paused it chose that picture; and while the streamer is away no way has a newer one
    if (relay.shown && (state.isPaused || (streamState === "reconnecting" && isFollowing))) return;
    const wanted = chooseWay({
      grant,
      wish: preferences.liveWish,
      isRewound: !isFollowing,
      canWebrtc: health.isAble("webrtc"),
      canHls: health.isAble("hls") && !health.isResting("hls"),
      isWebrtcTroubled: health.isResting("webrtc"),
      isOnWebrtc: relay.shown?.way === "webrtc",
    });
    if (wanted === undefined) {
      haveNothing(grant);
      return;
    }
    timers.stop("nothing");
    if (relay.comingWay === wanted) return;
    relay.drop();
    if (relay.shown?.way !== wanted) relay.begin(wanted, wanted === "webrtc" ? webrtcStartMs : hlsStartMs);
    if (state.phase === "waiting") setState({ phase: relay.shown ? "playing" : "starting" });
  }

  function haveNothing(grant: LivePlaybackGrant): void {
    relay.drop();
    if (!health.isAnyAble) setState({ phase: "unsupported" });
    else if (!relay.shown) setState({ phase: "waiting" });
    const isExpected = grant.mode !== "waiting" || (streamState !== undefined && isOnAir(streamState));
    if (isExpected && !timers.isWaiting("nothing")) timers.after("nothing", nothingYetMs, grants.ask);
  }

  function shown(engine: LiveEngine): void {
    health.worked(engine.way);
    timers.stop("silence");
    startAtMs = undefined;
    engine.setFollowing(state.isFollowing);
    engine.setOnAir(streamState !== "reconnecting");
    setState({ phase: "playing", way: engine.way, selectedQuality: "auto" });
    if (!state.isPaused) playFront();
    updateSharing();
    tick();
  }

  function interrupted(): void {
    setState({ phase: "interrupted" });
    timers.after("silence", webrtcSilenceMs, () => {
      // while the streamer is away the other way has nothing either
      if (relay.shown?.way !== "webrtc" || streamState === "reconnecting") return;
      health.failed("webrtc");
      grants.ask();
      decide();
    });
  }

  function resumed(): void {
    timers.stop("silence");
    if (relay.shown) health.mayTry(relay.shown.way);
    setState({ phase: "playing" });
    decide();
  }

  function failed(way: LiveWay, failure: LiveEngineFailure, isShown: boolean): void {
    if (!isShown) relay.drop();
    // it was to take the viewer from the past to now
    const isFarBehind = (state.behindSeconds ?? 0) > hlsMaxLatencySeconds;
    if (!isShown && state.isFollowing && isFarBehind) relay.shown?.seekTo("live");
    if (failure === "unsupported") health.cannot(way);
    else health.failed(way);
    // whatever it was: the server knows what is possible now, and until it answers there may be another way
    grants.ask();
    decide();
  }

  // ── time ──

  const originMs = () => (state.grant?.startedAt ? Date.parse(state.grant.startedAt) : openedAtMs);
  const toBroadcastSeconds = (atMs: number) => Math.max(0, (atMs - originMs()) / 1000);
  const positionMs = () => pausedAt?.programmeMs ?? startAtMs ?? relay.shown?.playingAtMs() ?? clock.nowMs();

  function readWindow(): LiveWindow | undefined {
    const { grant } = state;
    const endMs = clock.nowMs();
    const ofEngine = relay.shown?.window();
    if (ofEngine) return { startMs: ofEngine.startMs, endMs: Math.max(endMs, ofEngine.endMs) };
    if (!grant?.startedAt || grant.hlsUrl === null || !health.isAble("hls")) return undefined;
    const reachMs = grant.dvrWindowSeconds > 0 ? endMs - grant.dvrWindowSeconds * 1000 : 0;
    return { startMs: Math.max(Date.parse(grant.startedAt), reachMs), endMs };
  }

  function tick(): void {
    const { shown: engine } = relay;
    const atMs = pausedAt?.programmeMs ?? engine?.playingAtMs();
    const behindSeconds = atMs === undefined ? undefined : Math.max(0, (clock.nowMs() - atMs) / 1000);
    setState({ behindSeconds });
    // hashes come with the playlists
    const { sharing } = state;
    if (sharing.name === "off" && sharing.reason === "no_integrity" && engine?.areHashesWhole())
      updateSharing();
    media.tick();
  }

  /** Who watches by WebRTC and goes back five seconds wants to see something again. */
  const toEdgeSeconds = () => (state.way === "webrtc" ? 1 : liveEdgeSeconds);

  function seekTo(atMs: number): void {
    const now = readWindow();
    if (!now || atMs >= now.endMs - toEdgeSeconds() * 1000) {
      goLive();
      return;
    }
    const target = Math.max(now.startMs, atMs);
    setState({ isFollowing: false });
    pausedAt = undefined;
    if (relay.shown?.way === "hls") {
      relay.drop();
      relay.shown.seekTo(target);
    } else {
      startAtMs = target;
      relay.drop();
    }
    if (state.isPaused) play();
    else decide();
  }

  function goLive(): void {
    startAtMs = undefined;
    pausedAt = undefined;
    setState({ isFollowing: true });
    if (state.isPaused) play();
    else decide();
    // else the nearer way is there in a moment, and one jump is enough
    if (relay.comingWay === undefined) relay.shown?.seekTo("live");
  }

  // ── playing ──

  function play(): void {
    const stoppedAt = pausedAt;
    pausedAt = undefined;
    setState({ isPaused: false });
    relay.shown?.setLooking(true);
    const stoppedForMs = stoppedAt ? Date.now() - stoppedAt.clockMs : 0;
    const isLong = stoppedForMs > (relay.shown?.way === "webrtc" ? liveEdgeSeconds * 1000 : shortPauseMs);
    if (stoppedAt && isLong && readWindow()) {
      setState({ isFollowing: false });
      if (relay.shown?.way === "webrtc") startAtMs = stoppedAt.programmeMs;
    }
    relay.shown?.setFollowing(state.isFollowing);
    // a picture of WebRTC waits for the one of the past
    if (startAtMs === undefined || relay.shown?.way === "hls") playFront();
    decide();
  }

  function pause(): void {
    pausedAt = { programmeMs: positionMs(), clockMs: Date.now() };
    setState({ isPaused: true });
    relay.shown?.setLooking(false);
    relay.shown?.setFollowing(false);
    media.front.pause();
  }

  function playFront(): void {
    void startPlaying(media).then((start) => {
      if (start === "silenced") setState({ isSilenced: true });
      else if (start === "refused") setState({ isPaused: true });
    });
  }

  function updateSharing(): void {
    const { grant } = state;
    const engine = relay.shown;
    if (!grant || !engine) return;
    const sharing = toPeerSharing({
      policy: grant.p2p,
      hasHashes: engine.areHashesWhole(),
      consent: preferences.peerConsent,
      isMetered: isMeteredNetwork(),
      isEmbedded: false,
      isBrowserAble: engine.way === "hls" && "RTCPeerConnection" in window && "subtle" in crypto,
    });
    setState({ sharing });
    engine.setSharing(sharing.name === "on");
  }

  return {
    state,
    hear: (news) => {
      const isFirst = grantVersion === undefined;
      const isOther = news.grantVersion !== grantVersion || news.state !== streamState;
      const isNew = isFirst ? state.grant !== undefined && state.grant.state !== news.state : isOther;
      // what troubled it may have been the streamer's absence
      const isBack = streamState === "reconnecting" && news.state === "live";
      if (!isFirst && (isBack || news.grantVersion !== grantVersion)) health.mayTry("webrtc");
      grantVersion = news.grantVersion;
      streamState = news.state;
      relay.shown?.setOnAir(news.state !== "reconnecting");
      if (isNew) grants.ask();
    },
    stop: () => {
      relay.close();
      startAtMs = undefined;
      pausedAt = undefined;
      setState({
        phase: "waiting",
        way: undefined,
        isFollowing: true,
        isPaused: false,
        behindSeconds: undefined,
      });
    },
    refresh: grants.ask,
    choose: (wish) => {
      rememberPreferences({ liveWish: wish });
      if (wish === "low_latency") health.mayTry("webrtc");
      decide();
    },
    selectQuality: (value) => {
      setState({ selectedQuality: value });
      relay.shown?.selectQuality(value);
    },
    answerSharing: (isAgreed) => {
      rememberPreferences({ peerConsent: isAgreed ? "given" : "refused" });
      updateSharing();
    },
    play,
    pause,
    seekBy: (seconds) => seekTo(positionMs() + seconds * 1000),
    seekToShare: (share) => {
      const now = readWindow();
      if (now) seekTo(now.startMs + (now.endMs - now.startMs) * share);
    },
    goLive,
    turnSoundOn: () => {
      media.muted = false;
      if (media.volume === 0) media.volume = 1;
      setState({ isSilenced: false });
      if (!state.isPaused) playFront();
    },
    window: readWindow,
    read: () => relay.shown?.read() ?? noReading,
    close: () => {
      if (signal.aborted) return;
      closed.abort();
      timers.close();
      grants.close();
      relay.close();
      media.owner = undefined;
    },
  };
}
