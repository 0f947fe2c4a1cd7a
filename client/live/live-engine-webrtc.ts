import { onFirstFrame } from "../playback/first-frame.ts";
import { toDisplay, type WantedHeight, watchDisplay } from "./display-watch.ts";
import type { LiveEngine, LiveEngineEvents, LiveQuality } from "./live-engine.port.ts";
import { ArrivalWatch, isTryDue, toSessionFailure } from "./whep.rules.ts";
import {
  openWhepSession,
  type WhepLink,
  WhepRefusal,
  type WhepSession,
  type WhepSource,
} from "./whep-client.ts";
import { type RealtimeReading, toRealtimeReading } from "./whep-stats.rules.ts";

/** What watching by WebRTC needs. */
export interface WebrtcEngineOptions {
  readonly video: HTMLVideoElement;
  readonly events: LiveEngineEvents;
  /** Of the newest grant, each time a session is opened. */
  source(): WhepSource;
  /** The server's clock. */
  nowMs(): number;
  answered(response: Response, sentAtMs: number): void;
}

/** One session and what came of it. */
interface Session {
  readonly whep: WhepSession;
  readonly openedAtMs: number;
  readonly arrival: ArrivalWatch;
  link: WhepLink;
  reading: RealtimeReading | undefined;
}

const tendIntervalMs = 300;
/** A session on trial that brings nothing for this long is given up for another. */
const trialMs = 2_000;
const heights: Record<string, WantedHeight> = { auto: "auto", best: "best", saver: 240 };
const qualities: readonly LiveQuality[] = [
  { value: "auto", label: "Auto" },
  { value: "best", label: "Best" },
  { value: "saver", label: "Data saver" },
];

/** Can this browser watch by WebRTC, as far as it says? */
export function isWebrtcSupported(videoCodec: string | null): boolean {
  if (!("RTCPeerConnection" in window)) return false;
  if (videoCodec === null) return true;
  const able = RTCRtpReceiver.getCapabilities("video")?.codecs ?? [];
  return able.some(({ mimeType }) => mimeType.toLowerCase() === `video/${videoCodec}`);
}

/**
 * Watches by WHEP. A session that falls silent or is lost is replaced by a new one, which takes over once media arrives on
 * it, so that a connection that comes back by itself is not lost; how long that may last is the owner's to say.
 */
