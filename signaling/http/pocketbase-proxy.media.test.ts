import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createPocketBase } from "#common/node/pocketbase.ts";
import type { PocketBaseService } from "#common/node/pocketbase-ask.ts";
import { createPocketBaseFeed, type FeedEvent, type PocketBaseFeed } from "#common/node/pocketbase-feed.ts";
import { type FrontDesk, openFrontDesk, type TestAccount, testPassword } from "../testing/front-desk.ts";

let desk: FrontDesk;
let user: TestAccount;
let admin: TestAccount;
let videoId: string;

beforeAll(async () => {
  desk = await openFrontDesk();
  user = await desk.makeAccount("creator");
  admin = await desk.makeAccount("admin");
  const body = { title: "A secret", visibility: "public" };
  const created = await desk.ask("/api/videos", { token: user.token, body });
  videoId = z.object({ id: z.string() }).parse(created.body).id;
}, 60_000);
afterAll(() => desk?.close());

const refused = (answer: { status: number; body: unknown }) => {
  expect([400, 401, 403, 404]).toContain(answer.status);
  expect(JSON.stringify(answer.body)).not.toMatch(/A secret|shoal\.test|tokenKey/);
};

const collections = ["users", "videos", "jobs", "watch_progress", "revoked_tokens", "_superusers"];

describe.each(["stranger", "user", "admin"] as const)("below /pb, a %s", (who) => {
  const token = () => ({ stranger: undefined, user: user.token, admin: admin.token })[who];
  const ask = (path: string, options: { method?: string; body?: unknown } = {}) => {
    const held = token();
    return desk.ask(`/pb${path}`, { ...options, ...(held === undefined ? {} : { token: held }) });
  };

  it.each(collections)("lists, reads, makes, changes and deletes nothing in %s", async (collection) => {
    const base = `/api/collections/${collection}/records`;
    const id = { users: user.user.id, videos: videoId }[collection] ?? "abcdefghijklmno";
    const change = { role: "admin", title: "Mine now", state: "ready", owner: user.user.id };
    refused(await ask(base));
    refused(await ask(`${base}?filter=(id!='')&expand=owner&skipTotal=1`));
    refused(await ask(`${base}/${id}`));
    refused(await ask(base, { body: { ...change, email: "x@y.test", password: testPassword } }));
    refused(await ask(`${base}/${id}`, { method: "PATCH", body: change }));
    refused(await ask(`${base}/${id}`, { method: "DELETE" }));
  });

  it("does not reach what is for superusers", async () => {
    const paths = ["/_/", "/api/settings", "/api/collections", "/api/logs", "/api/backups", "/api/crons"];
    for (const path of paths) refused(await ask(path));
    const login = { identity: desk.pocketbase.email, password: desk.pocketbase.password };
    refused(await ask("/api/collections/_superusers/auth-with-password", { body: login }));
    refused(await ask("/api/collections/pbc_3142635823/auth-with-password", { body: login }));
    refused(await ask("/api/shoal/jobs/claim", { body: {} }));
    refused(await ask("/api/batch", { body: { requests: [] } }));
    refused(await ask(`/api/collections/users/impersonate/${admin.user.id}`, { body: {} }));
  });

  it("hears nothing of others by realtime", async () => {
    const heard: FeedEvent[] = [];
    const witnessed: FeedEvent[] = [];
    const url = `${desk.url}/pb`;
    const feed = listen(url, { client: async () => createPocketBase(url, token()) }, heard);
    const witness = listen(desk.pocketbase.url, desk.pocketbase.service, witnessed);
    expect(await feed.untilLive(10_000)).toBe(true);
    expect(await witness.untilLive(10_000)).toBe(true);
    const client = await desk.pocketbase.service.client();
    await client.collection("videos").update(videoId, { description: who });
    await client.collection("users").update(user.user.id, { bio: who });
    await expect.poll(() => witnessed.length).toBe(2);
    expect(heard).toEqual([]);
    await Promise.all([feed.close(), witness.close()]);
  });
});

function listen(url: string, service: PocketBaseService, heard: FeedEvent[]): PocketBaseFeed {
  const names = ["users", "videos", "jobs"];
  const feed = createPocketBaseFeed({ url, service, collections: names, log: pino({ level: "silent" }) });
  for (const name of names) feed.on(name, (event) => heard.push(event));
  return feed;
}

describe("below /pb", () => {
  it("logs in as in PocketBase, with a token that Shoal knows, and shows one's own record alone", async () => {
    const body = { identity: user.email, password: testPassword };
    const path = "/pb/api/collections/users/auth-with-password?expand=videos_via_owner";
    const answer = await desk.ask(path, { body });
    const { token, record } = z.object({ token: z.string(), record: z.looseObject({}) }).parse(answer.body);
    expect(record).toMatchObject({ id: user.user.id, role: "creator" });
    expect(JSON.stringify(record)).not.toContain("A secret");
    expect((await desk.ask("/api/users/me", { token })).status).toBe(200);
  });

  it("names the ways to log in, and nothing of how they are set up", async () => {
    const { body } = await desk.ask("/pb/api/collections/users/auth-methods");
    expect(JSON.stringify(body)).not.toMatch(/secret/i);
  });

  it.each(["token", "Bearer token"])("refuses a superuser's token (%s)", async (form) => {
    const { token } = (await desk.pocketbase.service.client()).authStore;
    const headers = { authorization: form.replace("token", token) };
    const answer = await desk.ask("/pb/api/collections/users/records", { headers });
    expect(answer.code).toBe("auth.invalid_token");
  });

  it("refuses a token that was logged out, with and without Bearer", async () => {
    const { token } = await desk.makeAccount();
    await desk.ask("/api/users/logout", { method: "POST", token });
    for (const authorization of [token, `Bearer ${token}`, `bearer  ${token}`]) {
      const answer = await desk.ask("/pb/api/collections/users/auth-refresh", {
        method: "POST",
        headers: { authorization },
      });
      expect(answer.code).toBe("auth.invalid_token");
    }
  });
});

describe("with the door for superusers open", () => {
  it("shows the admin screen and lets them in, and nobody else", async () => {
    const open = await openFrontDesk({ SHOAL_POCKETBASE_ADMIN: "on" });
    try {
      const screen = await open.ask("/pb/_/");
      expect([screen.status, screen.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(screen.headers.get("content-security-policy")).not.toBe(
        "default-src 'none'; frame-ancestors 'none'",
      );
      const body = { identity: open.pocketbase.email, password: open.pocketbase.password };
      const login = await open.ask("/pb/api/collections/_superusers/auth-with-password", { body });
      const { token } = z.object({ token: z.string() }).parse(login.body);
      expect((await open.ask("/pb/api/settings", { token })).status).toBe(200);
      const { token: own } = await open.makeAccount("admin");
      refused(await open.ask("/pb/api/settings", { token: own }));
      refused(await open.ask("/pb/api/collections/users/records"));
      expect((await open.ask("/api/users/me", { token })).code).toBe("auth.invalid_token");
    } finally {
      await open.close();
    }
  });
});
