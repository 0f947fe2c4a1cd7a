import { isOwn } from "../http/cross-site.rules.ts";

/** Connections that one address may hold; a household, a school or an office shares one. */
export const maxSocketsPerAddress = 300;
/** Connections from one address that may come without a good token, within {@link refusalsKeptMs}. */
export const maxRefusalsPerAddress = 120;
/** How long refused connections are counted, in milliseconds. */
export const refusalsKeptMs = 60_000;
/** Connections of all pages together. */
export const maxSockets = 20_000;
/** Of these, strangers' in all namespaces together: whoever has an account finds room. */
export const maxStrangers = 16_000;
/** Packets that a connection may send at once, and per second after that: pages ask little, and answer pings. */
export const packetBurst = 40;
/** See {@link packetBurst}. */
export const packetsPerSecond = 5;

/** Says whether so many things have happened that one more is too much; what was not used is saved up to `burst`. */
export function createRateBound(burst: number, perSecond: number, now: () => number = Date.now) {
  let left = burst;
  let countedAtMs = now();
  return {
    /** Counts one; `false`: it was one too many. */
    take(): boolean {
      const nowMs = now();
      left = Math.min(burst, left + ((nowMs - countedAtMs) / 1000) * perSecond);
      countedAtMs = nowMs;
      left -= 1;
      return left >= 0;
    },
  };
}

/**
 * May a page from this origin connect? Browsers always name it for WebSockets; without one it is no page, and then
 * there is no cookie that somebody else could use.
 */
export function isOwnOrigin(
  origin: string | undefined,
  host: string | undefined,
  publicUrl: string,
): boolean {
  return origin === undefined || isOwn(origin, host, new URL(publicUrl).origin);
}

/** The value of a cookie in a `Cookie` header (RFC 6265 §4.2.1). */
export function toCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return decodeText(pair.slice(at + 1).trim());
  }
  return undefined;
}

function decodeText(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
