import Fastify from "fastify";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { mountSfuNodes } from "./sfu-nodes.http.ts";
import { maxNodes, nodeLifetimeMs } from "./sfu-nodes.ts";
import { createSfuRooms, type SfuRooms } from "./sfu-rooms.ts";
import { openTestSfuNode, type TestSfuNode, testToken } from "./testing/sfu-node.ts";

let local: TestSfuNode;
let other: TestSfuNode;
let rooms: SfuRooms;
let nodes: SfuRooms["nodes"];
let changeCount: number;
let skewMs: number;

beforeEach(async () => {
  local = await openTestSfuNode({ nodeId: "local" });
  other = await openTestSfuNode({ nodeId: "other", region: "north" });
  changeCount = 0;
  skewMs = 0;
  rooms = createSfuRooms({
    localUrl: local.url,
    client: createInternalClient({ token: testToken }),
    onChange: () => {
      changeCount += 1;
    },
    log: pino({ level: "silent" }),
    now: () => Date.now() + skewMs,
  });
  nodes = rooms.nodes;
});
afterEach(async () => {
  await nodes.close();
  await Promise.all([local.close(), other.close()]);
});

const toNode = (url: string, nodeId = "other") => ({ nodeId, url, region: "north", maxViewerCount: 10 });
const answering = () => nodes.list().flatMap(({ state }) => (state ? [state.nodeId] : []));
const roomId = "streamaaaaaaaaa";

it("hears at once of a publisher, wherever it is", async () => {
  await expect.poll(answering).toEqual(["local"]);
  nodes.register(toNode(other.url));
  await expect.poll(answering).toEqual(["local", "other"]);
  const since = changeCount;
  other.publish(roomId);
  await expect.poll(() => rooms.sightOf(roomId)).toEqual({ kind: "present", state: "live" });
  expect(changeCount).toBeGreaterThan(since);
  expect(rooms.originOf(roomId).url).toBe(other.url);
  expect(rooms.listPublished()).toEqual([roomId]);
});

it("takes no news from numbers, but has them fresh", async () => {
  local.publish(roomId);
  await expect.poll(() => rooms.sightOf(roomId).kind).toBe("present");
  const since = changeCount;
  local.setViewers(roomId, 7);
  await nodes.refresh();
  expect(nodes.list()[0]?.state?.viewerCount).toBe(7);
  expect(changeCount).toBe(since);
});

it("does not know of a publisher whose node is away, and knows again when it is back", async () => {
  local.publish(roomId);
  await expect.poll(() => rooms.sightOf(roomId).kind).toBe("present");
  await local.stop();
  await expect.poll(() => rooms.sightOf(roomId).kind).toBe("unknown");
  expect(rooms.originOf(roomId)).toEqual({ url: local.url, seat: undefined });
  await local.start();
  await expect.poll(() => rooms.sightOf(roomId).kind).toBe("present");
  local.publish(roomId, null);
  await expect.poll(() => rooms.sightOf(roomId).kind).toBe("absent");
});

it("forgets a node that says nothing for 10 s, never its own", async () => {
  nodes.register(toNode(other.url));
  await expect.poll(answering).toEqual(["local", "other"]);
  skewMs = nodeLifetimeMs - 1000;
  await nodes.refresh();
  expect(answering()).toEqual(["local", "other"]);
  nodes.register(toNode(other.url));
  skewMs += nodeLifetimeMs - 1000;
  await nodes.refresh();
  expect(answering()).toEqual(["local", "other"]);
  skewMs += 1001;
  await nodes.refresh();
  expect(answering()).toEqual(["local"]);
});

it("counts its own node once, whatever its address", async () => {
  await expect.poll(answering).toEqual(["local"]);
  const told = local.url.replace("127.0.0.1", "localhost");
  nodes.register(toNode(told, "local"));
  expect(nodes.list()).toMatchObject([{ url: local.url, advertisedUrl: told }]);
});

