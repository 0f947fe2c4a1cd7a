const doubleTapMs = 300;
const seekSeconds = 10;

/** Two quick taps on the left or right third seek; a single tap stays media-chrome's (it shows the controls). */
export function listenForDoubleTaps(
  frame: HTMLElement,
  seekBy: (seconds: number) => void,
  signal: AbortSignal,
): void {
  let lastTap = { atMs: Number.NEGATIVE_INFINITY, side: 0 };
  frame.addEventListener(
    "pointerup",
    (event) => {
      if (event.pointerType !== "touch") return;
      const { left, width } = frame.getBoundingClientRect();
      const place = (event.clientX - left) / width;
      const side = place < 1 / 3 ? -1 : place > 2 / 3 ? 1 : 0;
      const isSecond = event.timeStamp - lastTap.atMs < doubleTapMs && side === lastTap.side;
      lastTap = { atMs: event.timeStamp, side };
      if (isSecond && side !== 0) seekBy(side * seekSeconds);
    },
    { signal },
  );
}
