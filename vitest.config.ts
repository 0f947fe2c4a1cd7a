import { defineConfig } from "vitest/config";
import { cachedWorker } from "./cli/setup/mediasoup-worker.step.mjs";

const root = import.meta.dirname;
const folders = "{common,cli,sfu,signaling,encoder,client,bench}";
const neverTests = ["**/node_modules/**", "client/dist/**", "data/**"];

/** Two kinds of tests: `unit` needs nothing but Node; `media` has the real FFmpeg, PocketBase and mediasoup. */
export default defineConfig({
  root,
  // no Solid plugin: it would give every test the browsers' builds of packages
  test: {
    environment: "node",
    // what is waited for comes at once, but not on a machine that is busy
    expect: { poll: { timeout: 10_000, interval: 25 } },
    env: { MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN ?? cachedWorker(root).path },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [`${folders}/**/*.test.{ts,tsx}`],
          exclude: [...neverTests, "**/*.media.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "media",
          include: [`${folders}/**/*.media.test.ts`],
          exclude: neverTests,
          testTimeout: 180_000,
          hookTimeout: 60_000,
          // FFmpeg takes every core there is: files one after the other are quicker than all at once
          maxWorkers: 1,
        },
      },
    ],
  },
});