it("counts its own node once, even when that registers before it answers", async () => {
  nodes.register(toNode(local.url.replace("127.0.0.1", "localhost"), "local"));
  await expect
    .poll(() => nodes.list().map(({ url, state }) => [url, state?.nodeId]))
    .toEqual([[local.url, "local"]]);
});

it("takes a bounded number of nodes", () => {
  for (let at = 0; at < maxNodes; at++) nodes.register(toNode(`http://127.0.0.1:${at + 1}`, `node-${at}`));
  expect(() => nodes.register(toNode("http://127.0.0.1:9999", "one-more"))).toThrow("too many");
});

describe("a seat", () => {
  it("for a publisher needs a node that answers", async () => {
    await local.stop();
    await expect.poll(answering).toEqual([]);
    expect(() => rooms.seatPublisher(roomId, "")).toThrow(ShoalError);
    await local.start();
    await expect.poll(answering).toEqual(["local"]);
    expect(rooms.seatPublisher(roomId, "")).toBe(local.url);
  });

  it("for a viewer is at the origin, then at an edge that is told of it once, then nowhere", async () => {
    await expect(rooms.seatViewer(roomId)).rejects.toMatchObject({ code: "stream.not_live" });
    local.publish(roomId);
    nodes.register(toNode(other.url));
    await expect.poll(answering).toEqual(["local", "other"]);
    await expect.poll(() => rooms.sightOf(roomId).kind).toBe("present");
    expect(await rooms.seatViewer(roomId)).toBe(local.url);

    local.setViewers(roomId, 100);
    await nodes.refresh();
    expect(await rooms.seatViewer(roomId)).toBe(other.url);
    const told = `PUT /live/rooms/${roomId}/origin ${local.url}`;
    expect(other.asked).toEqual([told]);
    await expect.poll(() => rooms.list()[1]?.state?.rooms).toHaveLength(1);
    expect(await rooms.seatViewer(roomId)).toBe(other.url);
    expect(other.asked).toEqual([told]);

    other.setViewers(roomId, 100);
    await nodes.refresh();
    await expect(rooms.seatViewer(roomId)).rejects.toMatchObject({ code: "stream.full" });
    expect(rooms.sightOf(roomId)).toEqual({ kind: "present", state: "live" });

    await rooms.dismissViewers(roomId);
    const dismissal = `DELETE /live/rooms/${roomId}/viewers`;
    expect([local.asked, other.asked]).toEqual([[dismissal], [told, dismissal]]);
    await rooms.closeRooms(roomId);
    expect(local.asked).toContain(`DELETE /live/rooms/${roomId}`);
    expect(other.asked).toContain(`DELETE /live/rooms/${roomId}`);
  });
});

describe("the door", () => {
  const put = async (headers: Record<string, string>, body: object, nodeId = "other") => {
    const app = Fastify();
    mountSfuNodes(app, { nodes, internalToken: testToken });
    const url = `/internal/sfu-nodes/${nodeId}`;
    const answer = await app.inject({ method: "PUT", url, headers, payload: body });
    await app.close();
    return answer;
  };
  const bearer = { authorization: `Bearer ${testToken}` };

  it.each<[string, Record<string, string>, object]>([
    ["without a token", {}, toNode("http://127.0.0.1:1")],
    ["with a wrong token", { authorization: `Bearer ${"d".repeat(64)}` }, toNode("http://127.0.0.1:1")],
    ["for another node", bearer, toNode("http://127.0.0.1:1", "somebody")],
    ["for no address", bearer, toNode("ftp://127.0.0.1")],
    ["for nothing", bearer, {}],
  ])("refuses %s", async (_name, headers, body) => {
    expect((await put(headers, body)).statusCode).toBeGreaterThanOrEqual(400);
    expect(nodes.list()).toHaveLength(1);
  });

  it("lets a node in", async () => {
    expect((await put(bearer, toNode(other.url))).statusCode).toBe(200);
    await expect.poll(answering).toContain("other");
  });
});
