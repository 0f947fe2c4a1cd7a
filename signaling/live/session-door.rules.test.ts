import { describe, expect, it } from "vitest";
import { doesAccept, toIceLinks, toLocation, toMediaType } from "./session-door.rules.ts";

describe("Accept", () => {
  it.each([
    [undefined, true],
    ["", true],
    ["*/*", true],
    ["application/sdp", true],
    ["Application/SDP;q=0.5", true],
    ["application/*", true],
    ["text/html, application/sdp", true],
    ["text/html, */*;q=0.1", true],
    ["application/sdp;q=0", false],
    ["application/sdp; q=0.000", false],
    ["application/json", false],
    ["text/*", false],
  ])("%s", (accept, expected) => {
    expect(doesAccept(accept, "application/sdp")).toBe(expected);
  });
});

it.each([
  [undefined, ""],
  ["application/sdp", "application/sdp"],
  ["Application/SDP; charset=utf-8", "application/sdp"],
])("the type of %s", (contentType, expected) => {
  expect(toMediaType(contentType)).toBe(expected);
});

describe("ICE servers as links", () => {
  it("are without credentials where they need none, and quoted where they have some", () => {
    const links = toIceLinks([
      { urls: "stun:stun.example.org" },
      { urls: "turn:turn.example.org?transport=udp", username: '17:"x\\', credential: "a+b/=" },
    ]);
    expect(links).toEqual([
      '<stun:stun.example.org>; rel="ice-server"',
      '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="17:\\"x\\\\"; credential="a+b/="; credential-type="password"',
    ]);
  });

  it("cannot break out of their place", () => {
    const [link] = toIceLinks([
      { urls: 'turn:a>; rel="x"\r\n', username: "u\r\nset-cookie: a=b", credential: "" },
    ]);
    expect(link).toBe(
      '<turn:a%3E;%20rel=%22x%22%0D%0A>; rel="ice-server"; username="uset-cookie: a=b"; credential=""; credential-type="password"',
    );
  });
});

describe("where a session is", () => {
  it.each([
    [
      "our own name keeps its scheme behind a proxy",
      { protocol: "http", host: "shoal.example" },
      "https://shoal.example/whip/a/b",
    ],
    ["another name is kept", { protocol: "http", host: "127.0.0.1:3000" }, "http://127.0.0.1:3000/whip/a/b"],
    ["no name is one is ours", { protocol: "http", host: "a b" }, "https://shoal.example/whip/a/b"],
    ["no name is ours", { protocol: "http", host: "" }, "https://shoal.example/whip/a/b"],
    ["what is no name too", { protocol: "http", host: "[" }, "https://shoal.example/whip/a/b"],
    ["a port that is none too", { protocol: "http", host: "a:99999" }, "https://shoal.example/whip/a/b"],
  ])("%s", (_what, asked, expected) => {
    expect(toLocation("/whip/a/b", asked, "https://shoal.example")).toBe(expected);
  });
});
