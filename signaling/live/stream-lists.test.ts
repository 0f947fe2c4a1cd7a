import { beforeEach, describe, expect, it } from "vitest";
import { streamQuerySchema } from "#common/live/stream.ts";
import { makeUserId } from "../videos/videos.store.memory.ts";
import { type MemoryDesk, openMemoryDesk } from "./testing/memory-desk.ts";

let desk: MemoryDesk;
let owner: MemoryDesk["owner"];
beforeEach(() => {
  desk = openMemoryDesk();
  owner = desk.owner;
});

describe("lists", () => {
  const query = (some: object = {}) => streamQuerySchema.parse(some);
  const list = async (some: object = {}) =>
    (await desk.lists.list(query(some))).items.map(({ title }) => title);

  it("have what is public and on air, most viewers first", async () => {
    const [quiet, loud, hidden] = [
      await desk.make({ title: "Quiet" }),
      await desk.make({ title: "Loud", category: "music" }),
      await desk.make({ title: "Hidden", visibility: "unlisted" }),
    ];
    expect(await list()).toEqual([]);
    for (const { id } of [quiet, loud, hidden]) await desk.lead(id, { state: "live" });
    desk.facts.viewerCountOf = (id) => (id === loud.id ? 7 : 1);
    expect(await list()).toEqual(["Loud", "Quiet"]);
    expect(await list({ category: "music" })).toEqual(["Loud"]);
    expect(await list({ channelId: owner.id, page: "1" })).toHaveLength(2);
    expect(await list({ channelId: makeUserId() })).toEqual([]);
    expect(await list({ page: 2 })).toEqual([]);
    expect(await desk.lists.list(query())).toMatchObject({ page: 1, pageCount: 1, totalCount: 2 });
    await desk.lead(loud.id, { state: "ending" });
    await desk.streams.update(owner, quiet.id, { visibility: "private" });
    expect(await list()).toEqual([]);
  });

  it("have what is announced, soonest first", async () => {
    await desk.make({ title: "Later", scheduledAt: "2036-01-03T00:00:00Z" });
    const sooner = await desk.make({ title: "Sooner", scheduledAt: "2036-01-02T00:00:00Z" });
    expect(await list({ state: "scheduled" })).toEqual(["Sooner", "Later"]);
    await desk.lead(sooner.id, { state: "live" });
    expect(await list({ state: "scheduled" })).toEqual(["Later"]);
  });

  it("are made once for a crowd, and anew when a stream changes", async () => {
    const { id } = await desk.make();
    await desk.lead(id, { state: "live" });
    let count = 0;
    desk.facts.viewerCountOf = () => count++;
    const first = await Promise.all(Array.from({ length: 50 }, () => desk.lists.listJson(query())));
    expect(new Set(first).size).toBe(1);
    const made = count;
    expect(await desk.lists.listJson(query())).toBe(first[0]);
    expect(count).toBe(made);
    await desk.streams.update(owner, id, { title: "Kelp" });
    expect(await desk.lists.listJson(query())).toContain("Kelp");
  });
});
