import { expect, test } from "vitest";
import { isAllowedOrigin, type RequestOrigin } from "./cross-site.rules.ts";

const nothing: RequestOrigin = {
  method: "POST",
  origin: undefined,
  fetchSite: undefined,
  host: "10.0.0.5:3000",
  hasCookie: true,
};

test.each<[boolean, string, Partial<RequestOrigin>]>([
  [false, "our cookie and a browser that says nothing", {}],
  [false, "another site's page", { fetchSite: "cross-site", origin: "https://evil.test" }],
  [false, "another site's page without a cookie yet", { fetchSite: "cross-site", hasCookie: false }],
  [false, "a page of a neighbouring host", { fetchSite: "same-site", origin: "https://other.shoal.test" }],
  [false, "an old browser's page elsewhere", { origin: "https://evil.test" }],
  [false, "an old browser's page elsewhere, no cookie", { origin: "https://evil.test", hasCookie: false }],
  [false, "a page without an origin", { origin: "null" }],
  [false, "another port of this machine", { origin: "http://10.0.0.5:8080" }],
  [
    false,
    "a claim of our origin against what the browser says",
    { fetchSite: "cross-site", origin: "https://shoal.test" },
  ],
  [true, "reading", { method: "GET", fetchSite: "cross-site" }],
  [true, "our own page", { fetchSite: "same-origin", origin: "https://shoal.test" }],
  [true, "a person at the address bar", { fetchSite: "none" }],
  [true, "an old browser's page here", { origin: "https://shoal.test" }],
  [true, "this machine by another name", { origin: "http://10.0.0.5:3000" }],
  [true, "no page and no cookie", { hasCookie: false }],
])("%s: %s", (expected, _what, said) => {
  expect(isAllowedOrigin({ ...nothing, ...said }, "https://shoal.test")).toBe(expected);
});
