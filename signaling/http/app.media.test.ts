import { once } from "node:events";
import { connect } from "node:net";
import { createTRPCClient, httpBatchLink, TRPCClientError } from "@trpc/client";
import { io as connectSocket, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { AppRouter } from "../app-router.ts";
import { type FrontDesk, openFrontDesk, type TestAccount, testPassword } from "../testing/front-desk.ts";

let desk: FrontDesk;
let account: TestAccount;
beforeAll(async () => {
  desk = await openFrontDesk();
  account = await desk.makeAccount();
}, 60_000);
afterAll(() => desk?.close());

const createClient = (headers: Record<string, string> = {}) =>
  createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${desk.url}/trpc`, headers })] });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    return z.object({ shoalCode: z.string() }).parse(error.data).shoalCode;
  }
}

describe("every door", () => {
  it.each([
    ["/api/nothing", "GET", 404, "request.not_found"],
    ["/api", "GET", 404, "request.not_found"],
    ["/api/users/me", "POST", 404, "request.not_found"],
    ["/healthz", "POST", 404, "request.not_found"],
    ["/nowhere", "POST", 404, "request.not_found"],
    ["/nothing.js", "GET", 404, "request.not_found"],
    ["/api/users/%ff", "GET", 400, "request.invalid"],
    ["/api/videos?page=0", "GET", 400, "request.invalid"],
    ["/api/videos?page=1&page=2", "GET", 400, "request.invalid"],
    ["/upload/abcdefghijklmno", "POST", 401, "auth.required"],
    ["/media/abcdefghijklmno/r1/master-1.m3u8", "GET", 401, "grant.required"],
  ])("answers %s %s in JSON", async (path, method, status, code) => {
    const answer = await desk.ask(path, { method });
    expect(`${answer.status} ${answer.code}`).toBe(`${status} ${code}`);
    expect(answer.headers.get("content-type")).toContain("application/json");
  });

  it.each<[string, string, string, number]>([
    ["broken JSON", "application/json", "{", 400],
    ["another prototype", "application/json", '{"__proto__":{"role":"admin"}}', 400],
    ["a form", "application/x-www-form-urlencoded", "email=a", 400],
    ["plain text, which other sites' forms can send", "text/plain", '{"email":"a"}', 400],
    ["too much", "application/json", JSON.stringify({ email: "x".repeat(2_000_000) }), 400],
  ])("refuses %s", async (_what, type, body, status) => {
    const init = { method: "POST", headers: { "content-type": type }, body };
    const response = await fetch(`${desk.url}/api/users/login`, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: "request.invalid" } });
  });

  it.each(["/api/instance", "/%61pi/instance", "/%74rpc/instance.get", "/api/nothing", "/pb/api/health"])(
    "lets nobody keep, or take for a page, what %s answers",
    async (path) => {
      const { headers } = await desk.ask(path);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    },
  );

  it.each([
    ["half a character", "\ud800", "request.invalid"],
    ["what nobody sees", "\u200b\u0000", "request.invalid"],
    ["half a character in a title", "A \ud800shoal", ""],
  ])("knows what to do with a text of %s", async (_what, title, code) => {
    const body = { title, visibility: "private" };
    expect((await desk.ask("/api/videos", { token: account.token, body })).code).toBe(code);
  });

  it("takes a body of nothing that is called JSON", async () => {
    const headers = { authorization: `Bearer ${account.token}`, "content-type": "application/json" };
    const response = await fetch(`${desk.url}/api/users/me/verification`, { method: "POST", headers });
    expect(response.status).toBe(200);
  });

  it("survives what is no HTTP", async () => {
    const { port } = new URL(desk.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.write("\u0016\u0003\u0001 nonsense\r\n\r\n");
    const [first] = await new Promise<Buffer[]>((resolve) => socket.once("data", (data) => resolve([data])));
    expect(String(first)).toContain("400");
    socket.destroy();
    expect((await desk.ask("/healthz")).status).toBe(200);
  });

  it("describes the whole API, and nothing that is not there", async () => {
    const { body } = await desk.ask("/api/openapi.json");
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
      .parse(body);
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    );
    expect(described.length).toBeGreaterThan(20);
    for (const { path, method } of described) {
      const answer = await desk.ask(`/api${path.replace("{id}", "abcdefghijklmno")}`, { method });
      expect(`${method} ${path} ${answer.code}`).not.toContain("request.not_found");
    }
  });
});

describe("the page's cookie", () => {
  const cookie = () => `shoal_session=${account.token}`;
  const own = { origin: "http://shoal.test", "sec-fetch-site": "same-origin" };
  const foreign = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };

  it("acts for our own page", async () => {
    const headers = { cookie: cookie(), ...own };
    const answer = await desk.ask("/api/users/me", { method: "PATCH", headers, body: { bio: "Here." } });
    expect(answer.body).toMatchObject({ bio: "Here." });
  });

  it.each(["/api/users/logout", "/trpc/accounts.logout", "/api/videos", "/upload/abcdefghijklmno"])(
    "does nothing at %s for another site's page",
    async (path) => {
      for (const headers of [{ cookie: cookie(), ...foreign }, { cookie: cookie() }]) {
        const answer = await desk.ask(path, { method: "POST", headers, body: {} });
        expect(answer.status).toBe(403);
        expect(JSON.stringify(answer.body)).toContain("request.cross_site");
      }
      expect((await desk.ask("/api/users/me", { headers: { cookie: cookie() } })).status).toBe(200);
    },
  );

  it("is not put into a browser by another site's log-in", async () => {
    const body = { email: account.email, password: testPassword };
    const answer = await desk.ask("/api/users/login", { headers: foreign, body });
    expect(answer.code).toBe("request.cross_site");
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  it("of a session that has ended makes its page a stranger's", async () => {
    const headers = { cookie: "shoal_session=ended" };
    expect((await desk.ask("/api/instance", { headers })).status).toBe(200);
    expect((await desk.ask("/api/users/me", { headers })).code).toBe("auth.required");
  });
});

describe("a socket", () => {
  const open = (token: string, headers: Record<string, string> = {}) =>
    connectSocket(desk.url, { path: "/socket", auth: { token }, extraHeaders: headers, reconnection: false });
  const fate = (socket: Socket) =>
    new Promise<string>((resolve) => {
      socket.once("connect", () => resolve("connected"));
      socket.once("connect_error", (error) => resolve(error.message));
    });

  it("opens for an account's token, ends when that logs out, and does not open again", async () => {
    const { token } = await desk.makeAccount();
    const socket = open(token);
    expect(await fate(socket)).toBe("connected");
    const ended = new Promise((resolve) => socket.once("disconnect", resolve));
    await desk.ask("/api/users/logout", { method: "POST", token });
    expect(await ended).toBe("io server disconnect");
    expect(await fate(open(token))).toBe("auth.invalid_token");
  });

  it("ends with the password that its session began with", async () => {
    const { token } = await desk.makeAccount();
    const socket = open(token);
    expect(await fate(socket)).toBe("connected");
    const ended = new Promise((resolve) => socket.once("disconnect", resolve));
    const body = { oldPassword: testPassword, newPassword: `${testPassword} 2` };
    expect((await desk.ask("/api/users/me/password", { token, body })).status).toBe(200);
    await ended;
    expect(await fate(open(token))).toBe("auth.invalid_token");
  });

  it("does not open where there is none", async () => {
    const socket = connect(Number(new URL(desk.url).port), "127.0.0.1");
    socket.write("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    await once(socket.resume(), "close");
  });

  it("does not open for a stranger", async () => {
    expect(await fate(open("nonsense"))).toBe("auth.invalid_token");
  });
});

describe("tRPC", () => {
  it("says the same as REST", async () => {
    const headers = { authorization: `Bearer ${account.token}` };
    const rest = await desk.ask("/api/users/me", { headers });
    expect(await createClient(headers).accounts.me.query()).toEqual(rest.body);
  });

  it("refuses with the same codes", async () => {
    const stranger = createClient();
    expect(await codeOf(stranger.accounts.me.query())).toBe("auth.required");
    const login = { email: "nobody@shoal.test", password: "x" };
    expect(await codeOf(stranger.accounts.login.mutate(login))).toBe("auth.wrong_credentials");
    expect(await codeOf(createClient({ authorization: "Bearer x" }).instance.get.query())).toBe(
      "auth.invalid_token",
    );
    expect(await codeOf(stranger.accounts.login.mutate({ email: "", password: "" }))).toBe("request.invalid");
  });

  it("bounds how much one request asks", async () => {
    const calls = Array.from({ length: 21 }, () => "instance.get").join(",");
    const answer = await desk.ask(`/trpc/${calls}?batch=1`);
    expect(answer.status).toBe(400);
  });
});

describe("too many requests", () => {
  it("are refused with a code and when to come back, by REST, tRPC, its batches and /pb alike", async () => {
    const strict = await openFrontDesk({ SHOAL_RATE_LIMITS: "on", SHOAL_API_REQUESTS_PER_MINUTE: "1000" });
    try {
      const bad = { email: "nobody", password: "x" };
      const logIn = () => strict.ask("/api/users/login", { body: bad });
      // one account is guessed at, from wherever
      const answers = await Promise.all(Array.from({ length: 16 }, logIn));
      const refused = answers.filter(({ code }) => code === "request.too_many");
      expect([answers.length, refused.length]).toEqual([16, 1]);
      expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);

      const reset = (n: number) => ({ json: { email: `x${n}@shoal.test` } });
      const names = Array.from({ length: 12 }, () => "accounts.requestPasswordReset").join(",");
      const inputs = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [n, reset(n).json]));
      const batch = await strict.ask(`/trpc/${names}?batch=1`, { body: inputs });
      expect(JSON.stringify(batch.body).match(/request\.too_many/g)?.length).toBeGreaterThanOrEqual(2);
      expect(Number(batch.headers.get("retry-after"))).toBeGreaterThan(0);

      const mail = await strict.ask("/pb/api/collections/users/request-password-reset", { body: bad });
      expect([mail.status, mail.code]).toEqual([429, "request.too_many"]);
      expect((await strict.ask("/api/instance")).status).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it("that bring tokens which are none are refused before anybody is asked about these", async () => {
    const strict = await openFrontDesk({ SHOAL_RATE_LIMITS: "on" });
    try {
      const { token } = await strict.makeAccount();
      const [head, claims] = token.split(".");
      const guess = (n: number) => {
        const signature = Buffer.alloc(32, `${n}`).toString("base64url");
        return strict.ask("/api/users/me", { token: `${head}.${claims}.${signature}` });
      };
      expect((await guess(0)).code).toBe("auth.invalid_token");
      for (let n = 1; n < 600; n++) await guess(n);
      await strict.pocketbase.kill();
      expect((await guess(600)).code).toBe("request.too_many");
    } finally {
      await strict.close();
    }
  });

  it("are counted for the API, and never for pages", async () => {
    const strict = await openFrontDesk({ SHOAL_RATE_LIMITS: "on", SHOAL_API_REQUESTS_PER_MINUTE: "5" });
    try {
      const statuses: number[] = [];
      for (let n = 0; n < 7; n++) statuses.push((await strict.ask("/api/instance")).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
      const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${strict.url}/trpc` })] });
      expect(await codeOf(client.instance.get.query())).toBe("request.too_many");
      expect((await strict.ask("/api/%69nstance")).code).toBe("request.too_many");
      expect((await strict.ask("/%61pi/instance")).code).toBe("request.too_many");
      expect((await strict.ask("/healthz")).status).toBe(200);
      expect((await strict.ask("/watch/abc")).code).not.toBe("request.too_many");
    } finally {
      await strict.close();
    }
  });
});
