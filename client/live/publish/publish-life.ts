import type { ProblemCode } from "../../app/error-text.ts";

/**
 * The life of a broadcast in the page that sends it. `connecting`: the first way in. `wavering`: the line is silent, it may
 * come back by itself. `restarting`: ICE looks for another way. `rejoining`: a new session for the same broadcast.
 * `waiting`: for the next try.
 */
export const publishStates = [
  "prepared",
  "connecting",
  "on_air",
  "wavering",
  "restarting",
  "rejoining",
  "waiting",
  "ended",
] as const;
export type PublishState = (typeof publishStates)[number];

/** Why it is over: a person ended it here; it was ended elsewhere; the window closed; the server refused. */
export type PublishEnd =
  | { readonly reason: "asked" | "elsewhere" | "lost" }
  | { readonly reason: "refused"; readonly code: ProblemCode };

export type PublishEvent =
  /** `isReturn`: the broadcast was this page's before a reload, and may still look alive to the server. */
  | { readonly name: "go"; readonly isReturn: boolean }
  | {
      readonly name:
        | "connected"
        | "disconnected"
        /** The server says nothing any more, long before the connection knows that it is lost. */
        | "unheard"
        | "failed"
        | "restart_refused"
        | "network_changed"
        | "timer"
        | "end"
        | "closed";
    }
  | {
      readonly name: "refused";
      readonly code: ProblemCode;
      readonly canRetry: boolean;
      readonly retryAfterMs?: number | undefined;
    };

/** What is to be done: a new session, an ICE restart of this one, leave it without a word, leave it for good. */
export type PublishEffect = "post" | "restart_ice" | "hang_up" | "delete";

export interface PublishLife {
  readonly state: PublishState;
  /** Since when nothing arrives, or since when it is tried for the first time; `null`: all is well. */
  readonly silentSinceMs: number | null;
  /** Sessions tried since then. */
  readonly attempts: number;
  /** When the `timer` event is due. */
  readonly timerAtMs: number | null;
  /** Was it ever on air, or is it a return? Before that there is no broadcast that would wait. */
  readonly isKept: boolean;
  readonly end: PublishEnd | null;
}

export const preparedLife: PublishLife = {
  state: "prepared",
  silentSinceMs: null,
  attempts: 0,
  timerAtMs: null,
  isKept: false,
  end: null,
};

export const graceMs = 2000;
export const restartTimeoutMs = 6000;
export const sessionTimeoutMs = 8000;
/** How long a first connection is tried. */
export const firstWindowMs = 20_000;
const firstDelayMs = 500;
const mostDelayMs = 5000;

/** 0.5, 1, 2, 4, 5, 5 … s, a quarter more or less so that not all come back at once. */
export function toBackoffMs(attempts: number, random: number): number {
  return Math.round(
    Math.min(mostDelayMs, firstDelayMs * 2 ** Math.max(0, attempts - 1)) * (0.75 + random / 2),
  );
}

export interface StepContext {
  readonly nowMs: number;
  /** How long the server keeps a broadcast without its sender. */
  readonly windowMs: number;
  /** 0 to 1. */
  readonly random: number;
}

export interface Step {
  readonly life: PublishLife;
  readonly effects: readonly PublishEffect[];
}

type Move = (life: PublishLife, event: PublishEvent, context: StepContext) => Step;

const stay: Move = (life) => ({ life, effects: [] });

const finish =
  (end: PublishEnd, effect: PublishEffect): Move =>
  (life) => ({
    life: { ...life, state: "ended", end, timerAtMs: null },
    effects: [effect],
  });

const goOnAir: Move = (life) => ({
  life: { ...life, state: "on_air", silentSinceMs: null, attempts: 0, timerAtMs: null, isKept: true },
  effects: [],
});

const waver: Move = (life, _, { nowMs }) => ({
  life: { ...life, state: "wavering", silentSinceMs: nowMs, timerAtMs: nowMs + graceMs },
  effects: [],
});

const restart: Move = (life, _, { nowMs }) => ({
  life: {
    ...life,
    state: "restarting",
    silentSinceMs: life.silentSinceMs ?? nowMs,
    timerAtMs: nowMs + restartTimeoutMs,
  },
  effects: ["restart_ice"],
});

function isWindowOver(life: PublishLife, { nowMs, windowMs }: StepContext): boolean {
  const wholeMs = life.isKept ? windowMs : firstWindowMs;
  return nowMs >= (life.silentSinceMs ?? nowMs) + wholeMs;
}

const post: Move = (life, event, context) => {
  if (isWindowOver(life, context)) return finish({ reason: "lost" }, "hang_up")(life, event, context);
  return {
    life: {
      ...life,
      state: life.isKept ? "rejoining" : "connecting",
      silentSinceMs: life.silentSinceMs ?? context.nowMs,
      attempts: life.attempts + 1,
      timerAtMs: context.nowMs + sessionTimeoutMs,
    },
    effects: ["post"],
  };
};

const wait: Move = (life, event, context) => {
  if (isWindowOver(life, context)) return finish({ reason: "lost" }, "hang_up")(life, event, context);
  const askedMs = event.name === "refused" ? (event.retryAfterMs ?? 0) : 0;
  const delayMs = Math.max(askedMs, toBackoffMs(life.attempts, context.random));
  return {
    life: { ...life, state: "waiting", timerAtMs: context.nowMs + delayMs },
    effects: ["hang_up"],
  };
};

const refuse: Move = (life, event, context) => {
  if (event.name !== "refused") return stay(life, event, context);
  // after a loss the old session may still look alive to the server
  const canRetry = event.canRetry || (life.isKept && event.code === "stream.already_live");
  if (canRetry) return wait(life, event, context);
  return finish({ reason: "refused", code: event.code }, "hang_up")(life, event, context);
};

const go: Move = (_, event, context) => {
  const isKept = event.name === "go" && event.isReturn;
  return post({ ...preparedLife, isKept }, event, context);
};

const leave = {
  end: finish({ reason: "asked" }, "delete"),
  closed: finish({ reason: "elsewhere" }, "hang_up"),
};
const joining = { connected: goOnAir, refused: refuse, failed: wait, timer: wait, ...leave };

/** One row for each state; what is not in it changes nothing. */
const table: Readonly<Record<PublishState, Partial<Record<PublishEvent["name"], Move>>>> = {
  prepared: { go },
  connecting: joining,
  rejoining: joining,
  on_air: { disconnected: waver, unheard: restart, failed: restart, network_changed: restart, ...leave },
  wavering: { connected: goOnAir, failed: restart, network_changed: restart, timer: restart, ...leave },
  restarting: { connected: goOnAir, restart_refused: post, failed: post, timer: post, ...leave },
  // a network that is there again is not waited for
  waiting: { timer: post, network_changed: post, ...leave },
  ended: { go },
};

/** Moves on; the clock and the dice are the caller's. */
export function stepPublish(life: PublishLife, event: PublishEvent, context: StepContext): Step {
  // a timer of an earlier state that comes late
  if (event.name === "timer" && (life.timerAtMs === null || context.nowMs < life.timerAtMs)) {
    return { life, effects: [] };
  }
  return (table[life.state][event.name] ?? stay)(life, event, context);
}

/** Would closing the page take something off the air? */
export function isSending({ state }: PublishLife): boolean {
  return state !== "prepared" && state !== "ended";
}
