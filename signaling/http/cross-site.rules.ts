/** What a browser says of where a request comes from. */
export interface RequestOrigin {
  readonly method: string;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, Fetch Metadata §2.4. */
  readonly fetchSite: string | undefined;
  readonly host: string | undefined;
  /** Does the request come with our cookie? */
  readonly hasCookie: boolean;
}

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * May this request act? Safe methods may. Others must not come from another site's page; and with our cookie, which a
 * browser adds by itself, the browser must say that they come from our own.
 */
export function isAllowedOrigin(request: RequestOrigin, publicOrigin: string): boolean {
  if (safeMethods.has(request.method)) return true;
  const { fetchSite, origin } = request;
  if (fetchSite !== undefined) return fetchSite === "same-origin" || fetchSite === "none";
  if (origin !== undefined) return isOwn(origin, request.host, publicOrigin);
  return !request.hasCookie;
}

/** Is this the origin of our own page, at `publicOrigin` or under the name that was asked for (`Host`)? */
export function isOwn(origin: string, host: string | undefined, publicOrigin: string): boolean {
  if (origin === publicOrigin) return true;
  // by another name of this machine, such as its address in the home network
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host;
}
