import { batch } from "solid-js";
import { createStore } from "solid-js/store";
import { assertNever } from "#common/errors.ts";
import type { PlaybackGrant } from "#common/playback/playback-grant.ts";
import {
  type MediaTrouble,
  type PlaybackFailure,
  type RecoveryStep,
  toGrantFailure,
  toRecoveryStep,
} from "./failure.rules.ts";
import { onFirstFrame } from "./first-frame.ts";
import { isMeteredNetwork } from "./metered-network.ts";
import { isNativeEngineSupported, openNativeEngine } from "./native-engine.ts";
import { type PeerSharing, toPeerSharing } from "./peer.rules.ts";
import { requestGrant, toRefusalCode } from "./playback.api.ts";
import type { AudioChoice, PlaybackEngine, PlaybackEngineEvents, Rung } from "./playback-engine.port.ts";
import { preferences, rememberPreferences } from "./preferences.store.ts";
import { type PreparedPlayback, takePlayback, toPreparedPlayback } from "./prefetch.ts";
import { SegmentHashes } from "./segment-hashes.ts";
import type { SwarmReading } from "./swarm-tally.ts";

/** Where a playback stands. `starting`: no frame was painted yet. */
export type PlaybackPhase =
  | { readonly name: "starting" }
  | { readonly name: "started" }
  | { readonly name: "recovering"; readonly attempt: number }
  | { readonly name: "failed"; readonly failure: PlaybackFailure };

/** What the player shows. */
export interface PlaybackState {
  phase: PlaybackPhase;
  grant: PlaybackGrant | undefined;
  rungs: readonly Rung[];
  selectedRung: number | "auto";
  shownRung: number | undefined;
  audios: readonly AudioChoice[];
  heardAudio: number;
  sharing: PeerSharing;
  peerCount: number;
  resumedAtSeconds: number | undefined;
  engineKind: PlaybackEngine["kind"] | undefined;
}

/** The one owner of a playback: components ask here, and only its answers change what they see. */
export interface Playback {
  readonly state: PlaybackState;
  selectRung(index: number | "auto"): void;
  selectAudio(index: number): void;
  /** The viewer's answer about peers; remembered. */
  answerSharing(isAgreed: boolean): void;
  /** Tries again after a failure. */
  retry(): void;
  startOver(): void;
  readSwarm(): SwarmReading;
  bandwidthBps(): number;
  close(): void;
}

/** Before its end a grant is renewed this early. */
const renewAheadMs = 60_000;
const renewRetryMs = 15_000;
const patientRetryMs = 4_000;
const maxTimerMs = 2 ** 31 - 1;

const emptySwarm: SwarmReading = { peers: [], receivedBytes: 0, sentBytes: 0, serverBytes: 0 };

