import type { StreamState } from "#common/live/stream-state.ts";

const timeFormat = new Intl.DateTimeFormat("en", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

/** `Sat, Nov 21, 08:00 PM`, on the reader's clock. */
export function formatStart(at: string): string {
  return timeFormat.format(new Date(at));
}

export function formatViewers(count: number): string {
  return `${count} ${count === 1 ? "viewer" : "viewers"}`;
}

/** As `isOnAir` of the contract, without its schemas: the home page is light. */
export function isRunning(state: StreamState): boolean {
  return state === "live" || state === "reconnecting";
}
