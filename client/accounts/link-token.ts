/** The token of a mailed link. It stands behind `#`, which no browser sends to a server or to another site. */
export function readLinkToken(): string {
  return decodeURIComponent(location.hash.slice(1));
}
