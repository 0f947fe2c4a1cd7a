import { expect, it } from "vitest";
import type { PublishTicket } from "#common/live/stream.ts";
import { createTicketKeeper } from "./ticket-keeper.ts";

function makeKeeper() {
  let nowMs = 0;
  let count = 0;
  let isAway = false;
  const keeper = createTicketKeeper({
    now: () => nowMs,
    fetch: async (): Promise<PublishTicket> => {
      if (isAway) throw new TypeError("Failed to fetch");
      count += 1;
      const expiresAt = new Date(nowMs + 600_000).toISOString();
      return { whipUrl: "/whip/a", token: `ticket-${count}`, expiresAt, iceServers: [] };
    },
  });
  return {
    keeper,
    pass: (ms: number) => {
      nowMs += ms;
    },
    leave: () => {
      isAway = true;
    },
    get count() {
      return count;
    },
  };
}

it("asks once, and again when the ticket is nearly over", async () => {
  const one = makeKeeper();
  await Promise.all([one.keeper.get(), one.keeper.get()]);
  expect(one.count).toBe(1);
  one.pass(400_000);
  await one.keeper.renew();
  expect((await one.keeper.get()).token).toBe("ticket-1");
  one.pass(100_000);
  await one.keeper.renew();
  expect((await one.keeper.get()).token).toBe("ticket-2");
  one.keeper.forget();
  expect((await one.keeper.get()).token).toBe("ticket-3");
});

it("keeps what it has while nobody answers", async () => {
  const one = makeKeeper();
  await one.keeper.get();
  one.leave();
  one.pass(500_000);
  await one.keeper.renew();
  expect((await one.keeper.get()).token).toBe("ticket-1");
  one.pass(100_000);
  await expect(one.keeper.get()).rejects.toThrow("Failed to fetch");
});
