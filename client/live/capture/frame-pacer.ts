/**
 * Says when a picture is due: at once when a new frame has come, but not more often than the frame rate; and again after a
 * while without any, so that somebody who joins gets a picture of a screen that stands still. Pure: the clock is an argument.
 */
export function createFramePacer(frameRate: () => number) {
  let paintedAtMs = Number.NEGATIVE_INFINITY;
  const intervalMs = () => 1000 / frameRate();
  return {
    /** A new frame has come: paint now? */
    isDueForFrame: (nowMs: number) => nowMs - paintedAtMs >= intervalMs() * 0.7,
    /** The clock ticks: has nothing been painted for too long? */
    isDueForTick: (nowMs: number) => nowMs - paintedAtMs >= intervalMs() * 1.4,
    notePainted: (nowMs: number) => {
      paintedAtMs = nowMs;
    },
  };
}
