import {
  accounts,
  anybody,
  everybody,
  keepers,
  ownersHand,
  type Scenario,
  watchers,
} from "../../testing/access-scenario.ts";

const absent = "stream.not_found";
const stream =
  (rest = "") =>
  ({ streamId }: { streamId: string }) => ({ path: `/api/streams/${streamId}${rest}` });
const post =
  (rest: string) =>
  ({ streamId }: { streamId: string }) => ({
    path: `/api/streams/${streamId}${rest}`,
    method: "POST",
  });
const sdp = { "content-type": "application/sdp" };
const target = { name: "There", url: "rtmp://203.0.113.7/app", key: "live_key" };

/** Every procedure of live streams. */
export const streamScenarios: Scenario[] = [
  { procedure: "streams.get", ask: stream(), outcomes: watchers(absent) },
  { procedure: "streams.get", about: { visibility: "unlisted" }, ask: stream(), outcomes: everybody("ok") },
  { procedure: "streams.get", about: { visibility: "public" }, ask: stream(), outcomes: everybody("ok") },
  {
    procedure: "streams.list",
    ask: () => ({ path: "/api/streams" }),
    outcomes: anybody("ok"),
  },
  {
    procedure: "streams.create",
    ask: () => ({ path: "/api/streams", body: { title: "Reef cam", visibility: "private" } }),
    outcomes: { ...accounts("ok"), viewer: "auth.forbidden" },
  },
  { procedure: "streams.mine", ask: () => ({ path: "/api/users/me/streams" }), outcomes: accounts("ok") },
  { procedure: "streams.getOwn", ask: stream("/studio"), outcomes: keepers(absent) },
  {
    procedure: "streams.getOwn",
    about: { visibility: "public" },
    ask: stream("/studio"),
    outcomes: keepers(absent),
  },
  {
    procedure: "streams.update",
    about: { visibility: "public" },
    ask: (scene) => ({ ...stream()(scene), method: "PUT", body: { title: "Mine now" } }),
    outcomes: keepers(absent),
  },
  {
    procedure: "streams.remove",
    about: { visibility: "public" },
    ask: (scene) => ({ ...stream()(scene), method: "DELETE" }),
    outcomes: keepers(absent),
  },
  {
    procedure: "streams.rollKey",
    about: { visibility: "public" },
    ask: post("/key"),
    outcomes: ownersHand(absent),
  },
  {
    procedure: "streams.publish",
    about: { visibility: "public" },
    ask: post("/publish"),
    outcomes: ownersHand(absent),
  },
  {
    // nothing is on air: who may end it is told so
    procedure: "streams.end",
    about: { visibility: "public" },
    ask: post("/end"),
    outcomes: {
      ...accounts(absent),
      owner: "stream.not_live",
      moderator: "stream.not_live",
      admin: "stream.not_live",
    },
  },
  { procedure: "streams.playback", ask: post("/playback"), outcomes: watchers(absent) },
  {
    procedure: "streams.playback",
    about: { visibility: "unlisted" },
    ask: post("/playback"),
    outcomes: everybody("ok"),
  },
  {
    procedure: "streams.addTarget",
    about: { visibility: "public" },
    ask: (scene) => ({ ...post("/targets")(scene), body: target }),
    outcomes: ownersHand(absent),
  },
  {
    procedure: "streams.setTarget",
    about: { visibility: "public" },
    ask: ({ streamId, targetId }) => ({
      path: `/api/streams/${streamId}/targets/${targetId}`,
      method: "PUT",
      body: { isEnabled: false },
    }),
    outcomes: ownersHand(absent),
  },
  {
    procedure: "streams.removeTarget",
    about: { visibility: "public" },
    ask: ({ streamId, targetId }) => ({
      path: `/api/streams/${streamId}/targets/${targetId}`,
      method: "DELETE",
    }),
    outcomes: ownersHand(absent),
  },
];

/** Addresses of live streams that are no procedures. */
export const streamAddresses: Scenario[] = [
  { procedure: "streams.calendar", ask: stream("/calendar.ics"), outcomes: watchers(absent) },
  {
    procedure: "streams.calendar",
    about: { visibility: "public" },
    ask: stream("/calendar.ics"),
    outcomes: everybody("ok"),
  },
  {
    // a stream's key opens it, or a ticket: no account's token does, not even the owner's
    procedure: "streams.whip",
    about: { visibility: "public" },
    ask: ({ streamId }) => ({ path: `/whip/${streamId}`, method: "POST", headers: sdp }),
    outcomes: { ...anybody("stream.wrong_key"), stranger: "auth.required" },
  },
  {
    procedure: "streams.whep",
    ask: ({ streamId }) => ({ path: `/whep/${streamId}`, method: "POST" }),
    outcomes: anybody(absent),
  },
  {
    procedure: "streams.whep",
    about: { visibility: "unlisted" },
    ask: ({ streamId }) => ({ path: `/whep/${streamId}`, method: "POST" }),
    outcomes: { ...anybody("grant.invalid"), stranger: "grant.required" },
  },
  {
    procedure: "streams.whep",
    about: { visibility: "public" },
    ask: ({ streamId }) => ({ path: `/whep/${streamId}`, method: "POST" }),
    outcomes: anybody("stream.not_live"),
  },
  {
    // for sfu nodes, which have the internal token: nobody's account opens it
    procedure: "streams.nodes",
    ask: () => ({
      path: "/internal/sfu-nodes/mallory",
      method: "PUT",
      body: { nodeId: "mallory", url: "http://203.0.113.7", region: "", maxViewerCount: 1 },
    }),
    outcomes: anybody("auth.required"),
  },
];
