import { io, type Socket } from "socket.io-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LiveEvents, liveNamespace, type StreamNews } from "#common/live/live-events.ts";
import { type CreatedStream, createdStreamSchema, ownStreamSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { type VideoId, videoIdSchema } from "#common/videos/video.ts";
import { type FrontDesk, openFrontDesk, type TestAccount, testPassword } from "../testing/front-desk.ts";
import { openTestEncoder, type TestEncoder } from "./testing/live-encoder.ts";
import { openTestSfuNode, type TestSfuNode, testToken } from "./testing/sfu-node.ts";

/*
 * The room at a real front desk over a real database. An sfu node and an encoder stand in, so that what they say can be
 * anything; see live-life.media.test.ts for the real ones.
 */

const closer = new Closer();
let sfu: TestSfuNode;
let encoder: TestEncoder;
let desk: FrontDesk;
let admin: TestAccount;

beforeAll(async () => {
  sfu = await openTestSfuNode({ nodeId: "local" });
  closer.add("sfu", () => sfu.close());
  encoder = await openTestEncoder();
  closer.add("encoder", () => encoder.close());
  desk = await openFrontDesk({ SHOAL_SFU_URL: sfu.url, SHOAL_ENCODER_URL: encoder.url });
  closer.add("front desk", () => desk.close());
  expect(desk.secrets.internalToken).toBe(testToken);
  admin = await desk.makeAccount("admin");
});
afterAll(() => closer.close());

async function own(id: string) {
  return ownStreamSchema.parse((await desk.ask(`/api/streams/${id}/studio`, { token: admin.token })).body);
}

const untilState = (id: string, state: string) => expect.poll(async () => (await own(id)).state).toBe(state);

async function makeStream(owner: TestAccount, settings: object = {}): Promise<CreatedStream> {
  const body = { title: "Herring, live", visibility: "public", ...settings };
  return createdStreamSchema.parse((await desk.ask("/api/streams", { token: owner.token, body })).body);
}

/** A stream of an account of its own that is on air. */
async function goLive(settings: object = {}) {
  const owner = await desk.makeAccount();
  const { id } = await makeStream(owner, settings);
  sfu.publish(id);
  await untilState(id, "live");
  const broadcastId = videoIdSchema.parse((await own(id)).broadcastId);
  await expect.poll(() => encoder.orders().get(broadcastId)?.wanted).toBe("on_air");
  return { owner, id, broadcastId };
}

function finish(broadcastId: VideoId): void {
  encoder.report(broadcastId, {
    state: "finished",
    masterName: "master-1.m3u8",
    durationSeconds: 20,
    sizeBytes: 1234,
  });
}

describe("a broadcast ends", () => {
  it("when its owner may not stream any more; what was on air stays", async () => {
    const { owner, id, broadcastId } = await goLive();
    const role = { method: "PUT", token: admin.token, body: { role: "viewer" } };
    expect((await desk.ask(`/api/users/${owner.user.id}/role`, role)).status).toBe(200);
    await untilState(id, "ending");
    finish(broadcastId);
    await untilState(id, "idle");
    expect((await own(id)).lastVideoId).toBe(broadcastId);
    expect((await desk.ask(`/api/videos/${broadcastId}`)).body).toMatchObject({
      state: "ready",
      title: "Herring, live",
      durationSeconds: 20,
    });
    const me = await desk.ask("/api/users/me", { token: owner.token });
    expect(me.body).toMatchObject({ storedBytes: 1234 });
    // and does not begin again
    sfu.publish(id, { sessionId: "session-2" });
    await expect.poll(() => sfu.asked.filter((asked) => asked.endsWith(id)).length).toBe(2);
    expect((await own(id)).state).toBe("idle");
  });

  it("with its owner's account, and nothing is left of it", async () => {
    const { owner, id, broadcastId } = await goLive();
    const removing = desk.ask("/api/users/me/delete", {
      token: owner.token,
      body: { password: testPassword },
    });
    await expect.poll(() => encoder.orders().get(broadcastId)?.wanted).toBe("finished");
    finish(broadcastId);
    expect((await removing).status).toBe(200);
    expect((await desk.ask(`/api/streams/${id}`)).code).toBe("stream.not_found");
    expect((await desk.ask(`/api/videos/${broadcastId}`)).code).toBe("video.not_found");
    await expect.poll(() => encoder.orders().has(broadcastId)).toBe(false);
  });
});

it("tells pages at once how a stream stands, and who may not see it any more that it is gone", async () => {
  const owner = await desk.makeAccount();
  const { id } = await makeStream(owner);
  const page = openPage();
  const other = openPage(owner.token);
  const first = next(page, "stream.changed");
  await page.emitWithAck("stream.follow", { streamId: id, isWatching: true });
  await other.emitWithAck("stream.follow", { streamId: id, isWatching: false });
  expect(await first).toMatchObject({ streamId: id, state: "idle", viewerCount: 0 });

  const news: StreamNews[] = [];
  page.on("stream.changed", (one) => news.push(one));
  const report = next(other, "stream.reported");
  sfu.publish(id);
  await expect.poll(() => news.at(-1)).toMatchObject({ state: "live", viewerCount: 1 });
  const { broadcastId, grantVersion } = news.at(-1) ?? {};
  expect(await report).toMatchObject({ streamId: id, publisher: { state: "live" }, hlsViewerCount: 1 });

  encoder.report(videoIdSchema.parse(broadcastId), { state: "writing", liveName: "live.m3u8" });
  await expect.poll(() => news.at(-1)?.grantVersion).toBeGreaterThan(grantVersion ?? 0);

  const gone = next(page, "stream.gone");
  await desk.ask(`/api/streams/${id}`, {
    method: "PUT",
    token: owner.token,
    body: { visibility: "private" },
  });
  expect(await gone).toEqual({ streamId: id });
  await expect.poll(() => sfu.asked).toContain(`DELETE /live/rooms/${id}/viewers`);
  expect((await own(id)).state).toBe("live");
});

it("lets nodes register with the internal token, and measures what is on air", async () => {
  const { id } = await goLive();
  const edge = await openTestSfuNode({ nodeId: "edge", region: "north" });
  closer.add("edge", () => edge.close());
  const node = { nodeId: "edge", url: edge.url, region: "north", maxViewerCount: 100 };
  const path = "/internal/sfu-nodes/edge";
  expect((await desk.ask(path, { method: "PUT", body: node, token: admin.token })).code).toBe(
    "auth.required",
  );
  expect((await desk.ask(path, { method: "PUT", body: node, token: testToken })).status).toBe(200);
  sfu.setViewers(id, 7);
  const metrics = async () => String((await desk.ask("/metrics")).body);
  await expect.poll(metrics).toMatch(/^shoal_live_sfu_nodes 2$/m);
  await expect.poll(metrics).toMatch(/^shoal_live_viewers\{mode="webrtc"\} 7$/m);
  expect(await metrics()).toMatch(/^shoal_live_streams\{state="live"\} [1-9]/m);
  expect(await metrics()).toMatch(/^shoal_live_recordings_total\{outcome="video"\} [1-9]/m);
});

type Page = Socket<
  LiveEvents,
  Record<"stream.follow", (data: object, reply: (answer: unknown) => void) => void>
>;

const next = (page: Page, name: keyof LiveEvents) => new Promise((resolve) => page.once(name, resolve));

/** A page of an account, or of a stranger. */
function openPage(token?: string): Page {
  const page: Page = io(`${desk.url}${liveNamespace}`, {
    path: "/socket",
    transports: ["websocket"],
    forceNew: true,
    ...(token && { auth: { token } }),
  });
  closer.add("page", () => page.close());
  return page;
}
