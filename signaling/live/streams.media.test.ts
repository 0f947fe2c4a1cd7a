import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  createdStreamSchema,
  ownStreamSchema,
  publishTicketSchema,
  streamPageSchema,
  streamSchema,
} from "#common/live/stream.ts";
import { type FrontDesk, openFrontDesk, type TestAccount, testPassword } from "../testing/front-desk.ts";

let desk: FrontDesk;
let owner: TestAccount;

beforeAll(async () => {
  desk = await openFrontDesk({ SHOAL_MAX_STREAMS_PER_ACCOUNT: "30", SHOAL_RTMP_PORT: "1936" });
  owner = await desk.makeAccount("creator");
}, 60_000);
afterAll(() => desk.close());

async function make(input: object = {}, { token } = owner) {
  const { status, body } = await desk.ask("/api/streams", { token, body: { title: "Reef cam", ...input } });
  expect(status).toBe(200);
  return createdStreamSchema.parse(body);
}

const ask = (path: string, method: string, body?: unknown) =>
  desk.ask(path, { token: owner.token, method, ...(body === undefined ? {} : { body }) });

describe("refusals", () => {
  it.each([
    ["POST", "/api/streams", {}],
    ["POST", "/api/streams", { title: " \u0000 " }],
    ["POST", "/api/streams", { title: "x".repeat(151) }],
    ["POST", "/api/streams", { title: "x", visibility: "secret" }],
    ["POST", "/api/streams", { title: "x", mode: "slow" }],
    ["POST", "/api/streams", { title: "x", scheduledAt: "tomorrow" }],
    ["POST", "/api/streams", { title: "x", scheduledAt: "2020-01-01T00:00:00Z" }],
    ["POST", "/api/streams", { title: "x", reconnectWindowSeconds: 1801 }],
    ["POST", "/api/streams", { title: "x", dvrWindowSeconds: -1 }],
    ["PUT", "/api/streams/:id", { title: "" }],
    ["PUT", "/api/streams/:id", { category: "weather" }],
    ["POST", "/api/streams/:id/targets", { name: "There", url: "http://live.example.org", key: "k" }],
    ["POST", "/api/streams/:id/targets", { name: "", url: "rtmp://203.0.113.7/app", key: "k" }],
    ["POST", "/api/streams/:id/targets", { name: "There", url: "rtmp://203.0.113.7/app", key: "" }],
    ["PUT", "/api/streams/:id/targets/nothing", { isEnabled: true }],
    ["GET", "/api/streams/not-an-id", undefined],
    ["GET", "/api/streams?state=over", undefined],
    ["GET", "/api/users/me/streams?page=0", undefined],
  ])("%s %s %j is request.invalid", async (method, path, body) => {
    const { id } = await make();
    const answer = await ask(path.replace(":id", id), method, body);
    expect([answer.status, answer.code]).toEqual([400, "request.invalid"]);
    await ask(`/api/streams/${id}`, "DELETE");
  });

  it.each(["rtmp://127.0.0.1/app", "rtmps://[::1]/app", "rtmp://me@203.0.113.7/app", "rtmp://localhost/app"])(
    "sends nothing to %s",
    async (url) => {
      const { id } = await make();
      const answer = await ask(`/api/streams/${id}/targets`, "POST", { name: "There", url, key: "k" });
      expect([answer.status, answer.code]).toEqual([422, "stream.bad_target"]);
      await ask(`/api/streams/${id}`, "DELETE");
    },
  );

  it("makes no more streams than an account may have", async () => {
    const busy = await desk.makeAccount("creator");
    for (let count = 0; count < 30; count++) await make({}, busy);
    const answer = await desk.ask("/api/streams", { token: busy.token, body: { title: "One more" } });
    expect([answer.status, answer.code]).toEqual([409, "stream.too_many"]);
  });
});

