import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { playbackGrantSchema } from "#common/playback/playback-grant.ts";
import { streamAddresses, streamScenarios } from "./live/testing/stream-scenarios.ts";
import { createGrants } from "./playback/grants.ts";
import { publishedFiles } from "./playback/testing/playback-desk.ts";
import {
  type Actor,
  accounts,
  actors,
  anybody,
  everybody,
  keepers,
  ownersHand,
  type Scenario,
  type Scene,
  watchers,
} from "./testing/access-scenario.ts";
import {
  type Ask,
  type FrontDesk,
  openFrontDesk,
  type TestAccount,
  testPassword,
} from "./testing/front-desk.ts";

const absent = "video.not_found";

const scenarios: Scenario[] = [
  {
    procedure: "videos.get",
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}` }),
    outcomes: watchers(absent),
  },
  {
    procedure: "videos.get",
    about: { visibility: "unlisted" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}` }),
    outcomes: everybody("ok"),
  },
  {
    procedure: "videos.get",
    about: { visibility: "public", state: "encoding" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}` }),
    outcomes: watchers(absent),
  },
  {
    procedure: "videos.getOwn",
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/studio` }),
    outcomes: keepers(absent),
  },
  {
    procedure: "videos.getOwn",
    about: { visibility: "public" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/studio` }),
    outcomes: keepers(absent),
  },
  {
    procedure: "videos.update",
    about: { visibility: "public" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}`, method: "PATCH", body: { title: "Mine now" } }),
    outcomes: keepers(absent),
  },
  {
    procedure: "videos.remove",
    about: { visibility: "public" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}`, method: "DELETE" }),
    outcomes: keepers(absent),
  },
  {
    procedure: "videos.cancel",
    about: { visibility: "public", state: "queued" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/cancel`, method: "POST" }),
    outcomes: ownersHand(absent),
  },
  {
    procedure: "videos.retry",
    about: { state: "failed" },
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/retry`, method: "POST" }),
    outcomes: ownersHand(absent),
  },
  {
    procedure: "videos.create",
    ask: () => ({ path: "/api/videos", body: { title: "A draft", visibility: "private" } }),
    outcomes: { ...accounts("ok"), viewer: "auth.forbidden" },
  },
  { procedure: "videos.mine", ask: () => ({ path: "/api/users/me/videos" }), outcomes: accounts("ok") },
  {
    procedure: "discovery.list",
    ask: () => ({ path: "/api/videos" }),
    outcomes: anybody("ok"),
  },
  {
    procedure: "playback.grant",
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/playback`, method: "POST" }),
    outcomes: watchers(absent),
  },
  {
    procedure: "playback.saveProgress",
    ask: ({ videoId }) => ({ path: `/api/videos/${videoId}/progress`, body: { positionSeconds: 7 } }),
    outcomes: keepers(absent),
  },
  { procedure: "instance.get", ask: () => ({ path: "/api/instance" }), outcomes: everybody("ok") },
  {
    procedure: "instance.createFirstAdmin",
    ask: () => ({
      path: "/api/instance/first-admin",
      body: { token: "0".repeat(64), email: "x@shoal.test", password: testPassword, handle: "mallory" },
    }),
    outcomes: everybody("auth.link_expired"),
  },
  { procedure: "accounts.me", ask: () => ({ path: "/api/users/me" }), outcomes: accounts("ok") },
  {
    procedure: "accounts.get",
    ask: () => ({ path: "/api/users/owner-of-all" }),
    outcomes: everybody("account.not_found"),
  },
  {
    procedure: "accounts.update",
    ask: () => ({ path: "/api/users/me", method: "PATCH", body: { bio: "Hello" } }),
    outcomes: accounts("ok"),
  },
  {
    procedure: "accounts.changePassword",
    ask: () => ({
      path: "/api/users/me/password",
      body: { oldPassword: "not the password", newPassword: testPassword },
    }),
    outcomes: accounts("auth.wrong_credentials"),
  },
  {
    procedure: "accounts.remove",
    ask: () => ({ path: "/api/users/me/delete", body: { password: "not the password" } }),
    outcomes: accounts("auth.wrong_credentials"),
  },
  {
    procedure: "accounts.requestVerification",
    ask: () => ({ path: "/api/users/me/verification", method: "POST" }),
    outcomes: accounts("ok"),
  },
  {
    procedure: "accounts.confirmVerification",
    ask: () => ({ path: "/api/users/verify", body: { token: "made.up.token" } }),
    outcomes: everybody("auth.link_expired"),
  },
  {
    procedure: "accounts.requestPasswordReset",
    ask: () => ({ path: "/api/users/password-reset", body: { email: "nobody@shoal.test" } }),
    outcomes: everybody("ok"),
  },
  {
    procedure: "accounts.confirmPasswordReset",
    ask: () => ({
      path: "/api/users/password-reset/confirm",
      body: { token: "made.up", password: testPassword },
    }),
    outcomes: everybody("auth.link_expired"),
  },
  {
    procedure: "accounts.setRole",
    ask: ({ actor }) => ({
      path: `/api/users/${actor?.user.id ?? "aaaaaaaaaaaaaaa"}/role`,
      method: "PUT",
      body: { role: actor?.user.role ?? "admin" },
    }),
    outcomes: { ...accounts("auth.forbidden"), admin: "ok" },
  },
  {
    procedure: "accounts.logout",
    ask: () => ({ path: "/api/users/logout", method: "POST", token: "" }),
    outcomes: everybody("auth.required"),
  },
  {
    procedure: "accounts.register",
    ask: () => ({ path: "/api/users/register", body: { email: "no mail", password: "x", handle: "?" } }),
    outcomes: everybody("request.invalid"),
  },
  {
    procedure: "accounts.login",
    ask: () => ({ path: "/api/users/login", body: { email: "nobody@shoal.test", password: "wrong wrong" } }),
    outcomes: everybody("auth.wrong_credentials"),
  },
  ...streamScenarios,
];

