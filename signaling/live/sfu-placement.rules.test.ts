import { describe, expect, it } from "vitest";
import type { RoomState } from "#common/live/sfu-control.ts";
import { choosePublisherNode, chooseViewerNode, findOrigin, type LiveNode } from "./sfu-placement.rules.ts";

const publisher: NonNullable<RoomState["publisher"]> = {
  sessionId: "session-1",
  via: "webrtc",
  state: "live",
  videoCodec: "h264",
  audioCodec: "opus",
  layers: [],
  bitrateBps: 0,
  packetLossRatio: 0,
  roundTripMs: 0,
};
const silent = { ...publisher, state: "silent" } as const;
const roomId = "streamaaaaaaaaa";

interface TestNode {
  name: string;
  region?: string;
  viewers?: number;
  max?: number;
  room?: Partial<RoomState>;
  isAway?: boolean;
}

function makeNode({ name, region = "", viewers = 0, max = 10, room, isAway }: TestNode): LiveNode {
  const url = `http://${name}.test`;
  const rooms = room ? [{ roomId, publisher: null, originUrl: null, viewerCount: 0, ...room }] : [];
  const state = { version: 1, nodeId: name, region, viewerCount: viewers, maxViewerCount: max, rooms };
  return { url, advertisedUrl: `${url}:81`, region, lostAtMs: null, state: isAway ? undefined : state };
}

const nameOf = (url: string | undefined) => url && new URL(url).hostname.split(".")[0];

describe("a publisher", () => {
  it.each<[string, TestNode[], string | undefined]>([
    ["finds nobody", [{ name: "a", isAway: true }], undefined],
    [
      "gets the least loaded node",
      [
        { name: "a", viewers: 2 },
        { name: "b", viewers: 1 },
      ],
      "b",
    ],
    [
      "of nodes of other sizes too",
      [
        { name: "a", viewers: 2, max: 100 },
        { name: "b", viewers: 1 },
      ],
      "a",
    ],
    ["of the region first", [{ name: "a" }, { name: "b", viewers: 9, region: "north" }], "b"],
    ["and of another when that is away", [{ name: "a" }, { name: "b", region: "north", isAway: true }], "a"],
    ["returns to its viewers", [{ name: "a" }, { name: "b", viewers: 9, room: { viewerCount: 9 } }], "b"],
    [
      "never to an edge",
      [{ name: "a" }, { name: "b", viewers: 1, room: { originUrl: "http://x.test" } }],
      "a",
    ],
  ])("%s", (_name, nodes, expected) => {
    expect(nameOf(choosePublisherNode(nodes.map(makeNode), roomId, "north"))).toBe(expected);
  });
});

it("finds the origin by who has the publisher", () => {
  const nodes = [
    { name: "left", room: {} },
    { name: "lost", room: { publisher: silent } },
    { name: "has", room: { publisher } },
    { name: "edge", room: { publisher, originUrl: "http://has.test:81" } },
  ].map(makeNode);
  expect(nameOf(findOrigin(nodes, roomId)?.url)).toBe("has");
  expect(nameOf(findOrigin(nodes.slice(0, 2), roomId)?.url)).toBe("lost");
  expect(findOrigin(nodes.slice(3), roomId)).toBeUndefined();
});

describe("a viewer", () => {
  const origin = { name: "origin", room: { publisher } };
  const fullOrigin = { ...origin, viewers: 10 };
  const edge = { name: "edge", viewers: 5, room: { originUrl: "http://origin.test:81" } };
  it.each<[string, TestNode[], string | undefined]>([
    ["finds no room", [{ name: "a" }], undefined],
    ["sits at the origin while there is a place", [origin, edge], "origin"],
    ["then at the edge that exists", [fullOrigin, { name: "b" }, edge], "edge of origin"],
    ["then at a new one", [fullOrigin, { name: "b" }, { ...edge, viewers: 10 }], "b of origin"],
    [
      "and nowhere when all are full",
      [fullOrigin, { name: "b", viewers: 10 }, { ...edge, viewers: 10 }],
      undefined,
    ],
    ["nor where nobody answers", [fullOrigin, { name: "b", isAway: true }], undefined],
  ])("%s", (_name, nodes, expected) => {
    const seat = chooseViewerNode(nodes.map(makeNode), roomId);
    const of = seat?.originUrl ? ` of ${nameOf(seat.originUrl)}` : "";
    expect(seat && `${nameOf(seat.url)}${of}`).toBe(expected);
  });
});
