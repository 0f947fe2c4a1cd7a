import { createHash } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { VideoId } from "#common/videos/video.ts";
import { callTus, codeOf } from "./testing/tus-calls.ts";
import { createTusSender, makeBytes, type TusSender } from "./testing/tus-sender.ts";
import {
  type DeskAccount,
  type MemoryParts,
  makeMemoryParts,
  openUploadDesk,
  type UploadDesk,
} from "./testing/upload-desk.ts";

let parts: MemoryParts;
let desk: UploadDesk;
let owner: DeskAccount;
let send: TusSender;

beforeEach(async () => {
  parts = await makeMemoryParts({ creator: { fileBytes: 3_000_000, storedBytes: 5_000_000 } });
  desk = await openUploadDesk(parts);
  owner = parts.makeAccount("creator");
  send = createTusSender(desk, owner);
});
afterEach(async () => {
  await desk.close();
  await parts.close();
});

describe("after a crash", () => {
  async function reopen(): Promise<void> {
    await desk.close();
    desk = await openUploadDesk(parts);
    send = createTusSender(desk, owner);
  }

  async function sendAll(videoId: VideoId, file: Uint8Array<ArrayBuffer>): Promise<Response> {
    return send.patch(await send.createAt(videoId, file.length), 0, file);
  }

  const away = () => Promise.reject(new ShoalError("service.unavailable", "away"));

  async function expectQueuedOnce(videoId: VideoId, file: Uint8Array): Promise<void> {
    const sha256 = createHash("sha256").update(file).digest("hex");
    expect(await parts.store.find(videoId)).toMatchObject({ state: "queued", originalSha256: sha256 });
    expect([...parts.jobs.jobs.values()]).toMatchObject([{ videoId, state: "waiting" }]);
    expect(
      Buffer.from(file).equals((await parts.storage.read(storageLayout.original(videoId))) ?? Buffer.of()),
    ).toBe(true);
  }

  it.each(["putFile", "update", "place", "setStoredBytes"] as const)(
    "before %s, the end is repeated",
    async (step) => {
      const videoId = await send.makeVideo();
      const file = makeBytes(1000);
      const address = await send.createAt(videoId, 1000);
      const owners = {
        putFile: parts.storage,
        update: parts.store,
        place: parts.jobs,
        setStoredBytes: parts.store,
      };
      const broken: Record<string, unknown> = { [step]: away };
      const works: Record<string, unknown> = Object.fromEntries([[step, Reflect.get(owners[step], step)]]);
      Object.assign(owners[step], broken);
      expect(await codeOf(await send.patch(address, 0, file))).toBe("503 service.unavailable");
      Object.assign(owners[step], works);
      await reopen();
      await expectQueuedOnce(videoId, file);
      expect(await readdir(parts.directory)).toEqual([`${address.split("/").at(-1)}.json`]);
      const head = await callTus(new URL(new URL(address).pathname, desk.url).href, owner.token, {
        method: "HEAD",
      });
      expect(head.headers.get("upload-offset")).toBe("1000");
    },
  );

  it("an encode that has begun is not set back", async () => {
    const videoId = await send.makeVideo();
    const finishing = parts.store.setStoredBytes;
    parts.store.setStoredBytes = away;
    expect((await sendAll(videoId, makeBytes(1000))).status).toBe(503);
    parts.store.setStoredBytes = finishing;
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, state: "ready" });
    await reopen();
    expect((await parts.store.find(videoId))?.state).toBe("ready");
    expect(parts.jobs.jobs.size).toBe(1);
  });

  it("a video whose bytes are gone is a draft again", async () => {
    const videoId = await send.makeVideo();
    await send.createAt(videoId, 1000);
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, updatedAt: new Date(0).toISOString() });
    for (const name of await readdir(parts.directory)) await rm(join(parts.directory, name));
    await reopen();
    expect((await parts.store.find(videoId))?.state).toBe("draft");
  });

  it("an upload that expired is thrown away, and makes way for another", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 1000);
    await send.patch(address, 0, makeBytes(10));
    const path = join(parts.directory, `${address.split("/").at(-1)}.json`);
    const info = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...info, creation_date: "2020-01-01T00:00:00.000Z" }));
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, updatedAt: new Date(0).toISOString() });
    await reopen();
    expect(await readdir(parts.directory)).toEqual([]);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    await send.createAt(videoId, 1000);
  });

  it("half-written notes and files without a note are thrown away", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 1000);
    await writeFile(join(parts.directory, `${address.split("/").at(-1)}.json`), '{"id":"');
    await writeFile(join(parts.directory, "f".repeat(32)), "bytes");
    await reopen();
    expect(await readdir(parts.directory)).toEqual([]);
  });
});
