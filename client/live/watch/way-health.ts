import { type LiveWay, liveWays } from "../live-engine.port.ts";
import { toCoolDownMs } from "./live-way.rules.ts";
import type { TimerSet } from "./timer-set.ts";

interface Health {
  /** The browser can at all, as far as is known. */
  isAble: boolean;
  hasWorked: boolean;
  failureCount: number;
  restsUntilMs: number;
}

/** A playlist that was not there may be there in a moment. */
const hlsRestMs = 1_000;

/** Which ways work here: one that failed is left alone for a while, one that the browser cannot for good. */
export class WayHealth {
  readonly #timers: TimerSet;
  readonly #rested: () => void;
  #ways = createHealths();

  /** `rested`: a way may be tried again. */
  constructor(timers: TimerSet, rested: () => void) {
    this.#timers = timers;
    this.#rested = rested;
  }

  isAble(way: LiveWay): boolean {
    return this.#ways[way].isAble;
  }

  get isAnyAble(): boolean {
    return liveWays.some((way) => this.isAble(way));
  }

  isResting(way: LiveWay): boolean {
    return this.#ways[way].restsUntilMs > Date.now();
  }

  worked(way: LiveWay): void {
    Object.assign(this.#ways[way], { hasWorked: true, failureCount: 0, restsUntilMs: 0 });
  }

  cannot(way: LiveWay): void {
    this.#ways[way].isAble = false;
  }

  failed(way: LiveWay): void {
    const health = this.#ways[way];
    health.failureCount += 1;
    const restMs = way === "webrtc" ? toCoolDownMs(health.failureCount, health.hasWorked) : hlsRestMs;
    health.restsUntilMs = Date.now() + restMs;
    this.#timers.after(`rested-${way}`, restMs, this.#rested);
  }

  /** Something has changed that may have mended it. */
  mayTry(way: LiveWay): void {
    this.#ways[way].restsUntilMs = 0;
  }

  /** Another broadcast: what failed in the one before does not count. */
  forget(): void {
    this.#ways = createHealths();
  }
}

function createHealths(): Record<LiveWay, Health> {
  const fresh = () => ({ isAble: true, hasWorked: false, failureCount: 0, restsUntilMs: 0 });
  return { webrtc: fresh(), hls: fresh() };
}
