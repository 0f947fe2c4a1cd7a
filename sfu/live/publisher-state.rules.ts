import type { PublisherState } from "#common/live/sfu-control.ts";

/** What is known of a publisher's media at a moment; times are of one clock, in milliseconds. */
export interface PublisherSigns {
  readonly openedAtMs: number;
  /** When media was last seen to arrive; `null`: never. */
  readonly heardAtMs: number | null;
  /** `false`: the transport says that the other side is gone. */
  readonly isLinked: boolean;
}

/** Without media for so long a publisher is silent. */
export const silentAfterMs = 3000;
/** A session that does not come to life is given up. */
const connectWithinMs = 15_000;
/** A silent one may come back by an ICE restart for so long; then it has to publish anew. */
const comeBackWithinMs = 60_000;

/** What a publisher is now. */
export function toPublisherStateName(signs: PublisherSigns, nowMs: number): PublisherState["state"] {
  if (signs.heardAtMs === null) return "connecting";
  return signs.isLinked && nowMs - signs.heardAtMs < silentAfterMs ? "live" : "silent";
}

/** Has it had all the time that its state allows? */
export function isPublisherOver(signs: PublisherSigns, nowMs: number): boolean {
  return signs.heardAtMs === null
    ? nowMs - signs.openedAtMs >= connectWithinMs
    : nowMs - signs.heardAtMs >= comeBackWithinMs;
}