describe("who may do what", () => {
  let desk: FrontDesk;
  let people: Record<Actor, TestAccount | null>;

  beforeAll(async () => {
    // every case makes one of its own
    desk = await openFrontDesk({ SHOAL_MAX_STREAMS_PER_ACCOUNT: "10000" });
    const owner = await desk.makeAccount("creator");
    people = {
      stranger: null,
      owner,
      viewer: await desk.makeAccount("viewer"),
      moderator: await desk.makeAccount("moderator"),
      admin: await desk.makeAccount("admin"),
      expired: { ...owner, token: await makeExpiredToken(owner) },
      "logged out": { ...owner, token: await makeLoggedOutToken(owner) },
    };
  }, 60_000);
  afterAll(() => desk.close());

  /** A real token of PocketBase's that lives for a second, after that second. */
  async function makeExpiredToken(account: TestAccount): Promise<string> {
    const client = await desk.pocketbase.service.client();
    const shortLived = await client.collection("users").impersonate(account.user.id, 1);
    const { token } = shortLived.authStore;
    for (let tries = 0; tries < 100; tries++) {
      if ((await desk.ask("/api/users/me", { token })).status === 401) return token;
      await sleep(50);
    }
    throw new Error("the token does not end");
  }

  async function makeLoggedOutToken(account: TestAccount): Promise<string> {
    const { body } = await desk.ask("/api/users/login", {
      body: { email: account.email, password: testPassword },
    });
    const { token } = z.object({ token: z.string() }).parse(body);
    await desk.ask("/api/users/logout", { method: "POST", token });
    return token;
  }

  /** What a case asks about: a stream of its own, or a video. */
  async function makeScene({ procedure, about }: Scenario, actor: TestAccount | null): Promise<Scene> {
    const nothing = { videoId: "", streamId: "", targetId: "", actor };
    return procedure.startsWith("streams.")
      ? { ...nothing, ...(await makeStream(about)) }
      : { ...nothing, videoId: await makeVideo(about) };
  }

  async function makeVideo(about: Scenario["about"] = {}): Promise<string> {
    const client = await desk.pocketbase.service.client();
    const { id } = await client.collection("videos").create({
      owner: people.owner?.user.id,
      title: "Herring",
      category: "other",
      visibility: about.visibility ?? "private",
      state: about.state ?? "ready",
      durationSeconds: 12,
      tags: [],
      renditions: [],
      audioTracks: [],
      captions: [],
      revision: "r1",
      masterName: "master-1.m3u8",
      posterRevision: "r1",
      peersAllowed: true,
      originalSha256: "e5".repeat(32),
    });
    const storage = await openFileStorage(storageRoot(desk.dataDir));
    for (const [path, body] of Object.entries(publishedFiles)) {
      await storage.put(storageLayout.media(id, "r1", path), Buffer.from(body));
    }
    await storage.put(storageLayout.original(id), Buffer.from("original"));
    return id;
  }

  /** An announced stream with a target. */
  async function makeStream(about: Scenario["about"] = {}): Promise<Pick<Scene, "streamId" | "targetId">> {
    const client = await desk.pocketbase.service.client();
    const { id: streamId } = await client.collection("streams").create({
      owner: people.owner?.user.id,
      title: "Reef cam",
      category: "other",
      visibility: about.visibility ?? "private",
      mode: "realtime",
      state: "idle",
      keyHash: "f6".repeat(32),
      scheduledAt: "2036-03-01 20:30:00.000Z",
      isRecorded: true,
    });
    const target = { stream: streamId, name: "There", url: "rtmp://203.0.113.7/app", keySealed: "sealed" };
    const { id: targetId } = await client.collection("stream_targets").create(target);
    return { streamId, targetId };
  }

  async function outcomeOf(ask: Ask & { path: string }): Promise<string> {
    const answer = await desk.ask(ask.path, ask);
    return answer.status < 300 ? "ok" : answer.code;
  }

  // refusals first
  const cells = [...scenarios, ...streamAddresses]
    .flatMap((scenario) => actors.map((actor) => ({ scenario, actor, expected: scenario.outcomes[actor] })))
    .sort((a, b) => Number(a.expected === "ok") - Number(b.expected === "ok"));

  it.each(cells)(
    "$scenario.procedure $scenario.about, $actor: $expected",
    async ({ scenario, actor, expected }) => {
      const account = people[actor];
      const scene = await makeScene(scenario, account);
      const token = account?.token;
      const ask = { ...(token === undefined ? {} : { token }), ...scenario.ask(scene) };
      if (ask.token === "") delete ask.token;
      expect(await outcomeOf(ask)).toBe(
        expected === "auth.invalid_token" && !ask.token ? "auth.required" : expected,
      );
    },
  );

  it("leaves no procedure out", async () => {
    const { body } = await desk.ask("/api/openapi.json");
    const { paths } = z
      .object({ paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))) })
      .parse(body);
    const described = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId.replace("-", ".")),
    );
    expect([...new Set(scenarios.map(({ procedure }) => procedure))].sort()).toEqual(described.sort());
  });

  it("ends a session with its log-out", async () => {
    const account = await desk.makeAccount();
    const { token } = account;
    expect(await outcomeOf({ path: "/api/users/logout", method: "POST", token })).toBe("ok");
    expect(await outcomeOf({ path: "/api/users/me", token })).toBe("auth.invalid_token");
  });

  describe("media of a private video", () => {
    const paths = [
      "master-1.m3u8",
      "360p/index.m3u8",
      "360p/init.mp4",
      "360p/seg-00001.m4s",
      "audio-0/index.m3u8",
      "poster-640.jpg",
      "storyboard/index.vtt",
      "storyboard/sheet-1.jpg",
      "captions/en.vtt",
    ];

    it.each(paths)("%s needs a grant of this very video", async (path) => {
      const [id, otherId] = [await makeVideo(), await makeVideo()];
      const owner = people.owner?.token ?? "";
      const plain = `/media/${id}/r1/${path}`;
      const withGrant = (token: string) => `/media/~${token}/${id}/r1/${path}`;
      // an account's token opens no media: only grants do
      for (const actor of actors) {
        const token = people[actor]?.token;
        const ask = token === undefined ? { path: plain } : { path: plain, token };
        expect(await outcomeOf(ask), actor).toBe("grant.required");
      }
      const past = createGrants({
        key: desk.secrets.grantKey,
        lifetimeSeconds: 1,
        now: () => Date.now() - 60_000,
      });
      const expired = await past.issue(videoIdOf(id), "role", "");
      expect(await outcomeOf({ path: withGrant(expired.token) })).toBe("grant.expired");
      expect(await outcomeOf({ path: withGrant(await grantOf(otherId, owner)) })).toBe("grant.wrong_video");
      expect(await outcomeOf({ path: withGrant("made.up.grant") })).toBe("grant.invalid");
      for (const actor of ["owner", "moderator", "admin"] as const) {
        const grant = await grantOf(id, people[actor]?.token ?? "");
        expect(await outcomeOf({ path: withGrant(grant) }), actor).toBe("ok");
      }
    });

    const videoIdOf = (id: string) => z.string().brand("VideoId").parse(id);

    async function grantOf(id: string, token: string): Promise<string> {
      const { body } = await desk.ask(`/api/videos/${id}/playback`, { method: "POST", token });
      return playbackGrantSchema.parse(body).hlsUrl.split("/")[2]?.slice(1) ?? "";
    }
  });
});
