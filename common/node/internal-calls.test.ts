import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { ShoalError } from "../errors.ts";
import { defineCall } from "./internal-calls.ts";
import { createInternalClient } from "./internal-client.ts";
import { createInternalServer, type InternalServer } from "./internal-server.ts";

const token = "a".repeat(64);
const unexpected: unknown[] = [];
let onHanging = (_signal: AbortSignal) => {};
let server: InternalServer;

const list = [
  defineCall({
    method: "PUT",
    path: "/rooms/:roomId",
    body: z.object({ size: z.int() }),
    status: 201,
    handle: ({ params, query, body }) => ({ ...params, size: body.size, why: query.get("why") }),
  }),
  defineCall({ method: "DELETE", path: "/rooms/:roomId", handle: () => undefined }),
  defineCall({
    method: "GET",
    path: "/refused",
    handle() {
      throw new ShoalError("stream.full", "There is no room.");
    },
  }),
  defineCall({
    method: "GET",
    path: "/broken",
    handle() {
      throw new Error("a secret detail");
    },
  }),
  defineCall({
    method: "GET",
    path: "/hanging",
    handle: ({ signal }) => {
      onHanging(signal);
      return new Promise(() => {});
    },
  }),
];

beforeEach(async () => {
  server = await createInternalServer({
    url: "http://127.0.0.1:0",
    registry: new Registry(),
    isReady: () => [],
    calls: { token, list, onError: (error) => unexpected.push(error) },
  });
});
afterEach(() => server.close());

const client = createInternalClient({ token });
const roomSchema = z.object({ roomId: z.string(), size: z.int(), why: z.string().nullable() });

describe("refusals", () => {
  it.each([undefined, "", "Bearer ", `Bearer ${"b".repeat(64)}`, token])(
    "the token %j",
    async (authorization) => {
      const response = await fetch(`${server.url}/rooms/one`, {
        method: "DELETE",
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
    },
  );

  it.each([
    ["a body that does not fit", { size: "large" }, "request.invalid"],
    ["no body", undefined, "request.invalid"],
    ["a body without end", { size: "x".repeat(1_100_000) }, "request.invalid"],
  ])("%s", async (_name, body, code) => {
    const question = { baseUrl: server.url, method: "PUT", path: "/rooms/one", reply: roomSchema } as const;
    await expect(client.ask({ ...question, body })).rejects.toMatchObject({ code });
  });

  it.each(["/rooms", "/rooms/", "/rooms/one/two", "/rooms/%E0%A4%A"])("the address %s", async (path) => {
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(server.url + path, { method: "DELETE", headers })).status).toBe(404);
  });

  it("of the call itself, and of what went wrong in it without saying what", async () => {
    const ask = (path: string) =>
      client.ask({ baseUrl: server.url, method: "GET", path, reply: z.object({}) });
    await expect(ask("/refused")).rejects.toMatchObject({
      code: "stream.full",
      message: "There is no room.",
    });
    await expect(ask("/broken")).rejects.toMatchObject({
      code: "service.internal",
      message: "This went wrong.",
    });
    expect(unexpected).toMatchObject([{ message: "a secret detail" }]);
  });

  it("of a part that is not there or answers nonsense", async () => {
    const question = {
      baseUrl: "http://127.0.0.1:9",
      method: "GET",
      path: "/",
      reply: z.object({}),
    } as const;
    await expect(client.ask(question)).rejects.toMatchObject({ code: "service.unavailable" });
    const nonsense = {
      baseUrl: server.url,
      method: "DELETE",
      path: "/rooms/one",
      reply: roomSchema,
    } as const;
    await expect(client.ask(nonsense)).rejects.toMatchObject({ code: "service.unavailable" });
  });
});

it("answers with names of the path, query, body and status", async () => {
  const question = {
    baseUrl: server.url,
    method: "PUT",
    path: "/rooms/a%2Fb?why=test",
    reply: roomSchema,
  } as const;
  expect(await client.ask({ ...question, body: { size: 3 } })).toEqual({
    roomId: "a/b",
    size: 3,
    why: "test",
  });
});

it("tells a call that who asked has gone", async () => {
  const leaving = new AbortController();
  const question = { baseUrl: server.url, method: "GET", path: "/hanging", reply: z.object({}) } as const;
  const heard = new Promise<AbortSignal>((resolve) => {
    onHanging = resolve;
  });
  const asked = client.ask({ ...question, signal: leaving.signal });
  const signal = await heard;
  const told = new Promise((resolve) => signal.addEventListener("abort", resolve));
  leaving.abort(new Error("left"));
  await expect(asked).rejects.toThrow("left");
  await told;
});