export function openWebrtcEngine(options: WebrtcEngineOptions): LiveEngine {
  const { video, events } = options;
  const closed = new AbortController();
  const { signal } = closed;
  let current: Session | undefined;
  /** On trial while `current` is silent. */
  let next: Session | undefined;
  let isOpening = false;
  let isOnAir = true;
  let silentSinceMs: number | undefined;
  let isUrged = false;
  let attempt = 0;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let isLooking = true;
  let wanted: WantedHeight = "auto";
  let shown = { boxHeightPx: 0, pixelRatio: 1, isVisible: true };

  events.qualitiesKnown(qualities);
  onFirstFrame(video, signal, events.started);
  const displayChanged = (now: typeof shown) => {
    shown = now;
    tellDisplay();
  };
  watchDisplay(video, displayChanged, signal);
  const timer = window.setInterval(() => void tend(), tendIntervalMs);
  void open();

  async function open(): Promise<void> {
    if (isOpening || signal.aborted) return;
    isOpening = true;
    dropNext();
    attempt += 1;
    triedAtMs = performance.now();
    let opened: Session | undefined;
    const linkChanged = (link: WhepLink) => {
      if (!opened) return;
      opened.link = link;
      if (opened === current && link === "lost") fallSilent();
      void tend();
    };
    try {
      const whep = await openWhepSession(
        options.source(),
        { linkChanged, answered: options.answered },
        signal,
      );
      const openedAtMs = performance.now();
      const arrival = new ArrivalWatch(openedAtMs);
      opened = { whep, openedAtMs, arrival, link: "connecting", reading: undefined };
      if (current) next = opened;
      else show(opened);
      tellDisplay();
    } catch (error) {
      const failure = toSessionFailure(error instanceof WhepRefusal ? error.code : undefined);
      if (failure && !signal.aborted) events.failed(failure);
    } finally {
      isOpening = false;
    }
  }

  function show(session: Session): void {
    current?.whep.close();
    current = session;
    next = undefined;
    video.srcObject = session.whep.stream;
    events.sourced();
  }

  function dropNext(): void {
    next?.whep.close();
    next = undefined;
  }

  function fallSilent(): void {
    if (silentSinceMs !== undefined) return;
    silentSinceMs = performance.now();
    events.interrupted();
  }

  function goOn(): void {
    silentSinceMs = undefined;
    isUrged = false;
    attempt = 0;
    dropNext();
    events.resumed();
  }

  /** Looks after the sessions: reads what arrives, lets the one on trial take over, and tries another when it is time. */
  async function tend(): Promise<void> {
    const [now, trial] = await Promise.all([readOne(current), readOne(next)]);
    if (signal.aborted) return;
    if (next && next === trial?.session && next.arrival.hasBegun) {
      show(next);
      goOn();
    } else if (now && now.session === current) {
      if (now.change === "silent") fallSilent();
      else if (now.change === "resumed") goOn();
      else if (current.arrival.hasBegun && silentSinceMs === undefined) attempt = 0;
    }
    const nowMs = performance.now();
    const isOnTrial = next !== undefined && nowMs - next.openedAtMs < trialMs;
    if (isOpening || isOnTrial || (current && silentSinceMs === undefined)) return;
    const isDue = isTryDue({
      link: current?.link ?? "lost",
      isOnAir,
      silentForMs: nowMs - (silentSinceMs ?? nowMs),
      isUrged,
      attempt,
      sinceTryMs: nowMs - triedAtMs,
    });
    if (isDue) void open();
  }

  async function readOne(session: Session | undefined) {
    if (!session) return undefined;
    const report = await session.whep.peer.getStats().catch(() => undefined);
    if (!report) return undefined;
    const entries: unknown[] = [];
    for (const entry of report.values()) entries.push(entry);
    const atMs = performance.now();
    session.reading = toRealtimeReading(entries, atMs, session.reading);
    // a hidden page gets sound alone, and a stream may have none
    const hasSound = session.whep.stream.getAudioTracks().length > 0;
    const isExpected = hasSound || (shown.isVisible && isLooking);
    const change = session.arrival.read(session.reading.receivedBytes, atMs, isExpected);
    return { session, change };
  }

  function tellDisplay(): void {
    const display = toDisplay({ ...shown, isVisible: shown.isVisible && isLooking, wanted });
    current?.whep.showAs(display);
    next?.whep.showAs(display);
  }

  /** Something has changed: what was silent may be to be had now. */
  function urge(): void {
    attempt = 0;
    if (silentSinceMs === undefined) return;
    isUrged = true;
    silentSinceMs = performance.now();
  }

  return {
    way: "webrtc",
    video,
    playingAtMs: () => {
      const reading = current?.reading;
      if (!reading?.receivedBytes) return undefined;
      return (
        options.nowMs() - (reading.roundTripMs / 2 + Math.max(reading.processingMs, reading.jitterBufferMs))
      );
    },
    window: () => undefined,
    seekTo: () => {},
    setFollowing: () => {},
    selectQuality: (value) => {
      wanted = heights[value] ?? "auto";
      tellDisplay();
    },
    setSharing: () => {},
    areHashesWhole: () => false,
    renew: () => urge(),
    setOnAir: (is) => {
      if (is && !isOnAir) urge();
      isOnAir = is;
    },
    setLooking: (next) => {
      isLooking = next;
      tellDisplay();
    },
    read: () => ({
      swarm: undefined,
      realtime: current?.reading,
      bandwidthBps: current?.reading?.bitrateBps ?? 0,
    }),
    close: () => {
      closed.abort();
      window.clearInterval(timer);
      current?.whep.close();
      next?.whep.close();
      video.srcObject = null;
    },
  };
}
