/** Calls once when a picture is on screen, or sound alone plays. */
export function onFirstFrame(video: HTMLVideoElement, signal: AbortSignal, seen: () => void): void {
  let isDone = false;
  const done = () => {
    if (isDone || signal.aborted) return;
    isDone = true;
    seen();
  };
  if ("requestVideoFrameCallback" in video) {
    const handle = video.requestVideoFrameCallback(done);
    signal.addEventListener("abort", () => video.cancelVideoFrameCallback(handle), { once: true });
  }
  video.addEventListener("playing", done, { once: true, signal });
  video.addEventListener("loadeddata", () => video.videoWidth === 0 && done(), { signal });
}
