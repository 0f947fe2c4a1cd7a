import { onFirstFrame } from "../playback/first-frame.ts";
import { toDisplay, type WantedHeight, watchDisplay } from "./display-watch.ts";
import type { LiveEngine, LiveEngineEvents, LiveQuality } from "./live-engine.port.ts";
import { ArrivalWatch, toReconnectDelayMs, toSessionFailure } from "./whep.rules.ts";
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
  reading: RealtimeReading | undefined;
}

const readingIntervalMs = 400;
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
  let attempt = 0;
  let isOpening = false;
  let isSilent = false;
  let retryTimer: number | undefined;
  let isLooking = true;
  let wanted: WantedHeight = "auto";
  let shown = { boxHeightPx: 0, pixelRatio: 1, isVisible: true };

  events.qualitiesKnown(qualities);
  onFirstFrame(video, signal, events.started);
  watchDisplay(
    video,
    (now) => {
      shown = now;
      tellDisplay();
    },
    signal,
  );
  const readingTimer = window.setInterval(() => void readAll(), readingIntervalMs);
  void open();

  async function open(): Promise<void> {
    if (isOpening || signal.aborted) return;
    isOpening = true;
    let opened: Session | undefined;
    try {
      const openedAtMs = performance.now();
      const arrival = new ArrivalWatch(openedAtMs);
      const linkEvents = {
        linkChanged: (link: WhepLink) => opened && linkChanged(opened, link),
        answered: options.answered,
      };
      const whep = await openWhepSession(options.source(), linkEvents, signal);
      opened = { whep, openedAtMs, arrival, reading: undefined };
      if (current) next = opened;
      else show(opened);
      tellDisplay();
    } catch (error) {
      if (!signal.aborted) refused(error);
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

  function refused(error: unknown): void {
    const failure = toSessionFailure(error instanceof WhepRefusal ? error.code : undefined);
    if (failure) events.failed(failure);
    else retry();
  }

  function retry(): void {
    if (signal.aborted || retryTimer !== undefined) return;
    const delayMs = toReconnectDelayMs(attempt);
    attempt += 1;
    retryTimer = window.setTimeout(() => {
      retryTimer = undefined;
      dropNext();
      void open();
    }, delayMs);
  }

  function dropNext(): void {
    next?.whep.close();
    next = undefined;
  }

  function fallSilent(): void {
    if (isSilent) return;
    isSilent = true;
    events.interrupted();
    retry();
  }

  function goOn(): void {
    isSilent = false;
    attempt = 0;
    window.clearTimeout(retryTimer);
    retryTimer = undefined;
    dropNext();
    events.resumed();
  }

  function linkChanged(session: Session, link: WhepLink): void {
    if (link !== "lost") return;
    if (session === current) fallSilent();
    else if (session === next) retry();
  }

  async function readAll(): Promise<void> {
    const [now, trial] = await Promise.all([readOne(current), readOne(next)]);
    if (signal.aborted) return;
    if (next && next === trial?.session && next.arrival.hasBegun) {
      show(next);
      return goOn();
    }
    if (!now || now.session !== current) return;
    if (now.change === "silent") fallSilent();
    else if (now.change === "resumed") goOn();
    const isTrialOver = !next || performance.now() - next.openedAtMs > trialMs;
    if (isSilent && isTrialOver && !isOpening) retry();
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
    renew: () => {
      if (!current) void open();
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
      window.clearInterval(readingTimer);
      window.clearTimeout(retryTimer);
      current?.whep.close();
      next?.whep.close();
      video.srcObject = null;
    },
  };
}
