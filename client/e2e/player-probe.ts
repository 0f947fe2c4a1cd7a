import type { BrowserContext, Page } from "@playwright/test";

declare global {
  interface Window {
    /** What {@link installProbe} noted. */
    shoalProbe: {
      violations: string[];
      peerConfigs: string[];
      socketUrls: string[];
      livePeers: Set<object>;
      liveSockets: Set<object>;
      liveTimers: Set<unknown>;
    };
  }
}

/** Notes policy violations, peer connections, sockets and timers of every page of a context. */
export async function installProbe(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const probe: Window["shoalProbe"] = {
      violations: [],
      peerConfigs: [],
      socketUrls: [],
      livePeers: new Set(),
      liveSockets: new Set(),
      liveTimers: new Set(),
    };
    window.shoalProbe = probe;
    document.addEventListener("securitypolicyviolation", (event) => {
      probe.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
    const PlainPeerConnection = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends PlainPeerConnection {
      constructor(config?: RTCConfiguration) {
        super(config);
        probe.peerConfigs.push(JSON.stringify(config?.iceServers ?? []));
        probe.livePeers.add(this);
      }
      override close(): void {
        probe.livePeers.delete(this);
        super.close();
      }
    };
    const PlainWebSocket = window.WebSocket;
    window.WebSocket = class extends PlainWebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        probe.socketUrls.push(String(url));
        probe.liveSockets.add(this);
        this.addEventListener("close", () => probe.liveSockets.delete(this));
      }
    };
    const { setInterval: plainSetInterval, clearInterval: plainClearInterval } = window;
    const noteInterval = (handler: TimerHandler, delayMs?: number, ...args: unknown[]) => {
      const timer = plainSetInterval(handler, delayMs, ...args);
      probe.liveTimers.add(timer);
      return timer;
    };
    Object.assign(window, {
      setInterval: noteInterval,
      clearInterval: (timer: number) => {
        probe.liveTimers.delete(timer);
        plainClearInterval(timer);
      },
    });
  });
}

/** Position, size and painted frames of the page's video. */
export function readVideo(page: Page) {
  return page.getByTestId("player-video").evaluate((element) => {
    if (!(element instanceof HTMLVideoElement)) throw new Error("this is no video");
    const { totalVideoFrames, droppedVideoFrames } = element.getVideoPlaybackQuality();
    return {
      seconds: element.currentTime,
      heightPx: element.videoHeight,
      paintedFrames: totalVideoFrames - droppedVideoFrames,
      isPaused: element.paused,
      durationSeconds: element.duration,
    };
  });
}

/** A number of the stats overlay, which must be open. */
export async function readStat(page: Page, name: string): Promise<number> {
  return Number(await page.getByTestId(`stats-${name}`).getAttribute("data-value"));
}
