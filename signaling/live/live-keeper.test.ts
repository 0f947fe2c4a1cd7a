import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { StreamId } from "#common/live/stream.ts";
import type { StreamState } from "#common/live/stream-state.ts";
import type { VideoId } from "#common/videos/video.ts";
import { holdMs, nodePatienceMs } from "./live-state.rules.ts";
import { type LiveWorld, openLiveWorld, type TestDesk } from "./testing/live-world.ts";

let world: LiveWorld;
let desk: TestDesk;
beforeEach(async () => {
  world = await openLiveWorld();
  desk = world.openDesk();
});
afterEach(() => world.close());

const untilState = (id: StreamId, state: StreamState) =>
  expect.poll(async () => (await world.find(id)).state).toBe(state);

/** A stream that is on air, and its broadcast. */
async function goLive(stream: Parameters<LiveWorld["makeStream"]>[0] = {}) {
  const id = await world.makeStream(stream);
  world.sfu.publish(id);
  await untilState(id, "live");
  const { broadcastId } = await world.find(id);
  if (broadcastId === null) throw new Error("no broadcast");
  await expect.poll(() => world.encoder.orders().get(broadcastId)?.wanted).toBe("on_air");
  return { id, broadcastId };
}

function finish(broadcastId: VideoId, durationSeconds = 12.5): void {
  world.encoder.report(broadcastId, {
    state: "finished",
    masterName: "master-1.m3u8",
    durationSeconds,
    sizeBytes: 4_000_000,
    aspectRatio: 16 / 9,
    hasPoster: true,
  });
}

describe("a stream goes on air", () => {
  it("when media arrives, not before", async () => {
    const id = await world.makeStream();
    world.sfu.publish(id, { state: "connecting" });
    await expect.poll(() => desk.rooms.sightOf(id)).toEqual({ kind: "present", state: "connecting" });
    expect(await world.find(id)).toMatchObject({ state: "idle", broadcastId: null });
    world.sfu.publish(id);
    await untilState(id, "live");
    const { broadcastId, revision, startedAt } = await world.find(id);
    expect(startedAt).not.toBeNull();
    await expect
      .poll(() => world.encoder.orders().get(broadcastId ?? ""))
      .toEqual({
        broadcastId,
        streamId: id,
        revision,
        wanted: "on_air",
        sfuUrl: world.sfu.url,
        dvrWindowSeconds: 1800,
        isRecorded: true,
        targets: [],
      });
  });

  it.each([
    ["an hour away is over", 3_600_000, true],
    ["three days away stays", 3 * 86_400_000, false],
  ])("and an announcement %s", async (_name, aheadMs, isOver) => {
    const scheduledAt = new Date(Date.now() + aheadMs).toISOString();
    const { id } = await goLive({ scheduledAt });
    expect((await world.find(id)).scheduledAt).toBe(isOver ? null : scheduledAt);
  });

  it("never for who may not stream: they are sent away", async () => {
    world.demoted.add(world.ownerId);
    const id = await world.makeStream();
    world.sfu.publish(id);
    await expect.poll(() => world.sfu.asked).toContain(`DELETE /live/rooms/${id}`);
    expect((await world.find(id)).state).toBe("idle");
  });

  it("once, when two front desks see it", async () => {
    const other = world.openDesk();
    const { id, broadcastId } = await goLive();
    await expect.poll(() => other.rooms.sightOf(id).kind).toBe("present");
    other.keeper.wake();
    await expect.poll(() => world.encoder.orders().size).toBe(1);
    expect((await world.find(id)).broadcastId).toBe(broadcastId);
    expect([...desk.moves, ...other.moves].filter(({ kind }) => kind === "begin")).toHaveLength(1);
  });

  it("and a room without a stream is closed", async () => {
    world.sfu.publish("nosuchstream000");
    await expect.poll(() => world.sfu.asked).toEqual(["DELETE /live/rooms/nosuchstream000"]);
  });
});

describe("a stream that lost its publisher", () => {
  it("waits, and goes on as the same broadcast", async () => {
    const { id, broadcastId } = await goLive();
    world.sfu.publish(id, { state: "silent" });
    await untilState(id, "reconnecting");
    expect((await world.find(id)).silentSince).not.toBeNull();
    expect(world.encoder.orders().get(broadcastId)?.wanted).toBe("on_air");
    world.sfu.publish(id, { sessionId: "session-2" });
    await untilState(id, "live");
    expect(await world.find(id)).toMatchObject({ broadcastId, silentSince: null });
  });

  it("ends when the window is over, even when nobody was there to see it lost", async () => {
    const { id, broadcastId } = await goLive();
    world.sfu.publish(id, null);
    await untilState(id, "reconnecting");
    await desk.close();
    world.skewMs = 61_000;
    world.openDesk();
    world.skewMs += nodePatienceMs;
    await untilState(id, "ending");
    await expect.poll(() => world.encoder.orders().get(broadcastId)?.wanted).toBe("finished");
  });

  it("ends at once without a window", async () => {
    const { id } = await goLive({ reconnectWindowSeconds: 0 });
    world.sfu.publish(id, null);
    await untilState(id, "ending");
  });

  it("is the same broadcast after the sfu was killed", async () => {
    const { id, broadcastId } = await goLive();
    world.sfu.forget();
    await world.sfu.stop();
    await world.sfu.start();
    await untilState(id, "reconnecting");
    world.sfu.publish(id, { sessionId: "session-2" });
    await untilState(id, "live");
    expect((await world.find(id)).broadcastId).toBe(broadcastId);
  });

  it("is not thought lost while its front desk starts again", async () => {
    const { id, broadcastId } = await goLive();
    await desk.close();
    const next = world.openDesk();
    await expect.poll(() => next.rooms.sightOf(id).kind).toBe("present");
    await expect.poll(() => next.orders.statusOf(broadcastId)).toBeDefined();
    expect(await world.find(id)).toMatchObject({ state: "live", broadcastId });
    expect(next.moves).toEqual([]);
  });
});

