/** Where to go after the log-in: only a path of this site, whatever the address says. */
export function toSafePath(next: unknown): string {
  if (typeof next !== "string" || !next.startsWith("/")) return "/";
  // `//host` and `/\host` are other sites
  return /^\/[/\\]/.test(next) ? "/" : next;
}

/** The log-in page that leads back here. */
export function toLoginHref(path: string): string {
  return `/login?next=${encodeURIComponent(path)}`;
}
