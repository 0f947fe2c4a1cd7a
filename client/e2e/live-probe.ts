import type { Page } from "@playwright/test";

/** What the live player says of itself, and what is really on its stage. */
export interface LiveReading {
  readonly phase: string | undefined;
  readonly scene: string | undefined;
  readonly way: string | undefined;
  readonly isFollowing: boolean;
  /** By the clock that `live-publisher.ts` paints into the picture. */
  readonly glassMs: number;
  readonly seconds: number;
  readonly heightPx: number;
  readonly isPaused: boolean;
  readonly isMuted: boolean;
  readonly volume: number;
}

/** Reads the live player of a page; `undefined`: there is none. */
export function readLive(page: Page): Promise<LiveReading | undefined> {
  return page.evaluate(() => {
    const player = document.querySelector<HTMLElement>('[data-testid="player"]');
    const video = document.querySelector<HTMLVideoElement>("video.is-front");
    if (!player || !video) return undefined;
    const canvas = document.createElement("canvas");
    canvas.width = 64;
    canvas.height = 32;
    const context = canvas.getContext("2d");
    context?.drawImage(video, 0, 0, 64, 32);
    const pixels = context?.getImageData(0, 0, 64, 32).data;
    let shown = 0;
    for (let bit = 0; bit < 32; bit += 1) {
      const pixel = (Math.floor(bit / 8) * 8 + 4) * 64 + (bit % 8) * 8 + 4;
      shown = shown * 2 + ((pixels?.[pixel * 4] ?? 0) > 128 ? 1 : 0);
    }
    const { phase, scene, way, following } = player.dataset;
    return {
      phase,
      scene,
      way,
      isFollowing: following === "true",
      glassMs: (Date.now() % 2 ** 32) - shown,
      seconds: video.currentTime,
      heightPx: video.videoHeight,
      isPaused: video.paused,
      isMuted: video.muted,
      volume: video.volume,
    };
  });
}

/** Notes in a page when something is pressed, and when the first frame after it is painted. Survives no reload. */
export async function watchForFirstFrame(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const times: { pressedAtMs?: number; paintedAtMs?: number } = {};
    Reflect.set(window, "firstFrame", times);
    document.addEventListener(
      "pointerdown",
      () => {
        times.pressedAtMs = performance.now();
      },
      { capture: true, once: true },
    );
    const look = () => {
      const video = document.querySelector<HTMLVideoElement>("video.is-front");
      if (!video) return void requestAnimationFrame(look);
      video.requestVideoFrameCallback((_, { presentationTime }) => {
        times.paintedAtMs = presentationTime;
      });
    };
    look();
  });
  return () =>
    page
      .waitForFunction(() => Reflect.get(window, "firstFrame").paintedAtMs)
      .then(() => page.evaluate(() => Reflect.get(window, "firstFrame")))
      .then((times) => times.paintedAtMs - times.pressedAtMs);
}

/** Counts every moment at which a page had no picture to show, or the one it showed stood still; from now on. */
export async function watchForGaps(page: Page): Promise<() => Promise<{ blackMs: number; stillMs: number }>> {
  await page.evaluate(() => {
    const gaps = { blackMs: 0, stillMs: 0 };
    Reflect.set(window, "gaps", gaps);
    let lastMs = performance.now();
    let lastMoveMs = lastMs;
    let lastSeconds = -1;
    let lastVideo: Element | null = null;
    const look = () => {
      const video = document.querySelector<HTMLVideoElement>("video.is-front");
      const nowMs = performance.now();
      if (!video || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) gaps.blackMs += nowMs - lastMs;
      if (video && (video.currentTime !== lastSeconds || video !== lastVideo)) {
        lastMoveMs = nowMs;
        lastSeconds = video.currentTime;
        lastVideo = video;
      }
      gaps.stillMs = Math.max(gaps.stillMs, nowMs - lastMoveMs);
      lastMs = nowMs;
      requestAnimationFrame(look);
    };
    look();
  });
  return () => page.evaluate(() => Reflect.get(window, "gaps"));
}

/** What a page's open WebRTC connections have received so far, by kind. */
export function readReceived(page: Page): Promise<{ audio: number; video: number }> {
  return page.evaluate(async () => {
    const received = { audio: 0, video: 0 };
    for (const peer of window.shoalProbe.livePeers) {
      if (!(peer instanceof RTCPeerConnection)) continue;
      for (const entry of (await peer.getStats()).values()) {
        if (entry.type !== "inbound-rtp") continue;
        if (entry.kind === "audio") received.audio += entry.packetsReceived;
        else received.video += entry.packetsReceived;
      }
    }
    return received;
  });
}

/** Makes a page believe that it is hidden, or seen again: headless browsers show every tab. */
export async function setVisibility(page: Page, state: "visible" | "hidden"): Promise<void> {
  await page.evaluate((wanted) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => wanted });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
