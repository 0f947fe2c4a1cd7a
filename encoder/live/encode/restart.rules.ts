const firstWaitMs = 100;
const longestWaitMs = 5000;

/** How long to wait before FFmpeg is started again: at once after the first death, then longer each time. */
export function toRestartMs(deaths: number): number {
  return deaths === 0 ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** deaths);
}
