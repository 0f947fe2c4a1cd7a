/** Beats for a page that may be hidden: posts something every so many milliseconds as it is told. */
let beat: ReturnType<typeof setInterval> | undefined;

addEventListener("message", ({ data }: MessageEvent<number>) => {
  clearInterval(beat);
  beat = setInterval(() => postMessage(null), data);
});
