import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ownUserSchema, publicUserSchema, sessionSchema } from "#common/accounts/user.ts";
import { type FrontDesk, openFrontDesk, type TestAccount, testPassword } from "../testing/front-desk.ts";

let desk: FrontDesk;
let viewer: TestAccount;
let creator: TestAccount;
let admin: TestAccount;
const newPassword = "another long password";

beforeAll(async () => {
  desk = await openFrontDesk();
  viewer = await desk.makeAccount("viewer");
  creator = await desk.makeAccount("creator");
  admin = await desk.makeAccount("admin");
}, 60_000);
afterAll(() => desk?.close());

/** The token of the last link to a page that the log of PocketBase shows. */
async function findLink(email: string, page: string): Promise<string> {
  const link = new RegExp(`mail to ${email} .*http://shoal\\.test/${page}#(\\S+)`, "g");
  await expect.poll(() => desk.pocketbase.output()).toMatch(link);
  return [...desk.pocketbase.output().matchAll(link)].at(-1)?.[1] ?? "";
}

async function logIn(email: string, password: string): Promise<string> {
  const { body } = await desk.ask("/api/users/login", { body: { email, password } });
  return sessionSchema.parse(body).token;
}

const tokens = {
  stranger: () => undefined,
  viewer: () => viewer.token,
  creator: () => creator.token,
  forged: () => `${creator.token.slice(0, -4)}AAAA`,
  respelled: () => respell(creator.token),
  nonsense: () => "nonsense",
  superuser: async () => (await desk.pocketbase.service.client()).authStore.token,
};

/** The same token for a lenient decoder: the last character's two lowest bits mean nothing. */
function respell(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? "") ^ 1];
}