describe("a stream over HTTP", () => {
  it("is made, seen, changed, listed, and gone", async () => {
    const { id, streamKey, whipUrl, rtmpUrl } = await make({ scheduledAt: "2036-03-01T20:30:00Z" });
    expect([whipUrl, rtmpUrl]).toEqual([`http://shoal.test/whip/${id}`, "rtmp://shoal.test:1936/live"]);
    const seen = streamSchema.parse((await desk.ask(`/api/streams/${id}`)).body);
    expect(seen).toMatchObject({ id, title: "Reef cam", state: "idle", viewerCount: 0 });
    const changed = await ask(`/api/streams/${id}`, "PUT", { title: "Kelp", mode: "crowd" });
    expect(ownStreamSchema.parse(changed.body)).toMatchObject({ title: "Kelp", mode: "crowd" });
    const announced = await desk.ask("/api/streams?state=scheduled");
    expect(streamPageSchema.parse(announced.body).items.map((stream) => stream.id)).toContain(id);
    const mine = await ask("/api/users/me/streams", "GET");
    expect(streamPageSchema.extend({ items: z.array(ownStreamSchema) }).parse(mine.body).totalCount).toBe(1);
    const studio = await ask(`/api/streams/${id}/studio`, "GET");
    expect(JSON.stringify([changed, studio, mine, announced, seen])).not.toContain(streamKey.slice(16));
    expect(JSON.stringify([changed, studio, mine])).not.toMatch(/keyHash/);
    expect((await ask(`/api/streams/${id}`, "DELETE")).status).toBe(200);
    expect((await desk.ask(`/api/streams/${id}`)).code).toBe("stream.not_found");
    expect(JSON.stringify((await desk.ask("/api/streams?state=scheduled")).body)).not.toContain(id);
  });

  it("gives its owner a new key, and a ticket to go live with", async () => {
    const { id, streamKey } = await make();
    const rolled = await ask(`/api/streams/${id}/key`, "POST");
    expect(rolled.body).toEqual({ streamKey: expect.stringMatching(new RegExp(`^${id}-[0-9A-Za-z]{32}$`)) });
    expect(rolled.body).not.toEqual({ streamKey });
    const ticket = publishTicketSchema.parse((await ask(`/api/streams/${id}/publish`, "POST")).body);
    expect(ticket.whipUrl).toBe(`/whip/${id}`);
    // a ticket is no account's token
    expect((await desk.ask("/api/users/me", { token: ticket.token })).code).toBe("auth.invalid_token");
    expect((await desk.ask("/api/users/me", { token: streamKey })).code).toBe("auth.invalid_token");
  });

  it("goes with its account", async () => {
    const leaver = await desk.makeAccount("creator");
    const [first, second] = [await make({}, leaver), await make({ visibility: "unlisted" }, leaver)];
    const gone = await desk.ask("/api/users/me/delete", {
      token: leaver.token,
      body: { password: testPassword },
    });
    expect(gone.status).toBe(200);
    for (const { id } of [first, second]) {
      expect((await desk.ask(`/api/streams/${id}`)).code).toBe("stream.not_found");
    }
  });

  it("is closed to the outside at PocketBase's own door", async () => {
    const { id } = await make();
    for (const collection of ["streams", "stream_targets"]) {
      for (const path of [`records`, `records/${id}`]) {
        const answer = await desk.ask(`/pb/api/collections/${collection}/${path}`, { token: owner.token });
        expect(answer.status, `${collection}/${path}`).toBeGreaterThanOrEqual(400);
      }
    }
    const move = `/pb/api/shoal/streams/${id}/move`;
    const moved = await desk.ask(move, {
      token: owner.token,
      body: { expectedState: "idle", changes: { state: "live" } },
    });
    expect(moved.status).toBeGreaterThanOrEqual(400);
  });
});

it("is described in the OpenAPI document, call by call", async () => {
  const { body } = await desk.ask("/api/openapi.json");
  const { paths } = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) }).parse(body);
  const calls = Object.entries(paths)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`))
    .filter((call) => call.includes("streams"));
  expect(calls.sort()).toEqual([
    "DELETE /streams/{id}",
    "DELETE /streams/{id}/targets/{targetId}",
    "GET /streams",
    "GET /streams/{id}",
    "GET /streams/{id}/studio",
    "GET /users/me/streams",
    "POST /streams",
    "POST /streams/{id}/end",
    "POST /streams/{id}/key",
    "POST /streams/{id}/playback",
    "POST /streams/{id}/publish",
    "POST /streams/{id}/targets",
    "PUT /streams/{id}",
    "PUT /streams/{id}/targets/{targetId}",
  ]);
});
