import { commonHz } from "../cut/cut.ts";

/** No network and no drift of clocks puts media and arrival so far apart within the time below. */
const maxApartMs = 10_000;
const lookBackMs = 30_000;

/**
 * Hears whether a picture's clock goes on as ours does. A publisher that sets its clock anew, or lies, would make segments of
 * hours, and sound to fill them.
 */
export class ClockGuard {
  #since: { readonly ticks: number; readonly arrivedMs: number } | undefined;

  /** Has the clock jumped between the frames of the last half minute and this one? Then this frame counts for nothing. */
  hasJumped(frame: { readonly ticks: number; readonly arrivedMs: number }): boolean {
    this.#since ??= frame;
    const arrivalMs = frame.arrivedMs - this.#since.arrivedMs;
    const mediaMs = ((frame.ticks - this.#since.ticks) * 1000) / commonHz;
    if (Math.abs(mediaMs - arrivalMs) > maxApartMs) return true;
    if (arrivalMs > lookBackMs) this.#since = { ticks: frame.ticks, arrivedMs: frame.arrivedMs };
    return false;
  }
}