describe("refuses", () => {
  const good = { email: "new@shoal.test", password: newPassword, handle: "newcomer" };
  it.each<[string, keyof typeof tokens, string, string, unknown, string]>([
    [
      "register without a password",
      "stranger",
      "POST",
      "/api/users/register",
      { ...good, password: "" },
      "400 request.invalid",
    ],
    [
      "register with a short password",
      "stranger",
      "POST",
      "/api/users/register",
      { ...good, password: "123456789" },
      "400 request.invalid",
    ],
    [
      "register with a password bcrypt would cut",
      "stranger",
      "POST",
      "/api/users/register",
      { ...good, password: "ö".repeat(40) },
      "400 request.invalid",
    ],
    [
      "register with a bad handle",
      "stranger",
      "POST",
      "/api/users/register",
      { ...good, handle: "a b" },
      "400 request.invalid",
    ],
    [
      "register with a bad address",
      "stranger",
      "POST",
      "/api/users/register",
      { ...good, email: "new" },
      "400 request.invalid",
    ],
    ["register what is no object", "stranger", "POST", "/api/users/register", [], "400 request.invalid"],
    [
      "log in with a wrong password",
      "stranger",
      "POST",
      "/api/users/login",
      { email: "viewer-1@shoal.test", password: "x" },
      "401 auth.wrong_credentials",
    ],
    [
      "log in to no account",
      "stranger",
      "POST",
      "/api/users/login",
      { email: "nobody@shoal.test", password: "x" },
      "401 auth.wrong_credentials",
    ],
    [
      "log in by handle",
      "stranger",
      "POST",
      "/api/users/login",
      { email: "viewer-1", password: testPassword },
      "401 auth.wrong_credentials",
    ],
    [
      "log in with a filter for an address",
      "stranger",
      "POST",
      "/api/users/login",
      { email: "' || id != '", password: testPassword },
      "401 auth.wrong_credentials",
    ],
    ["me, to a stranger", "stranger", "GET", "/api/users/me", undefined, "401 auth.required"],
    ["me, to a forged token", "forged", "GET", "/api/users/me", undefined, "401 auth.invalid_token"],
    [
      "me, to a token in another spelling",
      "respelled",
      "GET",
      "/api/users/me",
      undefined,
      "401 auth.invalid_token",
    ],
    ["me, to nonsense", "nonsense", "GET", "/api/users/me", undefined, "401 auth.invalid_token"],
    [
      "me, to a superuser of PocketBase",
      "superuser",
      "GET",
      "/api/users/me",
      undefined,
      "401 auth.invalid_token",
    ],
    [
      "public pages, to a forged token",
      "forged",
      "GET",
      "/api/instance",
      undefined,
      "401 auth.invalid_token",
    ],
    ["log out, to a stranger", "stranger", "POST", "/api/users/logout", {}, "401 auth.required"],
    ["update, to a stranger", "stranger", "PATCH", "/api/users/me", { bio: "x" }, "401 auth.required"],
    [
      "a taken handle",
      "viewer",
      "PATCH",
      "/api/users/me",
      { handle: "creator-2" },
      "409 account.handle_taken",
    ],
    ["a bad handle", "viewer", "PATCH", "/api/users/me", { handle: "-" }, "400 request.invalid"],
    [
      "a long biography",
      "viewer",
      "PATCH",
      "/api/users/me",
      { bio: "x".repeat(1001) },
      "400 request.invalid",
    ],
    [
      "another password, to a stranger",
      "stranger",
      "POST",
      "/api/users/me/password",
      { oldPassword: testPassword, newPassword },
      "401 auth.required",
    ],
    [
      "another password without the old",
      "viewer",
      "POST",
      "/api/users/me/password",
      { oldPassword: "x", newPassword },
      "401 auth.wrong_credentials",
    ],
    [
      "a short new password",
      "viewer",
      "POST",
      "/api/users/me/password",
      { oldPassword: testPassword, newPassword: "x" },
      "400 request.invalid",
    ],
    [
      "deletion, to a stranger",
      "stranger",
      "POST",
      "/api/users/me/delete",
      { password: testPassword },
      "401 auth.required",
    ],
    [
      "deletion without the password",
      "viewer",
      "POST",
      "/api/users/me/delete",
      { password: "x" },
      "401 auth.wrong_credentials",
    ],
    [
      "a channel that is not there",
      "stranger",
      "GET",
      "/api/users/abcdefghijklmno",
      undefined,
      "404 account.not_found",
    ],
    ["a channel that cannot be", "stranger", "GET", "/api/users/a%20b", undefined, "400 request.invalid"],
    [
      "a verification mail, to a stranger",
      "stranger",
      "POST",
      "/api/users/me/verification",
      {},
      "401 auth.required",
    ],
    [
      "a bad verification link",
      "stranger",
      "POST",
      "/api/users/verify",
      { token: "x" },
      "400 auth.link_expired",
    ],
    [
      "a log-in token as verification link",
      "stranger",
      "POST",
      "/api/users/verify",
      { token: "" },
      "400 request.invalid",
    ],
    [
      "a mail address that only the database knows to be none",
      "stranger",
      "POST",
      "/api/users/register",
      { email: "a@b-.com", password: newPassword, handle: "somebody-else" },
      "400 request.invalid",
    ],
    [
      "a handle that speaks for the instance",
      "stranger",
      "POST",
      "/api/users/register",
      { email: "fake@shoal.test", password: newPassword, handle: "Support" },
      "409 account.handle_taken",
    ],
    [
      "such a handle later on",
      "viewer",
      "PATCH",
      "/api/users/me",
      { handle: "moderator" },
      "409 account.handle_taken",
    ],
    [
      "a bad reset link",
      "stranger",
      "POST",
      "/api/users/password-reset/confirm",
      { token: "x", password: newPassword },
      "400 auth.link_expired",
    ],
    [
      "a role, to a stranger",
      "stranger",
      "PUT",
      "/api/users/abcdefghijklmno/role",
      { role: "admin" },
      "401 auth.required",
    ],
    [
      "a role, to a viewer",
      "viewer",
      "PUT",
      "/api/users/abcdefghijklmno/role",
      { role: "admin" },
      "403 auth.forbidden",
    ],
    [
      "a role, to a creator",
      "creator",
      "PUT",
      "/api/users/abcdefghijklmno/role",
      { role: "admin" },
      "403 auth.forbidden",
    ],
    ["an address that is none", "stranger", "GET", "/api/users", undefined, "404 request.not_found"],
  ])("%s", async (_what, who, method, path, body, expected) => {
    const token = await tokens[who]();
    const answer = await desk.ask(path, { method, body, ...(token === undefined ? {} : { token }) });
    expect(`${answer.status} ${answer.code}`).toBe(expected);
  });

  it("a mail address and a handle that are taken, in any case of letters", async () => {
    const { email, user } = viewer;
    const taken = { password: newPassword, email: email.toUpperCase(), handle: "somebody-new" };
    expect((await desk.ask("/api/users/register", { body: taken })).code).toBe("account.email_taken");
    const other = { ...taken, email: "other@shoal.test", handle: user.handle.toUpperCase() };
    expect((await desk.ask("/api/users/register", { body: other })).code).toBe("account.handle_taken");
  });

  it("to let the last administrator go", async () => {
    const { token, user } = admin;
    const demoted = await desk.ask(`/api/users/${user.id}/role`, {
      method: "PUT",
      token,
      body: { role: "viewer" },
    });
    expect(demoted.code).toBe("auth.forbidden");
    const deleted = await desk.ask("/api/users/me/delete", { token, body: { password: testPassword } });
    expect(deleted.code).toBe("auth.forbidden");
  });
});

