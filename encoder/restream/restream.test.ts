import { expect, it } from "vitest";
import { createLog } from "#common/node/log.ts";
import { Restream } from "./restream.ts";

it("tells what another site said in a line of bounded length", async () => {
  const restream = new Restream({
    target: { url: "rtmp://live.example.org/app", key: "a-key" },
    source: { subscribe: () => () => {} },
    openPush: () => Promise.reject(new Error(`Go\r\naway. ${"x".repeat(60_000)}`)),
    log: createLog("test", "silent"),
    firstWaitMs: 60_000,
  });
  await expect.poll(() => restream.status.state).toBe("waiting");
  expect(restream.status.trouble).toHaveLength(300);
  expect(restream.status.trouble).toMatch(/^Go away\. x+$/);
  await restream.close();
});
