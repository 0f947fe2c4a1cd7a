import { expect, it } from "vitest";
import { createKeyedLock } from "./keyed-lock.ts";

it("lets one at a time do something about a key, in order, whatever fails", async () => {
  const lock = createKeyedLock();
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} ends`);
    if (name === "a") throw new Error("a fails");
  };
  const results = await Promise.allSettled([lock.run("k", work("a")), lock.run("k", work("b"))]);
  expect(results.map((result) => result.status)).toEqual(["rejected", "fulfilled"]);
  expect(order).toEqual(["a begins", "a ends", "b begins", "b ends"]);
});
