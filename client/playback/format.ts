/** `1.5 MB`, decimal units, three digits at most. */
export function formatBytes(bytes: number): string {
  return formatScaled(bytes, ["B", "kB", "MB", "GB", "TB"]);
}

/** `2.4 Mbit/s`. */
export function formatBitrate(bitrateBps: number): string {
  return formatScaled(bitrateBps, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"]);
}

/** `37 %` of `part` in `whole`; `–` when there is nothing to share. */
export function formatShare(part: number, whole: number): string {
  return whole > 0 ? `${Math.round((part / whole) * 100)} %` : "–";
}

/** `1:02:03` or `2:03`. */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function formatScaled(value: number, units: readonly [string, ...string[]]): string {
  if (!Number.isFinite(value) || value < 0) return "–";
  let scaled = value;
  let unit = 0;
  // 999.5 would be shown as 1000
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const text = unit === 0 || scaled >= 99.95 ? String(Math.round(scaled)) : scaled.toFixed(1);
  return `${text} ${units[unit] ?? units[0]}`;
}
