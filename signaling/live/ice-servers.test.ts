import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { loadConfig } from "#common/node/config.ts";
import { iceServersConfig } from "./ice-servers.config.ts";
import { createIceServers, turnLifetimeSeconds } from "./ice-servers.ts";

const stun = { urls: "stun:stun.example.org" };
const turnUrls = ["turn:turn.example.org?transport=udp", "turns:turn.example.org:443?transport=tcp"];

it("gives credentials that coturn makes too, and that run out", () => {
  const now = () => 1_700_000_000_000;
  const list = createIceServers({ iceServers: [stun], turnUrls, turnSecret: "north", now });
  const [first, udp, tls] = list();
  expect(first).toEqual(stun);
  expect([udp?.urls, tls?.urls]).toEqual(turnUrls);
  const [expiresAt, name] = udp?.username?.split(":") ?? [];
  expect(Number(expiresAt)).toBe(1_700_000_000 + turnLifetimeSeconds);
  // coturn, `use-auth-secret`: base64(HMAC-SHA1(secret, username))
  expect(udp?.credential).toBe(
    createHmac("sha1", "north")
      .update(udp?.username ?? "")
      .digest("base64"),
  );
  // nobody is told apart by them for longer than a grant
  expect(list()[1]?.username?.split(":")[1]).not.toBe(name);
});

it("makes nothing up without TURN servers, and says what is missing", () => {
  expect(createIceServers({ iceServers: [stun], turnUrls: [], turnSecret: "" })()).toEqual([stun]);
  expect(() => createIceServers({ iceServers: [], turnUrls, turnSecret: "" })).toThrow("SHOAL_TURN_SECRET");
});

it("takes a list of addresses, and nothing that is none", () => {
  const read = (SHOAL_TURN_URLS: string) => loadConfig(iceServersConfig, { SHOAL_TURN_URLS }).turnUrls;
  expect(read(` ${turnUrls.join(" , ")},`)).toEqual(turnUrls);
  expect(read("")).toEqual([]);
  for (const bad of ["stun:stun.example.org", "turn:a b", 'turn:a"; rel="x', "https://turn.example.org"]) {
    expect(() => read(bad), bad).toThrow("SHOAL_TURN_URLS");
  }
});
