import { beforeEach, describe, expect, it } from "vitest";
import { maxTargetsPerStream } from "./stream-targets.ts";
import { innerHost, type MemoryDesk, openMemoryDesk } from "./testing/memory-desk.ts";

const target = { name: "There", url: "rtmp://live.example.org/app", key: "live_key_1" };

let desk: MemoryDesk;
let owner: MemoryDesk["owner"];
beforeEach(() => {
  desk = openMemoryDesk();
  owner = desk.owner;
});

describe("restream targets", () => {
  it.each([
    { ...target, url: "http://live.example.org/app" },
    { ...target, url: "rtmp://me:secret@live.example.org/app" },
    { ...target, url: "rtmp://127.0.0.1/app" },
    { ...target, url: "rtmps://localhost/app" },
    { ...target, url: `rtmp://${innerHost}/app` },
    { ...target, key: "a key" },
  ])("sends no stream to %o", async (bad) => {
    const { id } = await desk.make();
    await expect(desk.streams.addTarget(owner, id, bad)).rejects.toMatchObject({ code: "stream.bad_target" });
    expect((await desk.streams.getOwn(owner, id)).targets).toEqual([]);
  });

  it("sends no stream to more than ten places", async () => {
    const { id } = await desk.make();
    const added = await Promise.allSettled(
      Array.from({ length: maxTargetsPerStream + 3 }, () => desk.streams.addTarget(owner, id, target)),
    );
    expect(added.filter(({ status }) => status === "fulfilled")).toHaveLength(maxTargetsPerStream);
    for (const result of added.filter(({ status }) => status === "rejected")) {
      expect(result).toMatchObject({ reason: { code: "stream.bad_target" } });
    }
  });

  it("are kept with their keys sealed, and handed to the encoder with them", async () => {
    const { id } = await desk.make();
    const added = await desk.streams.addTarget(owner, id, target);
    expect(added).toEqual({
      id: added.id,
      name: "There",
      url: target.url,
      isEnabled: true,
      state: "idle",
      trouble: "",
    });
    expect(JSON.stringify(await desk.store.listTargets(id))).not.toContain(target.key);
    expect(await desk.records.targets.toOrders(id)).toEqual([
      { id: added.id, url: target.url, key: target.key },
    ]);
    desk.facts.targetStatesOf = () => new Map([[added.id, { state: "waiting", trouble: "It hung up." }]]);
    expect((await desk.streams.getOwn(owner, id)).targets).toMatchObject([
      { state: "waiting", trouble: "It hung up." },
    ]);
  });

  it("are switched off and on, and removed", async () => {
    const { id } = await desk.make();
    const { id: targetId } = await desk.streams.addTarget(owner, id, target);
    const events: string[] = [];
    desk.records.keeper.subscribe(({ kind }) => events.push(kind));
    expect(await desk.streams.setTarget(owner, id, targetId, { isEnabled: false })).toMatchObject({
      state: "off",
    });
    expect(await desk.records.targets.toOrders(id)).toEqual([]);
    await desk.streams.setTarget(owner, id, targetId, { isEnabled: true });
    expect(await desk.records.targets.toOrders(id)).toHaveLength(1);
    await desk.streams.removeTarget(owner, id, targetId);
    expect(await desk.records.targets.toOrders(id)).toEqual([]);
    expect(events).toEqual(["targets_changed", "targets_changed", "targets_changed"]);
    const gone = { code: "request.not_found" };
    await expect(desk.streams.removeTarget(owner, id, targetId)).rejects.toMatchObject(gone);
    await expect(desk.streams.setTarget(owner, id, targetId, { isEnabled: true })).rejects.toMatchObject(
      gone,
    );
  });

  it("of another stream are none of this one", async () => {
    const [first, second] = [await desk.make(), await desk.make()];
    const { id: targetId } = await desk.streams.addTarget(owner, first.id, target);
    const gone = { code: "request.not_found" };
    await expect(desk.streams.removeTarget(owner, second.id, targetId)).rejects.toMatchObject(gone);
    expect(await desk.records.targets.toOrders(first.id)).toHaveLength(1);
  });
});
