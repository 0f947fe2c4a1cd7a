import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { createTrustedProxies } from "./trusted-proxies.ts";

function toRequest(remoteAddress: string, forwardedFor?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: remoteAddress });
  const request = new IncomingMessage(socket);
  if (forwardedFor !== undefined) request.headers["x-forwarded-for"] = forwardedFor;
  return request;
}

describe("createTrustedProxies", () => {
  it.each(["proxy.local", "10.0.0.0/33", "10.0.0.0/x", "::1/129", "10.0.0"])("refuses %s", (name) => {
    expect(() => createTrustedProxies([name])).toThrow("SHOAL_TRUSTED_PROXIES");
  });

  it.each<[string, string[], string, string | undefined, string]>([
    ["nobody is believed", [], "127.0.0.1", "203.0.113.9", "127.0.0.1"],
    ["a stranger is not believed", ["127.0.0.1"], "198.51.100.7", "203.0.113.9", "198.51.100.7"],
    ["our proxy is believed", ["127.0.0.1"], "127.0.0.1", "203.0.113.9", "203.0.113.9"],
    [
      "however the system writes its address",
      ["127.0.0.1"],
      "::ffff:127.0.0.1",
      "203.0.113.9",
      "203.0.113.9",
    ],
    ["what the asker invented is not", ["10.0.0.0/8"], "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"],
    ["two proxies in a row", ["10.0.0.0/8", "::1"], "::1", "203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["nonsense is left out", ["::1"], "::1", "unknown", "::1"],
    ["a proxy that says nothing", ["::1"], "::1", undefined, "::1"],
  ])("%s", (_what, names, remoteAddress, forwardedFor, expected) => {
    const proxies = createTrustedProxies(names);
    expect(proxies.toAddress(toRequest(remoteAddress, forwardedFor))).toBe(expected);
  });
});
