import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, it, test } from "vitest";
import {
  deskStreams,
  openSessionDesk,
  type SessionDesk,
  streamKey,
  viewerToken,
} from "./testing/session-desk.ts";

let desk: SessionDesk;
afterEach(() => desk?.close());

const whip = `/whip/${deskStreams.open}`;
const whep = `/whep/${deskStreams.open}`;
const bearer = { authorization: `Bearer ${streamKey}` };
const sdp = { "content-type": "application/sdp" };
const fragment = { "content-type": "application/trickle-ice-sdpfrag" };

type Headers = Record<string, string>;

async function ask(method: string, path: string, headers: Headers = {}, body?: string) {
  const response = await fetch(new URL(path, desk.url), {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const code = response.headers.get("content-type")?.includes("json") ? JSON.parse(text).error?.code : "";
  return { status: response.status, code, text, headers: response.headers };
}

/** A session that has begun; its address as a path. */
async function begin(path: string, headers: Headers, body?: string): Promise<string> {
  const { status, headers: answered } = await ask("POST", path, headers, body);
  expect(status).toBe(201);
  return new URL(answered.get("location") ?? "").pathname;
}

describe("what is refused before anybody is asked", () => {
  it.each<[string, string, string, Headers, string | undefined, string]>([
    ["no key", "POST", whip, sdp, "v=0", "401 auth.required"],
    ["a wrong key", "POST", whip, { ...sdp, authorization: "Bearer wrong" }, "v=0", "401 stream.wrong_key"],
    [
      "a key in the wrong clothes",
      "POST",
      whip,
      { ...sdp, authorization: `Basic ${streamKey}` },
      "v=0",
      "401 auth.required",
    ],
    ["an address that is no stream", "POST", "/whip/x", { ...sdp, ...bearer }, "v=0", "404 stream.not_found"],
    ["another type", "POST", whip, { ...bearer, "content-type": "text/plain" }, "v=0", "415 request.invalid"],
    ["JSON", "POST", whip, { ...bearer, "content-type": "application/json" }, "{}", "415 request.invalid"],
    [
      "an answer of another type",
      "POST",
      whip,
      { ...bearer, ...sdp, accept: "application/json" },
      "v=0",
      "406 request.invalid",
    ],
    ["no offer", "POST", whip, { ...bearer, ...sdp }, "", "400 stream.bad_sdp"],
    ["too much", "POST", whip, { ...bearer, ...sdp }, "a".repeat(65 * 1024), "413 request.invalid"],
    ["reading an endpoint", "GET", whip, bearer, undefined, "405 request.invalid"],
    ["writing one", "PUT", whip, bearer, "x", "405 request.invalid"],
    ["ending one", "DELETE", "/whip", bearer, undefined, "405 request.invalid"],
    ["reading a session", "GET", `${whip}/abc`, bearer, undefined, "405 request.invalid"],
    [
      "a session that nobody sealed",
      "DELETE",
      `${whip}/abc`,
      bearer,
      undefined,
      "404 stream.session_not_found",
    ],
    [
      "one of no address at all",
      "DELETE",
      `${whip}/${"A".repeat(300)}`,
      bearer,
      undefined,
      "404 stream.session_not_found",
    ],
    [
      "a change without its ICE session",
      "PATCH",
      `${whip}/abc`,
      { ...bearer, ...fragment },
      "a=x",
      "428 request.invalid",
    ],
    [
      "an answer from a publisher",
      "PATCH",
      `${whip}/abc`,
      { ...bearer, ...sdp },
      "v=0",
      "415 request.invalid",
    ],
    ["a viewer without a grant", "POST", `/whep/${deskStreams.closed}`, sdp, "v=0", "401 grant.required"],
    ["a stream that does not exist", "POST", "/whep/nosuchstream001", sdp, "v=0", "404 stream.not_found"],
    ["a stream that is off air", "POST", `/whep/${deskStreams.offAir}`, sdp, "v=0", "409 stream.not_live"],
    ["a viewer's JSON", "POST", whep, { "content-type": "application/json" }, "{}", "415 request.invalid"],
    ["a viewer who takes no offer", "POST", whep, { accept: "text/html" }, undefined, "406 request.invalid"],
    [
      "a picture of no size",
      "PUT",
      `${whep}/abc/display`,
      { "content-type": "application/json" },
      "{}",
      "400 request.invalid",
    ],
    [
      "a display as a form",
      "PUT",
      `${whep}/abc/display`,
      { "content-type": "text/plain" },
      "{}",
      "415 request.invalid",
    ],
  ])("%s", async (_what, method, path, headers, body, expected) => {
    desk = await openSessionDesk();
    const { status, code, headers: answered } = await ask(method, path, headers, body);
    expect(`${status} ${code}`).toBe(expected);
    expect(desk.asked).toEqual([]);
    expect(answered.get("access-control-allow-origin")).toBe("*");
    if (status === 405) expect(answered.get("allow")).toContain("OPTIONS");
    if (status === 401) expect(answered.get("www-authenticate")).toMatch(/^Bearer/);
    if (code === "stream.not_live") expect(answered.get("retry-after")).toBe("3");
  });
});

describe("a publisher's session", () => {
  it("is begun, changed, restarted and ended at its own address", async () => {
    desk = await openSessionDesk({ iceServers: [{ urls: "stun:stun.example.org" }] });
    const begun = await ask("POST", whip, { ...bearer, ...sdp }, "v=0 the offer");
    expect([begun.status, begun.text]).toEqual([201, "v=0 the answer"]);
    expect(begun.headers.get("content-type")).toBe("application/sdp");
    expect(begun.headers.get("etag")).toBe('"ice-1"');
    expect(begun.headers.get("link")).toMatch(
      /^<stun:stun\.example\.org>; rel="ice-server", <turn:turn\.example\.org:3478\?transport=udp>; rel="ice-server"; username="\d+:[\w-]+"; credential="[\w+/]+="; credential-type="password"$/,
    );
    const location = begun.headers.get("location") ?? "";
    // absolute, under the name that was asked for, and without a word of what is behind it
    expect(location).toMatch(new RegExp(`^${desk.url}${whip}/[\\w-]{100,}$`));
    const path = new URL(location).pathname;

    const trickled = await ask(
      "PATCH",
      path,
      { ...bearer, ...fragment, "if-match": '"ice-1"' },
      "a=candidate",
    );
    expect([trickled.status, trickled.text]).toEqual([204, ""]);
    const restarted = await ask("PATCH", path, { ...bearer, ...fragment, "if-match": "*" }, "restart");
    expect([restarted.status, restarted.text]).toEqual([200, "a=ice-ufrag:new"]);
    expect(restarted.headers.get("content-type")).toBe("application/trickle-ice-sdpfrag");
    expect(restarted.headers.get("etag")).toBe('"ice-new"');
    const stale = await ask("PATCH", path, { ...bearer, ...fragment, "if-match": '"ice-1"' }, "stale");
    expect(`${stale.status} ${stale.code}`).toBe("412 stream.wrong_etag");
    expect((await ask("DELETE", path, bearer)).status).toBe(200);
    // it is gone already, by whatever way
    expect((await ask("DELETE", path, bearer)).status).toBe(200);
    expect(desk.asked).toEqual([
      "POST publisher openstream00001 v=0 the offer",
      'PATCH publisher openstream00001/session-1 fragment a=candidate "ice-1"',
      "PATCH publisher openstream00001/session-1 fragment restart *",
      'PATCH publisher openstream00001/session-1 fragment stale "ice-1"',
      "DELETE publisher openstream00001/session-1",
      "DELETE publisher openstream00001/session-1",
    ]);
  });

  it("follows from the key where the address names no stream", async () => {
    desk = await openSessionDesk();
    expect(await begin("/whip", { ...bearer, ...sdp }, "v=0")).toContain(`${whip}/`);
  });

  it("is nobody else's: not without the key, not of another stream, not a viewer's, not of a node that has gone", async () => {
    desk = await openSessionDesk();
    const path = await begin(whip, { ...bearer, ...sdp }, "v=0");
    const codeOf = async (at: string, headers: Headers) => (await ask("DELETE", at, headers)).code;
    expect(await codeOf(path, {})).toBe("auth.required");
    expect(await codeOf(path, { authorization: "Bearer wrong" })).toBe("stream.wrong_key");
    expect(await codeOf(path.replace(deskStreams.open, deskStreams.closed), bearer)).toBe(
      "stream.session_not_found",
    );
    expect(await codeOf(path.replace("/whip/", "/whep/"), bearer)).toBe("stream.session_not_found");
    expect(await codeOf(`${path.slice(0, -2)}AA`, bearer)).toBe("stream.session_not_found");
    expect(desk.asked).toEqual(["POST publisher openstream00001 v=0"]);
    desk.loseNode();
    expect(await codeOf(path, bearer)).toBe("stream.session_not_found");
  });
});

describe("a viewer's session", () => {
  it("is begun with the viewer's offer", async () => {
    desk = await openSessionDesk();
    const { status, text } = await ask("POST", whep, sdp, "v=0 theirs");
    expect([status, text]).toEqual([201, "v=0 the answer"]);
  });

  it("is begun without one, and answered", async () => {
    desk = await openSessionDesk();
    const { status, text, headers } = await ask("POST", whep, { accept: "application/sdp" });
    expect([status, text]).toEqual([201, "v=0 our offer"]);
    const path = new URL(headers.get("location") ?? "").pathname;
    expect((await ask("PATCH", path, sdp, "v=0 theirs")).status).toBe(204);
    expect((await ask("PATCH", path, { ...fragment, "if-match": '"ice-1"' }, "a=candidate")).status).toBe(
      204,
    );
    const display = JSON.stringify({ heightPx: 720, isVisible: false });
    const shown = await ask("PUT", `${path}/display`, { "content-type": "application/json" }, display);
    expect(shown.status).toBe(204);
    expect((await ask("DELETE", path)).status).toBe(200);
    expect(desk.asked.slice(1)).toEqual([
      "PATCH viewers openstream00001/session-1 answer v=0 theirs null",
      'PATCH viewers openstream00001/session-1 fragment a=candidate "ice-1"',
      `PUT viewers openstream00001/session-1 ${display}`,
      "DELETE viewers openstream00001/session-1",
    ]);
  });

  it("of a closed stream needs the token in every request", async () => {
    desk = await openSessionDesk();
    const token = { authorization: `Bearer ${viewerToken}` };
    const path = await begin(`/whep/${deskStreams.closed}`, { ...token, ...sdp }, "v=0");
    expect((await ask("DELETE", path)).code).toBe("grant.required");
    expect((await ask("DELETE", path, token)).status).toBe(200);
  });
});

describe("OPTIONS", () => {
  it("says what is taken, and tells ICE servers only who may come in", async () => {
    desk = await openSessionDesk();
    const stranger = await ask("OPTIONS", whip);
    expect([stranger.status, stranger.headers.get("accept-post")]).toEqual([204, "application/sdp"]);
    expect(stranger.headers.get("link")).toBeNull();
    expect((await ask("OPTIONS", whip, bearer)).headers.get("link")).toContain("turn:turn.example.org");
    expect((await ask("OPTIONS", whip, { authorization: "Bearer wrong" })).status).toBe(401);
    expect((await ask("OPTIONS", whep)).headers.get("link")).toContain("turn:turn.example.org");
    expect((await ask("OPTIONS", `/whep/${deskStreams.closed}`)).status).toBe(401);
  });

  it("lets pages of any site ask, without cookies", async () => {
    desk = await openSessionDesk();
    const preflight = { origin: "https://elsewhere.example", "access-control-request-method": "PATCH" };
    for (const path of ["/whip", whip, `${whip}/abc`, whep, `${whep}/abc`, `${whep}/abc/display`]) {
      const { status, headers } = await ask("OPTIONS", path, preflight);
      expect([path, status, headers.get("access-control-allow-origin")]).toEqual([path, 204, "*"]);
      expect(headers.get("access-control-allow-methods")).toContain("PATCH");
      expect(headers.get("access-control-allow-headers")).toContain("Authorization");
      expect(headers.get("access-control-expose-headers")).toContain("Location");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("link")).toBeNull();
    }
  });
});

describe("too much", () => {
  test("wrong keys are refused for a while, and the right one from the same address is not", async () => {
    desk = await openSessionDesk({ rateLimits: true });
    const wrong = () => ask("POST", whip, { ...sdp, authorization: "Bearer wrong" }, "v=0");
    const codes = new Set<string>();
    let last = await wrong();
    for (let count = 0; count < 30; count++) {
      last = await wrong();
      codes.add(`${last.status} ${last.code}`);
    }
    expect([...codes]).toEqual(["401 stream.wrong_key", "429 request.too_many"]);
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
    for (let count = 0; count < 50; count++) await begin(whip, { ...bearer, ...sdp }, "v=0");
  });

  test("a flood of viewers from one address is told to wait", async () => {
    desk = await openSessionDesk({ rateLimits: true });
    const answers = [];
    for (let count = 0; count < 320; count++) answers.push(await ask("POST", whep, sdp, "v=0"));
    const refused = answers.filter(({ status }) => status === 429);
    expect([refused.length, refused[0]?.code]).toEqual([20, "request.too_many"]);
    expect(refused[0]?.headers.get("access-control-allow-origin")).toBe("*");
    expect(desk.asked).toHaveLength(300);
  });

  test("a body that does not come ends the connection", async () => {
    desk = await openSessionDesk({ slowBodyMs: 50 });
    const socket = connect(Number(new URL(desk.url).port), "127.0.0.1");
    socket.write(
      `POST ${whip} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\nv=`,
    );
    await once(socket.resume(), "close");
    expect(desk.asked).toEqual([]);
  });
});
