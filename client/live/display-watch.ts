import type { ViewerDisplay } from "#common/live/sfu-control.ts";

/** Sizes are told in steps: dragging a window must not be a flood. */
const stepPx = 40;

/** What a quality asks of the server where it chooses the layer: a height on screen. */
export type WantedHeight = "auto" | "best" | number;

/** What is shown, as the server wants to know it. */
export function toDisplay(shown: {
  readonly boxHeightPx: number;
  readonly pixelRatio: number;
  readonly isVisible: boolean;
  readonly wanted: WantedHeight;
}): ViewerDisplay {
  const { boxHeightPx, pixelRatio, isVisible, wanted } = shown;
  const onScreenPx = Math.ceil((boxHeightPx * pixelRatio) / stepPx) * stepPx;
  const heightPx = wanted === "best" || onScreenPx <= 0 ? null : wanted === "auto" ? onScreenPx : wanted;
  return { heightPx: heightPx === null ? null : Math.min(16_384, heightPx), isVisible };
}

/** Tells what an element shows, now and whenever it changes, until the signal. */
export function watchDisplay(
  video: HTMLVideoElement,
  tell: (shown: { boxHeightPx: number; pixelRatio: number; isVisible: boolean }) => void,
  signal: AbortSignal,
): void {
  const update = () => {
    const isInPicture = document.pictureInPictureElement === video;
    tell({
      // a picture of its own has a window whose size only the browser knows well
      boxHeightPx: isInPicture ? 0 : video.clientHeight,
      pixelRatio: window.devicePixelRatio,
      isVisible: isInPicture || document.visibilityState === "visible",
    });
  };
  const observer = new ResizeObserver(update);
  observer.observe(video);
  document.addEventListener("visibilitychange", update, { signal });
  video.addEventListener("enterpictureinpicture", update, { signal });
  video.addEventListener("leavepictureinpicture", update, { signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  update();
}
