/**
 * The policy of our pages (CSP Level 3), for helmet: nothing of other sites, nothing inline. The player's elements write
 * constant styles into their shadow roots; `styleHashes` (`'sha256-…'`) or a nonce lets these through and no other.
 */
export function contentSecurityPolicy(options: {
  publicUrl: string;
  styleHashes?: readonly string[];
  nonce?: string;
}) {
  const { protocol, host } = new URL(options.publicUrl);
  const isSecure = protocol === "https:";
  const nonce = options.nonce === undefined ? [] : [`'nonce-${options.nonce}'`];
  return {
    useDefaults: false,
    directives: {
      "default-src": ["'self'"],
      "base-uri": ["'none'"],
      "connect-src": ["'self'", `${isSecure ? "wss" : "ws"}://${host}`],
      "font-src": ["'self'"],
      "form-action": ["'self'"],
      "frame-ancestors": ["'self'"],
      "img-src": ["'self'", "data:", "blob:"],
      "media-src": ["'self'", "blob:"],
      "object-src": ["'none'"],
      "script-src": ["'self'"],
      "style-src": ["'self'", ...(options.styleHashes ?? []), ...nonce],
      "worker-src": ["'self'", "blob:"],
      ...(isSecure ? { "upgrade-insecure-requests": [] } : {}),
    },
  };
}

/** Headers of everything that is no page. */
export const dataHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;