/** Begins to play a video into an element; `close` ends everything that this began. */
export function openPlayback(options: {
  readonly video: HTMLVideoElement;
  readonly videoId: string;
  readonly isEmbedded: boolean;
}): Playback {
  const { video, videoId, isEmbedded } = options;
  const closed = new AbortController();
  const [state, setState] = createStore<PlaybackState>({
    phase: { name: "starting" },
    grant: undefined,
    rungs: [],
    selectedRung: "auto",
    shownRung: undefined,
    audios: [],
    heardAudio: -1,
    sharing: { name: "off", reason: "unsupported" },
    peerCount: 0,
    resumedAtSeconds: undefined,
    engineKind: undefined,
  });
  const hashes = new SegmentHashes();
  let engine: PlaybackEngine | undefined;
  let attempt = 0;
  /** Where it stood when it failed. */
  let lastSeconds: number | undefined;
  let recoveryTimer: number | undefined;
  let renewalTimer: number | undefined;

  const events: PlaybackEngineEvents = {
    rungsKnown: (rungs) => setState({ rungs }),
    rungShown: (shownRung) => setState({ shownRung }),
    audioKnown: (audios) => setState({ audios }),
    audioHeard: (heardAudio) => setState({ heardAudio }),
    peersChanged: (peerCount) => setState({ peerCount }),
    progressed: () => {
      attempt = 0;
      if (state.phase.name === "recovering") setState({ phase: { name: "started" } });
    },
    troubled: (trouble) => recover(trouble),
  };

  onFirstFrame(video, closed.signal, started);
  window.addEventListener("pagehide", rememberBandwidth, { signal: closed.signal });
  const cameOnline = () => state.phase.name === "failed" && isPassing(state.phase.failure) && retry();
  window.addEventListener("online", cameOnline, { signal: closed.signal });
  void begin(takePlayback(videoId));

  /** From the first frame on neither a full buffer nor peers can delay it. */
  function started(): void {
    setState({ phase: { name: "started" } });
    updateSharing();
    engine?.loadAhead();
  }

  async function begin(preparing: Promise<PreparedPlayback>): Promise<void> {
    // loaded while the grant is on its way
    const engineCode = import("./hls-engine.ts");
    try {
      const prepared = await preparing;
      if (closed.signal.aborted) return prepared.start.close();
      acceptGrant(prepared.grant);
      await openEngine(prepared, engineCode);
    } catch (error) {
      if (!closed.signal.aborted) fail(toGrantFailure(toRefusalCode(error)));
    }
  }

  async function openEngine(
    prepared: PreparedPlayback,
    engineCode: Promise<typeof import("./hls-engine.ts")>,
  ): Promise<void> {
    const { grant, start } = prepared;
    const { isHlsEngineSupported, openHlsEngine } = await engineCode;
    if (closed.signal.aborted) return start.close();
    const startSeconds = state.resumedAtSeconds ?? 0;
    if (isHlsEngineSupported()) {
      const { bandwidthBps, plan } = prepared;
      const startVariantUrl = plan?.variantUrl;
      engine = openHlsEngine({
        video,
        grant,
        hashes,
        start,
        startVariantUrl,
        startSeconds,
        bandwidthBps,
        events,
      });
    } else {
      start.close();
      if (!isNativeEngineSupported(video)) return fail("unsupported");
      engine = openNativeEngine({ video, grant, startSeconds, events });
    }
    setState({ engineKind: engine.kind });
  }

  function acceptGrant(grant: PlaybackGrant): void {
    batch(() => {
      if (!state.grant && grant.resumeAtSeconds > 0) setState({ resumedAtSeconds: grant.resumeAtSeconds });
      setState({ grant });
    });
    scheduleRenewal(grant);
  }

  function scheduleRenewal({ expiresAt }: PlaybackGrant): void {
    window.clearTimeout(renewalTimer);
    if (expiresAt === null) return;
    const leftMs = Date.parse(expiresAt) - Date.now();
    const waitMs = Math.max(renewRetryMs / 3, leftMs - Math.min(renewAheadMs, leftMs / 2));
    renewalTimer = window.setTimeout(() => void renewOnTime(), Math.min(waitMs, maxTimerMs));
  }

  async function renewOnTime(): Promise<void> {
    const failure = await renew();
    if (!failure || closed.signal.aborted) return;
    // a server that is away may come back; one that says no has decided
    if (!isPassing(failure)) fail(failure);
    else renewalTimer = window.setTimeout(() => void renewOnTime(), renewRetryMs);
  }

  /** Gets newer addresses; answers why it could not. */
  async function renew(): Promise<PlaybackFailure | undefined> {
    try {
      const grant = await requestGrant(videoId, closed.signal);
      acceptGrant(grant);
      engine?.renew(grant);
      return undefined;
    } catch (error) {
      return closed.signal.aborted ? undefined : toGrantFailure(toRefusalCode(error));
    }
  }

  function recover(trouble: MediaTrouble): void {
    if (state.phase.name === "failed") return;
    let step = toRecoveryStep(trouble, attempt);
    // while the buffer lasts nobody needs to know
    if (step.name === "give_up" && trouble.kind === "network" && isPlayingOn(video)) {
      step = { name: "renew_grant", delayMs: patientRetryMs };
    }
    attempt += 1;
    if (state.phase.name !== "starting") setState({ phase: { name: "recovering", attempt } });
    window.clearTimeout(recoveryTimer);
    const delayMs = "delayMs" in step ? step.delayMs : 0;
    recoveryTimer = window.setTimeout(() => void takeStep(step, trouble), delayMs);
  }

  async function takeStep(step: RecoveryStep, trouble: MediaTrouble): Promise<void> {
    switch (step.name) {
      case "give_up":
        return fail(step.failure);
      case "recover_decoder":
        return engine?.recoverDecoder();
      case "reload_media":
        return engine?.reload();
      case "renew_grant": {
        const failure = await renew();
        if (closed.signal.aborted) return;
        if (!failure) engine?.reload();
        else if (isPassing(failure)) recover(trouble);
        else fail(failure);
        return;
      }
      default:
        return assertNever(step);
    }
  }

  function fail(failure: PlaybackFailure): void {
    window.clearTimeout(recoveryTimer);
    window.clearTimeout(renewalTimer);
    if (video.currentTime > 0) lastSeconds = video.currentTime;
    rememberBandwidth();
    engine?.close();
    engine = undefined;
    setState({ phase: { name: "failed", failure }, peerCount: 0 });
  }

  function retry(): void {
    if (state.phase.name !== "failed") return;
    attempt = 0;
    setState({ phase: { name: "starting" }, resumedAtSeconds: lastSeconds });
    onFirstFrame(video, closed.signal, started);
    const preparing = requestGrant(videoId, closed.signal);
    void begin(preparing.then((grant) => toPreparedPlayback(grant, lastSeconds ?? grant.resumeAtSeconds)));
    void video.play().catch(() => {});
  }

  function rememberBandwidth(): void {
    const bandwidthBps = engine?.bandwidthBps() ?? 0;
    if (bandwidthBps > 0) rememberPreferences({ bandwidthBps });
  }

  function updateSharing(): void {
    const grant = state.grant;
    if (!grant) return;
    const sharing = toPeerSharing({
      policy: grant.p2p,
      hasHashes: hashes.areWhole,
      consent: preferences.peerConsent,
      isMetered: isMeteredNetwork(),
      isEmbedded,
      isBrowserAble: engine?.kind === "hls.js" && "RTCPeerConnection" in window && "subtle" in crypto,
    });
    setState({ sharing });
    engine?.setSharing(sharing.name === "on");
  }

  return {
    state,
    selectRung: (index) => {
      setState({ selectedRung: index });
      engine?.selectRung(index);
    },
    selectAudio: (index) => engine?.selectAudio(index),
    answerSharing: (isAgreed) => {
      rememberPreferences({ peerConsent: isAgreed ? "given" : "refused" });
      updateSharing();
    },
    retry,
    startOver: () => {
      setState({ resumedAtSeconds: undefined });
      video.currentTime = 0;
    },
    readSwarm: () => engine?.readSwarm() ?? emptySwarm,
    bandwidthBps: () => engine?.bandwidthBps() ?? 0,
    close: () => {
      if (closed.signal.aborted) return;
      closed.abort();
      window.clearTimeout(recoveryTimer);
      window.clearTimeout(renewalTimer);
      rememberBandwidth();
      engine?.close();
      engine = undefined;
    },
  };
}

/** May it be over by itself in a while? */
function isPassing(failure: PlaybackFailure): boolean {
  return failure === "network" || failure === "service_away";
}

function isPlayingOn(video: HTMLVideoElement): boolean {
  return !video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
}
