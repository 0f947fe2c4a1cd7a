/**
 * What a request to PocketBase's API is: `login`, `mail` and `secret` are let through but counted strictly, `open` is let
 * through, `closed` is for superusers alone; so is `closed login`, which is counted as strictly as the other one.
 */
export type PocketBaseDoor = "login" | "mail" | "secret" | "open" | "closed" | "closed login";

const doors: ReadonlyArray<readonly [methods: RegExp, path: RegExp, door: PocketBaseDoor]> = [
  [/^GET$/, /^\/api\/health$/, "open"],
  [/^(GET|POST)$/, /^\/api\/realtime$/, "open"],
  [/^GET$/, /^\/api\/collections\/users\/auth-methods$/, "open"],
  [/^POST$/, /^\/api\/collections\/users\/auth-refresh$/, "open"],
  [/^POST$/, /^\/api\/collections\/users\/auth-with-(password|oauth2)$/, "login"],
  [/^POST$/, /^\/api\/collections\/users\/request-(verification|password-reset)$/, "mail"],
  [/^POST$/, /^\/api\/collections\/users\/confirm-(verification|password-reset)$/, "secret"],
  // PocketBase itself refuses all of these, by the collections' rules
  [
    /^(GET|POST|PATCH|DELETE)$/,
    /^\/api\/collections\/(users|videos|jobs|watch_progress)\/records(\/[a-z0-9]{15})?$/,
    "open",
  ],
];

/** Which door an address below `/pb` is. Only plain spellings count: what is escaped or doubled is closed. */
export function toPocketBaseDoor(method: string, url: string): PocketBaseDoor {
  const path = url.split("?", 1)[0]?.replace(/^\/pb/, "") ?? "";
  const found = doors.find(([methods, pattern]) => methods.test(method) && pattern.test(path));
  return found?.[2] ?? (path.includes("/auth-with-") ? "closed login" : "closed");
}
