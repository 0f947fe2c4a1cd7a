/** Numbers and times as people read them. All pure: the clock is an argument. */

const minuteSeconds = 60;
const hourSeconds = 60 * minuteSeconds;
const daySeconds = 24 * hourSeconds;

/** `7` → `0:07`, `3671` → `1:01:11`. */
export function formatDuration(durationSeconds: number): string {
  const total = Math.max(0, Math.round(durationSeconds));
  const hours = Math.floor(total / hourSeconds);
  const minutes = Math.floor((total % hourSeconds) / minuteSeconds);
  const seconds = String(total % minuteSeconds).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The same for a screen reader: `1 hour 1 minute 11 seconds`. */
export function formatSpokenDuration(durationSeconds: number): string {
  const total = Math.max(0, Math.round(durationSeconds));
  const parts = [
    { count: Math.floor(total / hourSeconds), noun: "hour" },
    { count: Math.floor((total % hourSeconds) / minuteSeconds), noun: "minute" },
    { count: total % minuteSeconds, noun: "second" },
  ].filter((part) => part.count > 0);
  return parts.length === 0 ? "0 seconds" : parts.map((part) => plural(part.count, part.noun)).join(" ");
}

const sizeUnits = ["B", "kB", "MB", "GB", "TB"];

/** `1536` → `1.5 kB`. Powers of 1000, as file managers show them. */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${Math.round(sizeBytes)} B`;
  const power = Math.min(sizeUnits.length - 1, Math.floor(Math.log10(sizeBytes) / 3));
  const value = sizeBytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${sizeUnits[power]}`;
}

/** `about 3 min left`, in steps that do not flicker. */
export function formatTimeLeft(leftSeconds: number): string {
  if (!Number.isFinite(leftSeconds)) return "";
  if (leftSeconds < 10) return "a few seconds left";
  if (leftSeconds < minuteSeconds) return `${Math.round(leftSeconds / 5) * 5} s left`;
  if (leftSeconds < hourSeconds) return `${Math.round(leftSeconds / minuteSeconds)} min left`;
  const hours = Math.floor(leftSeconds / hourSeconds);
  return `${hours} h ${Math.round((leftSeconds % hourSeconds) / minuteSeconds)} min left`;
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** `1` → `1 view`, `12400` → `12.4K views`. */
export function formatViews(viewCount: number): string {
  if (viewCount === 0) return "No views yet";
  return `${compact.format(viewCount)} ${viewCount === 1 ? "view" : "views"}`;
}

/** `0.4251` → `42%`; never `100%` before it is. */
export function formatPercent(progress: number): string {
  return `${progress >= 1 ? 100 : Math.min(99, Math.floor(progress * 100))}%`;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const ageSteps: readonly { unit: Intl.RelativeTimeFormatUnit; seconds: number }[] = [
  { unit: "year", seconds: 365 * daySeconds },
  { unit: "month", seconds: 30 * daySeconds },
  { unit: "week", seconds: 7 * daySeconds },
  { unit: "day", seconds: daySeconds },
  { unit: "hour", seconds: hourSeconds },
  { unit: "minute", seconds: minuteSeconds },
];

/** `3 days ago`, `just now`. */
export function formatAge(at: string, nowMs: number = Date.now()): string {
  const ageSeconds = (nowMs - Date.parse(at)) / 1000;
  const step = ageSteps.find((one) => ageSeconds >= one.seconds);
  return step ? relative.format(-Math.floor(ageSeconds / step.seconds), step.unit) : "just now";
}

const dateFormat = new Intl.DateTimeFormat("en", { dateStyle: "long" });

/** `21 November 2026`, in the order that the reader's English has. */
export function formatDate(at: string): string {
  return dateFormat.format(new Date(at));
}
