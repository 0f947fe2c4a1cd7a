import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { FeedEvent } from "#common/node/pocketbase-feed.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import { createSessions, hashToken, type Sessions } from "./sessions.ts";

/** A feed that says what the test says. */
class Feed {
  isUp = true;
  readonly #listeners = new Map<string, (event: FeedEvent) => void>();
  #reset = () => {};

  isLive = () => this.isUp;
  on = (collection: string, listener: (event: FeedEvent) => void) => {
    this.#listeners.set(collection, listener);
    return () => this.#listeners.delete(collection);
  };
  onReset = (listener: () => void) => {
    this.#reset = listener;
    return () => undefined;
  };
  tell(collection: string, record: FeedEvent["record"]): void {
    this.#listeners.get(collection)?.({ action: "create", record });
  }
  reset(): void {
    this.#reset();
  }
}

let pocketbase: TestPocketBase;
let token: string;
let id: string;
let feed: Feed;
let sessions: Sessions;
let nowMs: number;

beforeAll(async () => {
  pocketbase = await startTestPocketBase();
  const client = await pocketbase.service.client();
  const password = "a long password";
  const body = { email: "a@shoal.test", password, passwordConfirm: password, handle: "ada", role: "viewer" };
  ({ id } = await client.collection("users").create(body));
  const response = await fetch(`${pocketbase.url}/api/collections/users/auth-with-password`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ identity: body.email, password }),
  });
  ({ token } = await response.json());
}, 60_000);
afterAll(() => pocketbase?.close());

/** Every test begins with a token that is remembered and a database that has gone away. */
beforeEach(async () => {
  await pocketbase.start();
  feed = new Feed();
  nowMs = Date.now();
  sessions = createSessions({ url: pocketbase.url, service: pocketbase.service, feed, now: () => nowMs });
  expect(await sessions.verify(token)).toMatchObject({ id, handle: "ada", role: "viewer" });
  await pocketbase.kill();
  expect(await sessions.verify(token)).toMatchObject({ id });
});

it.each<[string, () => void]>([
  [
    "changes are not heard of",
    () => {
      feed.isUp = false;
    },
  ],
  ["changes were missed", () => feed.reset()],
  ["the account has changed", () => feed.tell("users", { id })],
  ["the token was logged out elsewhere", () => feed.tell("revoked_tokens", { tokenHash: hashToken(token) })],
  [
    "it is a minute old",
    () => {
      nowMs += 60_000;
    },
  ],
])("asks again when %s", async (_when, change) => {
  change();
  await expect(sessions.verify(token)).rejects.toMatchObject({ code: "service.unavailable" });
});

it("remembers a token through changes of other accounts", async () => {
  feed.tell("users", { id: "abcdefghijklmno" });
  expect(await sessions.verify(token)).toMatchObject({ id });
});

it("never believes a token beyond its end, and no other spelling of it", async () => {
  nowMs += 40 * 24 * 3600 * 1000;
  await expect(sessions.verify(token)).rejects.toMatchObject({ code: "auth.invalid_token" });
  await expect(sessions.verify(`${token}=`)).rejects.toMatchObject({ code: "auth.invalid_token" });
});
