import { assertNever } from "#common/errors.ts";
import type { BroadcastStatus } from "#common/live/broadcast.ts";
import type { PublisherState } from "#common/live/sfu-control.ts";
import { isOnAir, type StreamState } from "#common/live/stream-state.ts";

/**
 * What the sfu nodes say of who sends into a stream's room. `left`: it said goodbye. `unknown`: the node that should know
 * does not answer, since then; it may have been killed, or the front desk has just started.
 */
export type PublisherSight =
  | { readonly kind: "present"; readonly state: PublisherState["state"] }
  | { readonly kind: "absent" | "left" }
  | { readonly kind: "unknown"; readonly sinceMs: number };

/** What is looked at to decide how a stream's life goes on. */
export interface MoveFacts {
  readonly stream: {
    readonly state: StreamState;
    readonly silentSince: string | null;
    readonly heldUntil: string | null;
    readonly reconnectWindowSeconds: number;
    readonly isRecorded: boolean;
  };
  readonly publisher: PublisherSight;
  /** Is there an owner, and may they stream? */
  readonly mayStream: boolean;
  /** Is there room on air for one more? Asked of streams off air. */
  readonly hasRoom: boolean;
  /** Has it been on air for as long as a broadcast may be? */
  readonly isTimeUp: boolean;
  /** What the encoder says of the broadcast; `undefined`: nothing yet. */
  readonly broadcast: Pick<BroadcastStatus, "state" | "masterName" | "durationSeconds"> | undefined;
  readonly nowMs: number;
}

/** Why a broadcast ends. */
export type EndReason = "publisher left" | "asked for" | "window over" | "time up" | "owner may not stream";

/** What becomes of what was on air: a video, a video that says why there is nothing to watch, or nothing at all. */
export type Settlement = "video" | "failed_video" | "nothing";

/** The next thing to do about a stream. */
export type LiveMove =
  | { readonly kind: "begin" | "lose" | "resume" | "dismiss" }
  | { readonly kind: "end"; readonly reason: EndReason }
  | { readonly kind: "settle"; readonly as: Settlement };

/** A node that is away for longer than this has lost its publishers; one that was killed is back before. */
export const nodePatienceMs = 5000;
/** How long who goes on sending after an end that was asked for is sent away; every try puts it off. */
export const holdMs = 60_000;
/** What is shorter makes no video. */
export const shortestRecordingSeconds = 1;

/** The next move of a stream's life; `undefined`: all is as it should be. */
export function decideMove(facts: MoveFacts): LiveMove | undefined {
  const { stream, publisher, mayStream, nowMs } = facts;
  if (isOnAir(stream.state) && !mayStream) return { kind: "end", reason: "owner may not stream" };
  if (isOnAir(stream.state) && facts.isTimeUp) return { kind: "end", reason: "time up" };
  if (isOnAir(stream.state) && publisher.kind === "left") return { kind: "end", reason: "publisher left" };
  switch (stream.state) {
    case "idle":
      if (publisher.kind !== "present") return undefined;
      if (!mayStream || !facts.hasRoom || isHeld(stream, nowMs)) return { kind: "dismiss" };
      return publisher.state === "live" ? { kind: "begin" } : undefined;
    case "live":
      if (!isLost(publisher, nowMs)) return undefined;
      return stream.reconnectWindowSeconds > 0 ? { kind: "lose" } : { kind: "end", reason: "window over" };
    case "reconnecting":
      if (publisher.kind === "present" && publisher.state === "live") return { kind: "resume" };
      if (!isLost(publisher, nowMs) || nowMs < toWindowEndMs(stream)) return undefined;
      return { kind: "end", reason: "window over" };
    case "ending":
      return toSettlement(facts);
    default:
      return assertNever(stream.state);
  }
}

/** Is who brings the stream's key refused for a while, because its broadcast was ended by request? */
export function isHeld({ heldUntil }: { readonly heldUntil: string | null }, nowMs: number): boolean {
  return heldUntil !== null && nowMs < Date.parse(heldUntil);
}

/** Until when a stream waits for its publisher, in milliseconds since 1970. */
export function toWindowEndMs(
  stream: Pick<MoveFacts["stream"], "silentSince" | "reconnectWindowSeconds">,
): number {
  const sinceMs = stream.silentSince === null ? 0 : Date.parse(stream.silentSince);
  return sinceMs + stream.reconnectWindowSeconds * 1000;
}

function isLost(publisher: PublisherSight, nowMs: number): boolean {
  switch (publisher.kind) {
    case "present":
      return publisher.state !== "live";
    case "absent":
    case "left":
      return true;
    case "unknown":
      return nowMs - publisher.sinceMs >= nodePatienceMs;
    default:
      return assertNever(publisher);
  }
}

function toSettlement({ stream, broadcast }: MoveFacts): LiveMove | undefined {
  if (broadcast?.state !== "finished" && broadcast?.state !== "failed") return undefined;
  const isWorthKeeping = stream.isRecorded && broadcast.durationSeconds >= shortestRecordingSeconds;
  if (!isWorthKeeping) return { kind: "settle", as: "nothing" };
  if (broadcast.masterName !== "") return { kind: "settle", as: "video" };
  // its owner must hear that there was something, and what went wrong with it
  return { kind: "settle", as: broadcast.state === "failed" ? "failed_video" : "nothing" };
}
