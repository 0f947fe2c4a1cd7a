import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownUserSchema } from "#common/accounts/user.ts";
import { type Answer, type FrontDesk, openFrontDesk } from "../testing/front-desk.ts";

/** Who sits at the other site, and what came there. */
const other = {
  person: { sub: "1", email: "grace@other.test", name: "Grace Hopper", preferred_username: "grace" },
  challenges: new Map<string, string>(),
};
let site: Server;
let siteUrl: string;
let desk: FrontDesk;

beforeAll(async () => {
  site = createServer((request, response) => {
    answer(request.url ?? "", request).then(
      (body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)),
      () => response.writeHead(400, { "content-type": "application/json" }).end('{"error":"invalid_grant"}'),
    );
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  const address = site.address();
  if (!address || typeof address === "string") throw new Error("no port");
  siteUrl = `http://127.0.0.1:${address.port}`;
  desk = await openFrontDesk();
  await configure(desk);
}, 60_000);
afterAll(async () => {
  await desk?.close();
  site?.closeAllConnections();
  site?.close();
});

/** The token and user endpoints of a small OpenID provider; a code is good once, and only with its verifier. */
async function answer(url: string, body: AsyncIterable<Buffer>): Promise<unknown> {
  if (url === "/userinfo") return { ...other.person, email_verified: true };
  let text = "";
  for await (const chunk of body) text += chunk;
  const form = new URLSearchParams(text);
  const code = form.get("code") ?? "";
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  if (other.challenges.get(code) !== challenge) throw new Error("invalid_grant");
  other.challenges.delete(code);
  return { access_token: "access", token_type: "Bearer", expires_in: 60 };
}

/** What an administrator does in PocketBase's admin screen. */
async function configure({ pocketbase }: FrontDesk): Promise<void> {
  const provider = {
    name: "oidc",
    displayName: "The other site",
    clientId: "shoal",
    clientSecret: "a secret of the other site",
    authURL: `${siteUrl}/authorize`,
    tokenURL: `${siteUrl}/token`,
    userInfoURL: `${siteUrl}/userinfo`,
    pkce: true,
  };
  const client = await pocketbase.service.client();
  await client.collections.update("users", { oauth2: { enabled: true, providers: [provider] } });
}

/** What a browser holds after the first step. */
interface Begun {
  readonly cookie: string;
  readonly code: string;
  readonly state: string;
}

const cookieOf = ({ headers }: Answer, name: string) =>
  new RegExp(`${name}=([^;]+)`).exec(headers.getSetCookie().join("\n"))?.[0] ?? "";

/** Goes to the other site and says yes there. */
async function begin(at = desk): Promise<Begun> {
  const sent = await at.ask("/api/oauth/oidc");
  expect(sent.status).toBe(302);
  const target = new URL(sent.headers.get("location") ?? "");
  expect(target.origin).toBe(siteUrl);
  expect(target.searchParams.get("redirect_uri")).toBe("http://shoal.test/api/oauth/callback");
  const code = `code-${Math.random()}`;
  other.challenges.set(code, target.searchParams.get("code_challenge") ?? "");
  return { cookie: cookieOf(sent, "shoal_oauth"), code, state: target.searchParams.get("state") ?? "" };
}

async function comeBack({ cookie, code, state }: Begun, at = desk): Promise<Answer> {
  return at.ask(`/api/oauth/callback?${new URLSearchParams({ code, state })}`, { headers: { cookie } });
}

async function whoami(back: Answer) {
  const cookie = cookieOf(back, "shoal_session");
  return ownUserSchema.parse((await desk.ask("/api/users/me", { headers: { cookie } })).body);
}

describe("refuses", () => {
  it("a provider that nobody configured", async () => {
    expect((await desk.ask("/api/oauth/google")).code).toBe("request.not_found");
    expect((await desk.ask("/api/oauth/a%2Fb")).status).toBe(400);
  });

  it.each<[string, (begun: Begun) => Begun, string]>([
    ["who comes without the cookie", (begun) => ({ ...begun, cookie: "" }), "auth.link_expired"],
    ["another state", (begun) => ({ ...begun, state: "another" }), "auth.link_expired"],
    [
      "a forged cookie",
      (begun) => ({ ...begun, cookie: `${begun.cookie.slice(0, -2)}xx` }),
      "auth.link_expired",
    ],
    ["a code of somebody else's log-in", (begun) => ({ ...begun, code: "code" }), "auth.wrong_credentials"],
    ["an empty code", (begun) => ({ ...begun, code: "" }), "auth.wrong_credentials"],
  ])("%s", async (_what, change, code) => {
    const back = await comeBack(change(await begin()));
    expect(back.headers.get("location")).toBe(`/login?error=${code}`);
    expect(cookieOf(back, "shoal_session")).toBe("");
  });

  it("who said no at the other site", async () => {
    const { cookie } = await begin();
    const back = await desk.ask("/api/oauth/callback?error=access_denied", { headers: { cookie } });
    expect(back.headers.get("location")).toBe("/login?error=auth.wrong_credentials");
  });

  it("to make an account below /pb, whatever role it asks for", async () => {
    const { code } = await begin();
    const body = {
      provider: "oidc",
      code,
      codeVerifier: "x",
      redirectURL: "http://shoal.test/api/oauth/callback",
      createData: { handle: "mallory", role: "admin" },
    };
    other.challenges.set(code, createHash("sha256").update("x").digest("base64url"));
    const answer = await desk.ask("/pb/api/collections/users/auth-with-oauth2", { body });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await desk.ask("/api/users/mallory")).code).toBe("account.not_found");
  });

  it("new accounts where registration is closed", async () => {
    const closed = await openFrontDesk({ SHOAL_REGISTRATION_OPEN: "no" });
    try {
      await configure(closed);
      const back = await comeBack(await begin(closed), closed);
      expect(back.headers.get("location")).toBe("/login?error=auth.wrong_credentials");
      const body = { email: "new@shoal.test", password: "a long password", handle: "newcomer" };
      expect((await closed.ask("/api/users/register", { body })).code).toBe("account.registration_closed");
    } finally {
      await closed.close();
    }
  });
});

describe("by another site", () => {
  it("is offered on the log-in page, without its secret", async () => {
    const fresh = await openFrontDesk();
    try {
      await configure(fresh);
      const { body } = await fresh.ask("/api/instance");
      expect(body).toMatchObject({ oauthProviders: [{ name: "oidc", displayName: "The other site" }] });
      expect(JSON.stringify(body)).not.toContain("secret");
    } finally {
      await fresh.close();
    }
  });

  it("makes an account with a handle, and finds it again", async () => {
    const back = await comeBack(await begin());
    expect([back.status, back.headers.get("location")]).toEqual([302, "/"]);
    const made = await whoami(back);
    expect(made).toMatchObject({
      email: "grace@other.test",
      handle: "grace",
      displayName: "Grace Hopper",
      role: "creator",
      verified: true,
    });
    expect((await whoami(await comeBack(await begin()))).id).toBe(made.id);
  });

  it("gives somebody else of the same name another handle", async () => {
    other.person = { sub: "2", email: "g2@other.test", name: "Grace", preferred_username: "grace" };
    expect((await whoami(await comeBack(await begin()))).handle).toBe("grace-2");
  });
});
