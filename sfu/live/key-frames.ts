import type { TapSession } from "./tap.ts";

/** Least time between two requests for a key frame to one publisher; mediasoup holds back those in between. */
export const keyFrameRequestDelayMs = 500;

/** A segment of HLS begins with a key frame, and is as long as this. */
const tapKeyFrameEveryMs = 2000;

/** Asks for a key frame every 2 s while somebody cuts the picture into segments; all layers at once, so that they align. */
export class KeyFrameClock {
  readonly #taps = new Set<TapSession>();
  #timer: NodeJS.Timeout | undefined;

  /** Counts a tap of a picture until it closes. */
  add(tap: TapSession): void {
    this.#taps.add(tap);
    this.#timer ??= setInterval(() => this.#ask(), tapKeyFrameEveryMs);
    tap.onClosed(() => {
      this.#taps.delete(tap);
      if (this.#taps.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    });
  }

  #ask(): void {
    const asking = new Map([...this.#taps].map((tap) => [tap.producerId, tap]));
    // one that is being closed needs none
    for (const tap of asking.values()) tap.requestKeyFrame().catch(() => {});
  }
}