describe("a broadcast ends", () => {
  it("when its publisher leaves on purpose, and becomes a video", async () => {
    const { id, broadcastId } = await goLive();
    world.sfu.leave(id);
    await untilState(id, "ending");
    // it was never thought lost
    expect(desk.moves.map(({ kind }) => kind)).toEqual(["begin", "end"]);
    await expect.poll(() => world.encoder.orders().get(broadcastId)?.wanted).toBe("finished");
    // it must not be forgotten before there is a record
    expect(world.recordings.size).toBe(0);
    finish(broadcastId);
    await untilState(id, "idle");
    expect(await world.find(id)).toMatchObject({
      broadcastId: null,
      revision: "",
      startedAt: null,
      lastVideoId: broadcastId,
    });
    expect(world.recordings.get(broadcastId)).toMatchObject({
      id: broadcastId,
      ownerId: world.ownerId,
      title: "Herring, live",
      description: "Seen from below.",
      category: "animals",
      visibility: "unlisted",
      state: "ready",
      revision: "live",
      masterName: "master-1.m3u8",
      posterRevision: "live",
      durationSeconds: 12.5,
      sizeBytes: 4_000_000,
    });
    await expect.poll(() => world.encoder.orders().size).toBe(0);
  });

  it("when it is asked for, and whoever sends is sent away", async () => {
    const { id } = await goLive();
    await desk.keeper.end(id);
    expect((await world.find(id)).state).toBe("ending");
    expect(world.sfu.asked).toEqual([`DELETE /live/rooms/${id}`]);
  });

  it("for good: who goes on sending is sent away until a minute has passed without it", async () => {
    const { id, broadcastId } = await goLive();
    await desk.keeper.end(id);
    finish(broadcastId);
    await untilState(id, "idle");
    world.skewMs = 30_000;
    world.sfu.publish(id, { sessionId: "session-2" });
    await expect.poll(() => world.sfu.asked).toHaveLength(2);
    const { heldUntil } = await world.find(id);
    expect(Date.parse(heldUntil ?? "")).toBeGreaterThan(Date.now() + 30_000 + holdMs - 5000);
    world.skewMs += holdMs + 1000;
    world.sfu.publish(id, { sessionId: "session-3" });
    await untilState(id, "live");
    expect((await world.find(id)).broadcastId).not.toBe(broadcastId);
  });

  it("even while its sfu does not answer, and then for good", async () => {
    const { id, broadcastId } = await goLive();
    await world.sfu.stop();
    await desk.keeper.end(id);
    finish(broadcastId);
    await untilState(id, "idle");
    await world.sfu.start();
    await expect.poll(() => world.sfu.asked).toContain(`DELETE /live/rooms/${id}/publisher/session-1`);
    expect(await world.find(id)).toMatchObject({ state: "idle", broadcastId: null });
  });

  it("when its owner may not stream any more", async () => {
    const { id } = await goLive();
    world.demoted.add(world.ownerId);
    await untilState(id, "ending");
    expect(world.sfu.asked).toContain(`DELETE /live/rooms/${id}`);
  });

  it.each([
    ["is not recorded", { isRecorded: false }, 60],
    ["is shorter than a second", {}, 0.9],
  ])("and leaves nothing when it %s", async (_why, stream, durationSeconds) => {
    const { id, broadcastId } = await goLive(stream);
    world.settleFailures = 1;
    await desk.keeper.end(id);
    finish(broadcastId, durationSeconds);
    await untilState(id, "idle");
    expect(world.discarded).toEqual([broadcastId]);
    expect(world.recordings.size).toBe(0);
    expect((await world.find(id)).lastVideoId).toBeNull();
  });

  it("and says to its owner when the recording failed", async () => {
    const { id, broadcastId } = await goLive();
    await desk.keeper.end(id);
    const trouble = "The disk is full.";
    world.encoder.report(broadcastId, { state: "failed", trouble, durationSeconds: 30 });
    await untilState(id, "idle");
    expect(world.recordings.get(broadcastId)).toMatchObject({
      state: "failed",
      errorCode: "encode.failed",
      errorMessage: trouble,
    });
    expect((await world.find(id)).lastVideoId).toBeNull();
  });

  it("and is settled by whoever finds it ending, however often the database was away", async () => {
    const { id, broadcastId } = await goLive();
    await desk.keeper.end(id);
    await desk.close();
    world.settleFailures = 1;
    finish(broadcastId);
    world.openDesk();
    await untilState(id, "idle");
    expect([...world.recordings.keys()]).toEqual([broadcastId]);
  });

  it("and is let go with all its media when its stream is removed", async () => {
    const { id, broadcastId } = await goLive();
    world.settleFailures = 1;
    await world.store.remove(id);
    await expect.poll(() => world.discarded).toEqual([broadcastId]);
    expect(world.sfu.asked).toContain(`DELETE /live/rooms/${id}`);
    await expect.poll(() => world.encoder.orders().size).toBe(0);
  });
});

it("gives the encoder no orders before it knows them, and all of them again when it is back", async () => {
  const { broadcastId } = await goLive();
  await world.encoder.stop();
  await desk.close();
  const next = world.openDesk();
  next.keeper.wake();
  await world.encoder.start();
  await expect.poll(() => [...world.encoder.orders().keys()]).toEqual([broadcastId]);
});
