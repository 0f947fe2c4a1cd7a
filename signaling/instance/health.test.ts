import { expect, test } from "vitest";
import { createReadiness } from "./health.ts";

test("is ready when every part says so", async () => {
  const ask = createReadiness({ one: async () => true, two: async () => true });
  expect(await ask()).toEqual({ ready: true, parts: { one: "ok", two: "ok" } });
});

test("names what is not ready, what fails and what hangs", async () => {
  const ask = createReadiness({
    fine: async () => true,
    starting: async () => false,
    broken: () => Promise.reject(new Error("no route")),
    hanging: () => new Promise(() => undefined),
  });
  expect(await ask()).toEqual({
    ready: false,
    parts: { fine: "ok", starting: "not ready", broken: "no answer", hanging: "no answer" },
  });
});

test("asks once for all who ask at the same time, and anew later", async () => {
  let count = 0;
  const ask = createReadiness({
    part: async () => {
      count += 1;
      return true;
    },
  });
  await Promise.all([ask(), ask(), ask()]);
  expect(count).toBe(1);
  await ask();
  expect(count).toBe(2);
});
