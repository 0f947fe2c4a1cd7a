import { expect, test } from "vitest";
import { createLog } from "#common/node/log.ts";
import { isAlive } from "../setup/lock.mjs";
import { createDiaryProcess, diaryPathIn, readDiary } from "../testing/child-process.ts";
import { makeTempFolder } from "../testing/temp-folder.ts";
import { Supervisor } from "./supervisor.ts";

const options = { log: createLog("test", "silent"), output: "ignore" } as const;

test("opens in order, closes in the opposite order, leaves nothing behind", async () => {
  const diary = diaryPathIn(makeTempFolder());
  const spawned: string[] = [];
  const supervisor = new Supervisor(
    ["a", "b", "c"].map((name) => createDiaryProcess(name, diary)),
    { ...options, onSpawn: (name) => spawned.push(name) },
  );
  await supervisor.open();
  const pids = supervisor.pids();
  expect([Object.keys(pids), spawned]).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c"],
  ]);
  await Promise.all([supervisor.close(), supervisor.close()]);
  expect(readDiary(diary)).toEqual(["a opened", "b opened", "c opened", "c closed", "b closed", "a closed"]);
  expect(Object.values(pids).filter(isAlive)).toEqual([]);
});

test("closes what was open when one cannot open", async () => {
  const diary = diaryPathIn(makeTempFolder());
  const specs = [createDiaryProcess("a", diary), createDiaryProcess("b", diary, "stillborn")];
  const supervisor = new Supervisor(specs, options);
  await expect(supervisor.open()).rejects.toThrow("b ended before it was open");
  expect([readDiary(diary), supervisor.pids()]).toEqual([["a opened", "a closed"], {}]);
});

test("can be closed while it opens", async () => {
  const diary = diaryPathIn(makeTempFolder());
  const specs = ["a", "b"].map((name) => createDiaryProcess(name, diary));
  const supervisor = new Supervisor(specs, options);
  const opening = supervisor.open();
  await Promise.all([supervisor.close(), expect(opening).rejects.toThrow()]);
  expect(supervisor.pids()).toEqual({});
});
