import { expect, onTestFinished, test } from "vitest";
import { createLog } from "#common/node/log.ts";
import { isAlive } from "../setup/lock.mjs";
import { createDiaryProcess, diaryPathIn, readDiary, until } from "../testing/child-process.ts";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { defaultBackoff, toBackoffMs } from "./process-spec.ts";
import { SupervisedProcess } from "./supervised-process.ts";

const log = createLog("test", "silent");
const quick = { firstMs: 10, maxMs: 40, healthyMs: 60_000 };

function create(behaviour: Parameters<typeof createDiaryProcess>[2] = "orderly", backoff = quick) {
  const diary = diaryPathIn(makeTempFolder());
  const child = new SupervisedProcess(createDiaryProcess("a", diary, behaviour), {
    log,
    output: "ignore",
    backoff,
  });
  onTestFinished(() => child.close());
  return { child, diary };
}

test("waits twice as long after each death, up to a bound", () => {
  const waits = [0, 1, 2, 5, 6, 7, 1000].map((attempt) => toBackoffMs(defaultBackoff, attempt));
  expect(waits).toEqual([500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
});

test("starts a process again that was killed, as often as it dies", async () => {
  const { child, diary } = create();
  await child.open();
  for (const livesBefore of [1, 2, 3]) {
    const { pid } = child;
    if (pid === undefined) throw new Error("there is no child");
    process.kill(pid, "SIGKILL");
    await until(() => readDiary(diary).length === livesBefore + 1 && child.state === "open");
    expect(child.pid).not.toBe(pid);
  }
});

test("does not start again what died before it was open the first time", async () => {
  const { child } = create("stillborn");
  await expect(child.open()).rejects.toThrow("a ended before it was open (exit code 3)");
  expect([child.state, child.pid]).toEqual(["closed", undefined]);
});

test("says when the program is not there", async () => {
  const spec = { ...createDiaryProcess("a", "unused"), command: "/nowhere/program" };
  const child = new SupervisedProcess(spec, { log, output: "ignore" });
  await expect(child.open()).rejects.toThrow("ENOENT");
});

test("kills what does not hear SIGTERM", async () => {
  const { child } = create("deaf");
  await child.open();
  const { pid = 0 } = child;
  await child.close();
  expect([isAlive(pid), child.state]).toEqual([false, "closed"]);
});

test("closing ends the wait for the next start", async () => {
  const { child, diary } = create("orderly", { ...quick, firstMs: 3_600_000, maxMs: 3_600_000 });
  await child.open();
  process.kill(child.pid ?? 0, "SIGKILL");
  await until(() => child.state === "waiting");
  await child.close();
  await child.close();
  expect(readDiary(diary)).toEqual(["a opened"]);
});

test("restarts in order when asked, without waiting", async () => {
  const { child, diary } = create("orderly", { ...quick, firstMs: 3_600_000, maxMs: 3_600_000 });
  await child.open();
  child.restart();
  await until(() => readDiary(diary).length === 3);
  expect(readDiary(diary)).toEqual(["a opened", "a closed", "a opened"]);
});
