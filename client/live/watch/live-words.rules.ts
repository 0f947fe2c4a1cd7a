import { formatClock } from "../../playback/format.ts";

/** `0.3 s behind`, `6 s behind`, `2:05 behind`. */
export function toBehindWords(behindSeconds: number | undefined): string {
  if (behindSeconds === undefined) return "";
  if (behindSeconds < 1.95) return `${Math.max(0.1, behindSeconds).toFixed(1)} s behind`;
  if (behindSeconds < 60) return `${Math.round(behindSeconds)} s behind`;
  return `${formatClock(behindSeconds)} behind`;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `12.4K watching`. */
export function toViewerWords(viewerCount: number): string {
  return `${compact.format(viewerCount)} watching`;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `3 days`, `2 h 5 min`, `4:59`; `any moment now` when it is due. */
export function toCountdownWords(leftMs: number): string {
  if (leftMs <= 0) return "any moment now";
  if (leftMs >= 2 * dayMs) return `${Math.floor(leftMs / dayMs)} days`;
  if (leftMs >= hourMs)
    return `${Math.floor(leftMs / hourMs)} h ${Math.floor((leftMs % hourMs) / minuteMs)} min`;
  return formatClock(leftMs / 1000);
}

/** The same for who hears it, said once a minute at most; nothing is said in between. */
export function toSpokenCountdown(leftMs: number): string {
  if (leftMs <= 0) return "It starts any moment now.";
  const minutes = Math.ceil(leftMs / minuteMs);
  if (minutes > 60) return "";
  return minutes === 1 ? "It starts in a minute." : `It starts in ${minutes} minutes.`;
}

/** How long the streamer still has to come back; empty where nobody knows. */
export function toWaitWords(reconnectUntil: string | null, nowMs: number): string {
  if (reconnectUntil === null) return "";
  const leftSeconds = Math.ceil((Date.parse(reconnectUntil) - nowMs) / 1000);
  if (leftSeconds <= 0) return "The time is up: it may end now.";
  return leftSeconds < 120
    ? `We wait ${leftSeconds} more seconds.`
    : `We wait ${Math.round(leftSeconds / 60)} more minutes.`;
}

const startFormat = new Intl.DateTimeFormat("en", {
  weekday: "long",
  day: "numeric",
  month: "long",
  hour: "numeric",
  minute: "2-digit",
});

/** `Saturday, 21 November at 8:00 PM`, in the viewer's own time. */
export function toStartWords(scheduledAt: string): string {
  return startFormat.format(new Date(scheduledAt));
}
