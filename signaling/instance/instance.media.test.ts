import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sessionSchema } from "#common/accounts/user.ts";
import { type FrontDesk, openFrontDesk, testPassword } from "../testing/front-desk.ts";

const metricsToken = "a-token-for-prometheus";
let desk: FrontDesk;
let part: Server;
let isPartReady = true;

beforeAll(async () => {
  part = createServer((request, response) => {
    if (request.url === "/metrics")
      response.end("# TYPE shoal_encodes counter\nshoal_encodes 7\nprocess_cpu 1\n");
    else response.writeHead(isPartReady ? 200 : 503).end();
  });
  part.listen(0, "127.0.0.1");
  await once(part, "listening");
  const address = part.address();
  if (!address || typeof address === "string") throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}`;
  desk = await openFrontDesk({
    SHOAL_SFU_URL: url,
    SHOAL_ENCODER_URL: url,
    SHOAL_METRICS_TOKEN: metricsToken,
    SHOAL_INSTANCE_NAME: "Herring TV",
  });
}, 60_000);
afterAll(async () => {
  await desk?.close();
  part?.closeAllConnections();
  part?.close();
});

const firstAdmin = { email: "first@shoal.test", password: testPassword, handle: "first" };

describe("the first administrator", () => {
  it.each([
    ["a wrong token", { ...firstAdmin, token: "e5".repeat(32) }, "auth.link_expired"],
    ["a piece of the token", { ...firstAdmin, token: "d4" }, "auth.link_expired"],
    ["no token", firstAdmin, "request.invalid"],
    ["a short password", { ...firstAdmin, password: "x", token: "d4".repeat(32) }, "request.invalid"],
  ])("is not made by %s", async (_what, body, code) => {
    expect((await desk.ask("/api/instance/first-admin", { body })).code).toBe(code);
    expect((await desk.ask("/api/instance")).body).toMatchObject({ needsFirstAdmin: true });
  });

  it("is made once, however many hold the link", async () => {
    const token = desk.secrets.firstAdminToken;
    const answers = await Promise.all(
      [1, 2, 3].map((n) => {
        const body = { ...firstAdmin, token, email: `first-${n}@shoal.test`, handle: `first-${n}` };
        return desk.ask("/api/instance/first-admin", { body });
      }),
    );
    expect(answers.map(({ code }) => code).sort()).toEqual([
      "",
      "instance.already_set_up",
      "instance.already_set_up",
    ]);
    const made = sessionSchema.parse(answers.find(({ code }) => code === "")?.body);
    expect(made.user).toMatchObject({ role: "admin", verified: true });
    const { body } = await desk.ask("/api/instance", { token: made.token });
    expect(body).toMatchObject({ name: "Herring TV", needsFirstAdmin: false, registrationOpen: true });
  });

  it("comes from the settings, once", async () => {
    const settings = { SHOAL_ADMIN_EMAIL: "root@shoal.test", SHOAL_ADMIN_PASSWORD: testPassword };
    const other = await openFrontDesk(settings);
    try {
      const body = { email: "root@shoal.test", password: testPassword };
      const { user } = sessionSchema.parse((await other.ask("/api/users/login", { body })).body);
      expect(user).toMatchObject({ role: "admin", handle: "admin" });
      expect((await other.ask("/api/instance")).body).toMatchObject({ needsFirstAdmin: false });
    } finally {
      await other.close();
    }
  });
});

describe("/metrics", () => {
  it.each<[string, Record<string, string>]>([
    ["nobody", {}],
    ["a wrong token", { authorization: "Bearer a-token-for-somebody" }],
  ])("is not there for %s", async (_who, headers) => {
    expect((await desk.ask("/metrics", { headers })).code).toBe("request.not_found");
  });

  it("counts requests by route, jobs by state, and what the other processes count", async () => {
    await desk.ask("/api/users/nobody-at-all");
    const { body } = await desk.ask("/metrics", { headers: { authorization: `Bearer ${metricsToken}` } });
    expect(body).toMatch(
      /shoal_http_request_duration_seconds_count\{method="GET",route="\/api\/users\/:id",status="404"\} 1/,
    );
    expect(body).toContain('shoal_jobs{state="waiting"} 0');
    expect(body).toContain("shoal_tracker_connections 0");
    expect(body).toContain("shoal_encodes 7");
    expect(body).not.toContain("process_cpu 1");
    expect(body).not.toContain("nobody-at-all");
  });

  it("answers this machine alone without a token, and never through a proxy", async () => {
    const open = await openFrontDesk();
    try {
      expect((await open.ask("/metrics")).status).toBe(200);
      const headers = { "x-forwarded-for": "203.0.113.9" };
      expect((await open.ask("/metrics", { headers })).code).toBe("request.not_found");
    } finally {
      await open.close();
    }
  });
});

describe("while a part is away", () => {
  it("names it, and lives on", async () => {
    const ok = { pocketbase: "ok", sfu: "ok", encoder: "ok", storage: "ok" };
    expect((await desk.ask("/readyz")).body).toEqual({ ready: true, parts: ok });
    isPartReady = false;
    const answer = await desk.ask("/readyz");
    expect(answer.status).toBe(503);
    expect(answer.body).toEqual({ ready: false, parts: { ...ok, sfu: "not ready", encoder: "not ready" } });
    isPartReady = true;
    expect((await desk.ask("/healthz")).status).toBe(200);
  });

  it("says 503 with a code everywhere when it is the database, and is right again when that is back", async () => {
    const { token } = await desk.makeAccount();
    const body = { email: "a@shoal.test", password: testPassword, handle: "somebody" };
    const asked: Array<[string, Parameters<FrontDesk["ask"]>[1]]> = [
      ["/api/users/me", { token }],
      ["/api/users/somebody", {}],
      ["/api/users/login", { body }],
      ["/api/users/register", { body }],
      ["/api/users/logout", { method: "POST", token }],
      ["/api/users/password-reset", { body }],
      ["/api/users/verify", { body: { token: "x" } }],
      ["/api/instance", {}],
      ["/api/videos", {}],
      ["/api/videos", { token, body: { title: "x", visibility: "public" } }],
      ["/api/videos/abcdefghijklmno", {}],
      ["/api/oauth/oidc", {}],
      ["/upload/abcdefghijklmno", { method: "POST", token }],
      ["/pb/api/health", {}],
    ];
    expect((await desk.ask("/api/users/me", { token })).status).toBe(200);
    await desk.pocketbase.kill();
    for (const [path, ask] of asked) {
      const answer = await desk.ask(path, ask);
      expect(`${path} ${answer.status} ${answer.code}`).toBe(`${path} 503 service.unavailable`);
    }
    expect((await desk.ask("/readyz")).body).toMatchObject({ parts: { pocketbase: "no answer" } });
    expect((await desk.ask("/healthz")).status).toBe(200);
    await desk.pocketbase.start();
    const ask = async () => (await desk.ask("/api/users/me", { token })).status;
    await expect.poll(ask, { timeout: 10_000 }).toBe(200);
    expect((await desk.ask("/readyz")).status).toBe(200);
  });
});