it("keeps an administrator when two make way for each other", async () => {
  const other = await openFrontDesk();
  try {
    const [one, two] = [await other.makeAccount("admin"), await other.makeAccount("admin")];
    const demote = (by: TestAccount, whom: TestAccount) =>
      other.ask(`/api/users/${whom.user.id}/role`, {
        method: "PUT",
        token: by.token,
        body: { role: "viewer" },
      });
    const answers = await Promise.all([demote(one, two), demote(two, one)]);
    expect(answers.map(({ code }) => code).sort()).toEqual(["", "auth.forbidden"]);
  } finally {
    await other.close();
  }
});

describe("an account", () => {
  it("is made as a creator whatever the request says, and is logged in", async () => {
    const body = {
      email: "Ada@shoal.test",
      password: newPassword,
      handle: "Ada",
      role: "admin",
      verified: true,
    };
    const answer = await desk.ask("/api/users/register", { body });
    const { user, token } = sessionSchema.parse(answer.body);
    expect(user).toMatchObject({ handle: "ada", displayName: "ada", role: "creator", verified: false });
    expect(answer.headers.get("set-cookie")).toMatch(/^shoal_session=.*HttpOnly; SameSite=Lax/);
    const me = ownUserSchema.parse((await desk.ask("/api/users/me", { token })).body);
    expect(me).toEqual(user);
    expect(me.limits.fileBytes).toBeGreaterThan(0);
  });

  it("logs in however its address is written", async () => {
    expect(await logIn(viewer.email.toUpperCase(), testPassword)).not.toBe("");
  });

  it("is shown to everybody by id and handle, without what is nobody's business", async () => {
    const byId = await desk.ask(`/api/users/${creator.user.id}`);
    expect(publicUserSchema.strict().parse(byId.body).handle).toBe(creator.user.handle);
    expect((await desk.ask(`/api/users/${creator.user.handle}`)).body).toEqual(byId.body);
  });

  it("changes what it says of itself", async () => {
    const { token } = viewer;
    const body = { displayName: " Vera ", bio: "I watch." };
    const changed = await desk.ask("/api/users/me", { method: "PATCH", token, body });
    expect(changed.body).toMatchObject({ displayName: "Vera", bio: "I watch.", handle: viewer.user.handle });
    const emptied = await desk.ask("/api/users/me", { method: "PATCH", token, body: { bio: "" } });
    expect(emptied.body).toMatchObject({ displayName: "Vera", bio: "" });
  });

  it("logs out everywhere with the one token, and in again", async () => {
    const { email, token } = await desk.makeAccount();
    const socketless = await desk.ask("/api/users/logout", { method: "POST", token });
    expect(socketless.headers.get("set-cookie")).toMatch(/^shoal_session=;/);
    for (const path of ["/api/users/me", "/pb/api/collections/users/auth-methods"]) {
      expect((await desk.ask(path, { token })).code).toBe("auth.invalid_token");
    }
    expect((await desk.ask("/api/users/me", { token: await logIn(email, testPassword) })).status).toBe(200);
  });

  it("changes its password, and every older token ends", async () => {
    const { email, token } = await desk.makeAccount();
    const body = { oldPassword: testPassword, newPassword };
    const answer = await desk.ask("/api/users/me/password", { token, body });
    const session = sessionSchema.parse(answer.body);
    expect((await desk.ask("/api/users/me", { token })).code).toBe("auth.invalid_token");
    expect((await desk.ask("/api/users/me", { token: session.token })).status).toBe(200);
    const old = await desk.ask("/api/users/login", { body: { email, password: testPassword } });
    expect(old.code).toBe("auth.wrong_credentials");
  });

  it("is deleted with its videos", async () => {
    const { token, user } = await desk.makeAccount();
    const created = await desk.ask("/api/videos", { token, body: { title: "Mine", visibility: "private" } });
    expect(created.status).toBe(200);
    const answer = await desk.ask("/api/users/me/delete", { token, body: { password: testPassword } });
    expect([answer.status, answer.code]).toEqual([200, ""]);
    expect((await desk.ask("/api/users/me", { token })).code).toBe("auth.invalid_token");
    expect((await desk.ask(`/api/users/${user.id}`)).code).toBe("account.not_found");
    const client = await desk.pocketbase.service.client();
    const filter = client.filter("owner = {:id}", { id: user.id });
    expect((await client.collection("videos").getList(1, 1, { filter })).totalItems).toBe(0);
  });

  it("gets another role from an administrator, at once", async () => {
    const { token, user } = await desk.makeAccount("viewer");
    const path = `/api/users/${user.id}/role`;
    const video = { token, body: { title: "First", visibility: "private" } };
    expect((await desk.ask("/api/videos", video)).code).toBe("auth.forbidden");
    const promoted = await desk.ask(path, { method: "PUT", token: admin.token, body: { role: "creator" } });
    expect(promoted.body).toEqual({ role: "creator" });
    expect((await desk.ask("/api/videos", video)).status).toBe(200);
    await desk.ask(path, { method: "PUT", token: admin.token, body: { role: "viewer" } });
    expect((await desk.ask("/api/videos", video)).code).toBe("auth.forbidden");
  });

  it("hears of a role that was changed in PocketBase itself", async () => {
    const { token, user } = await desk.makeAccount("viewer");
    const client = await desk.pocketbase.service.client();
    await client.collection("users").update(user.id, { role: "creator" });
    const body = { title: "Later", visibility: "private" };
    await expect.poll(async () => (await desk.ask("/api/videos", { token, body })).status).toBe(200);
  });
});

describe("by mail", () => {
  it("verifies the address, once asked again, with a link that works", async () => {
    const { email, token } = await desk.makeAccount();
    await desk.ask("/api/users/me/verification", { method: "POST", token });
    const link = await findLink(email, "verify");
    expect((await desk.ask("/api/users/verify", { body: { token: link } })).status).toBe(200);
    const me = await desk.ask("/api/users/me", { token: await logIn(email, testPassword) });
    expect(me.body).toMatchObject({ verified: true });
  });

  it("resets a password, and says the same of an account that does not exist", async () => {
    const { email, token } = await desk.makeAccount();
    const known = await desk.ask("/api/users/password-reset", { body: { email } });
    const unknown = await desk.ask("/api/users/password-reset", { body: { email: "nobody@shoal.test" } });
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    const link = await findLink(email, "reset-password");
    const confirm = { body: { token: link, password: newPassword } };
    expect((await desk.ask("/api/users/password-reset/confirm", confirm)).status).toBe(200);
    expect((await desk.ask("/api/users/password-reset/confirm", confirm)).code).toBe("auth.link_expired");
    expect((await desk.ask("/api/users/me", { token })).code).toBe("auth.invalid_token");
    expect(await logIn(email, newPassword)).not.toBe("");
  });
});
