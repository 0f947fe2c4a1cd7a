import { SignJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { type UserRole, userRoles } from "#common/accounts/user.ts";
import { hashStreamKey, makeStreamKey } from "#common/node/stream-key.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import { deriveLiveKey } from "./derived-key.ts";
import { createPublishTickets } from "./publish-tickets.ts";
import { createSealedKeys } from "./sealed-keys.ts";
import { createStreamKeys } from "./stream-keys.ts";
import { createMemoryStreamStore, makeStreamId } from "./streams.store.memory.ts";
import { makeNewStream } from "./testing/new-stream.ts";
import { createWhepTokens } from "./whep-tokens.ts";

const secret = "a1".repeat(32);
const ownerId = makeUserId();
const streamId = makeStreamId();
const wrongKey = { code: "stream.wrong_key" };
let nowMs: number;
const now = () => nowMs;
beforeEach(() => {
  nowMs = Date.parse("2026-01-01T00:00:00.000Z");
});

describe("sealed keys", () => {
  const keys = createSealedKeys(secret);
  it("open for their stream, with their secret, as they were", () => {
    const sealed = keys.seal("live_123_ключ", streamId);
    expect(sealed).not.toContain("live_123");
    expect(keys.seal("live_123_ключ", streamId)).not.toBe(sealed);
    expect(keys.open(sealed, streamId)).toBe("live_123_ключ");
    expect(() => keys.open(sealed, makeStreamId())).toThrow();
    expect(() => createSealedKeys("b2".repeat(32)).open(sealed, streamId)).toThrow();
    for (const broken of ["", "1.", "1.AAAA", sealed.slice(2), `${sealed}AAAA`, flip(sealed)]) {
      expect(() => keys.open(broken, streamId), broken).toThrow();
    }
  });
});

/** The same text with one letter in the middle changed. */
function flip(text: string): string {
  const at = Math.floor(text.length / 2);
  return `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
}

describe("publish tickets", () => {
  it("say who came to which stream, for ten minutes", async () => {
    const tickets = createPublishTickets({ secret, now });
    const { token, expiresAt } = await tickets.issue({ streamId, accountId: ownerId });
    expect(expiresAt).toBe("2026-01-01T00:10:00.000Z");
    expect(await tickets.verify(token)).toEqual({ streamId, accountId: ownerId });
    nowMs += 599_000;
    expect(await tickets.verify(token)).toEqual({ streamId, accountId: ownerId });
    nowMs += 1000;
    await expect(tickets.verify(token)).rejects.toMatchObject(wrongKey);
  });

  it("are worth nothing when another key, purpose or time made them", async () => {
    const tickets = createPublishTickets({ secret, now });
    const { token } = await tickets.issue({ streamId, accountId: ownerId });
    const foreign = await createPublishTickets({ secret: "b2".repeat(32), now }).issue({
      streamId,
      accountId: ownerId,
    });
    const claims = new SignJWT({ s: streamId, a: ownerId, b: "role", v: ownerId });
    claims.setProtectedHeader({ alg: "HS256" });
    const endless = await claims.sign(deriveLiveKey(secret, "publishTicket"));
    claims.setExpirationTime(nowMs / 1000 + 60);
    const asViewer = await claims.sign(deriveLiveKey(secret, "viewerToken"));
    const unsigned = `${btoa('{"alg":"none"}').replace(/=/g, "")}.${token.split(".")[1]}.`;
    for (const made of [foreign.token, endless, asViewer, unsigned, flip(token), "", "a.b.c"]) {
      await expect(tickets.verify(made)).rejects.toMatchObject(wrongKey);
    }
  });
});

describe("who may publish", () => {
  const store = createMemoryStreamStore();
  const roles = new Map<string, UserRole>();
  const tickets = createPublishTickets({ secret, now });
  const keys = createStreamKeys({
    store,
    tickets,
    roleOf: async (id) => roles.get(id),
    mayStream: (role) => role !== "viewer",
  });
  const key = makeStreamKey(streamId);
  beforeEach(async () => {
    roles.set(ownerId, "creator");
    await store.remove(streamId);
    await store.create(makeNewStream({ id: streamId, ownerId, keyHash: hashStreamKey(key) }));
  });

  it("nobody with a key or ticket of another stream, of another account, or of none", async () => {
    const otherId = makeStreamId();
    const otherKey = makeStreamKey(otherId);
    await store.create(makeNewStream({ id: otherId, ownerId, keyHash: hashStreamKey(otherKey) }));
    const issue = async (id: typeof streamId, accountId: typeof ownerId) =>
      (await tickets.issue({ streamId: id, accountId })).token;
    const refused = [
      otherKey,
      makeStreamKey(streamId),
      makeStreamKey(makeStreamId()),
      key.slice(0, -1),
      key.toUpperCase(),
      hashStreamKey(key),
      "",
      "made.up.ticket",
      await issue(otherId, ownerId),
      await issue(streamId, makeUserId()),
      await issue(makeStreamId(), ownerId),
    ];
    for (const bearer of refused) {
      await expect(keys.admit(streamId, bearer), bearer).rejects.toMatchObject(wrongKey);
    }
    const messages = await Promise.all(refused.map((bearer) => keys.admit(streamId, bearer).catch(String)));
    expect(new Set(messages).size).toBe(1);
    await expect(keys.verify(makeStreamKey(makeStreamId()))).rejects.toMatchObject(wrongKey);
    await expect(keys.verify("no key")).rejects.toMatchObject(wrongKey);
  });

  it("reads as much from the store for a stream that is not there, and for no key at all", async () => {
    const asked: string[] = [];
    const counting = createStreamKeys({
      store: {
        find(id) {
          asked.push("record");
          return store.find(id);
        },
        findKeyHash(id) {
          asked.push("hash");
          return store.findKeyHash(id);
        },
      },
      tickets,
      roleOf: async () => undefined,
      mayStream: () => true,
    });
    const counts: number[] = [];
    for (const bearer of [makeStreamKey(streamId), makeStreamKey(makeStreamId()), "no key", ""]) {
      asked.length = 0;
      await counting.verify(bearer).catch(() => undefined);
      counts.push(asked.length);
    }
    expect(counts).toEqual([2, 2, 2, 2]);
  });

  it("the owner alone, by key or ticket, as long as they may stream", async () => {
    const { token } = await tickets.issue({ streamId, accountId: ownerId });
    for (const bearer of [key, token]) {
      expect((await keys.admit(streamId, bearer)).id).toBe(streamId);
      for (const role of userRoles) {
        roles.set(ownerId, role);
        const admitting = keys.admit(streamId, bearer);
        if (role === "viewer") await expect(admitting).rejects.toMatchObject({ code: "auth.forbidden" });
        else expect((await admitting).ownerId).toBe(ownerId);
      }
      roles.delete(ownerId);
      await expect(keys.admit(streamId, bearer)).rejects.toMatchObject({ code: "auth.forbidden" });
      roles.set(ownerId, "creator");
    }
    expect((await keys.verify(key)).id).toBe(streamId);
    // an address without a stream means the one of the key
    expect((await keys.admit(null, key)).id).toBe(streamId);
    expect((await keys.admit(null, token)).id).toBe(streamId);
    await expect(keys.admit(null, makeStreamKey(streamId))).rejects.toMatchObject(wrongKey);
  });

  it("nobody with the key before this one", async () => {
    const next = makeStreamKey(streamId);
    await store.update(streamId, { keyHash: hashStreamKey(next) });
    await expect(keys.verify(key)).rejects.toMatchObject(wrongKey);
    expect((await keys.verify(next)).id).toBe(streamId);
  });
});

describe("viewer tokens", () => {
  const lifetimeSeconds = 60;
  const stranger = null;
  const owner = { id: ownerId, role: "creator" } as const;
  const stream = { id: streamId, ownerId, visibility: "unlisted" } as const;
  const tokens = () => createWhepTokens({ secret, lifetimeSeconds, now });

  it("are not needed for what is public", async () => {
    const open = { ...stream, visibility: "public" } as const;
    expect(await tokens().issue(open, stranger)).toBeNull();
    await tokens().assertMayWatch(open, null);
    await tokens().assertMayWatch(open, "whatever");
  });

  it("let nobody in without one, with another stream's, or with one that is over", async () => {
    const mine = await tokens().issue(stream, stranger);
    const other = await tokens().issue({ ...stream, id: makeStreamId() }, stranger);
    const watch = (token: string | null) => tokens().assertMayWatch(stream, token);
    await expect(watch(null)).rejects.toMatchObject({ code: "grant.required" });
    await expect(watch("")).rejects.toMatchObject({ code: "grant.invalid" });
    await expect(watch("made.up.token")).rejects.toMatchObject({ code: "grant.invalid" });
    await expect(watch(other?.token ?? "")).rejects.toMatchObject({ code: "grant.wrong_video" });
    const ticket = await createPublishTickets({ secret, now }).issue({ streamId, accountId: ownerId });
    await expect(watch(ticket.token)).rejects.toMatchObject({ code: "grant.invalid" });
    await watch(mine?.token ?? "");
    nowMs += lifetimeSeconds * 1000;
    await expect(watch(mine?.token ?? "")).rejects.toMatchObject({ code: "grant.expired" });
  });

  it("of nobody do not tell that there is a private stream", async () => {
    const shut = { ...stream, visibility: "private" } as const;
    const ofOwner = await tokens().issue(shut, owner);
    const other = await tokens().issue({ ...stream, id: makeStreamId() }, stranger);
    for (const token of [null, "", "made.up.token", other?.token ?? ""]) {
      await expect(tokens().assertMayWatch(shut, token)).rejects.toMatchObject({ code: "stream.not_found" });
    }
    nowMs += lifetimeSeconds * 1000;
    const expired = tokens().assertMayWatch(shut, ofOwner?.token ?? "");
    await expect(expired).rejects.toMatchObject({ code: "grant.expired" });
  });

  it("hold on when the stream becomes private only for who keeps it", async () => {
    const shut = { ...stream, visibility: "private" } as const;
    const ofStranger = await tokens().issue(stream, stranger);
    const ofOwner = await tokens().issue(stream, owner);
    await expect(tokens().assertMayWatch(shut, ofStranger?.token ?? "")).rejects.toMatchObject({
      code: "grant.invalid",
    });
    await tokens().assertMayWatch(shut, ofOwner?.token ?? "");
  });
});
