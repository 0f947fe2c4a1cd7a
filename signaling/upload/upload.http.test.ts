import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ShoalError } from "#common/errors.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import type { VideoId } from "#common/videos/video.ts";
import { callTus, codeOf, toLengthHeader } from "./testing/tus-calls.ts";
import {
  type DeskAccount,
  type MemoryParts,
  makeMemoryParts,
  openUploadDesk,
  toDeskToken,
  type UploadDesk,
} from "./testing/upload-desk.ts";

let parts: MemoryParts;
let desk: UploadDesk;
let owner: DeskAccount;

beforeEach(async () => {
  parts = await makeMemoryParts({ creator: { fileBytes: 3_000_000, storedBytes: 5_000_000 } });
  desk = await openUploadDesk(parts);
  owner = parts.makeAccount("creator");
});
afterEach(async () => {
  await desk.close();
  await parts.close();
});

async function makeVideo(account = owner): Promise<VideoId> {
  const { id } = await desk.videos.create(account, { title: "A shoal", visibility: "private" });
  return id;
}

function create(videoId: VideoId, sizeBytes: number | null, token: string | null = owner.token) {
  return callTus(`${desk.url}/upload/${videoId}`, token, {
    method: "POST",
    headers: {
      ...toLengthHeader(sizeBytes),
      "upload-metadata": `filename ${Buffer.from("a/b/fish.mp4").toString("base64")}`,
    },
  });
}

async function createAt(videoId: VideoId, sizeBytes: number | null): Promise<string> {
  const response = await create(videoId, sizeBytes);
  expect(response.status).toBe(201);
  return new URL(response.headers.get("location") ?? "", desk.url).href;
}

async function findUnfinished(videoId: VideoId): Promise<unknown> {
  const headers = { authorization: `Bearer ${owner.token}` };
  return (await fetch(`${desk.url}/upload/${videoId}`, { headers })).json();
}

function patch(address: string, offsetBytes: number, body: Uint8Array<ArrayBuffer>, headers = {}) {
  return callTus(address, owner.token, {
    method: "PATCH",
    headers: { "upload-offset": String(offsetBytes), ...headers },
    body,
  });
}

function bytes(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(randomBytes(sizeBytes));
}

describe("refusals", () => {
  it("knows nobody without a token, and no video of somebody else", async () => {
    const videoId = await makeVideo();
    const stranger = parts.makeAccount("creator");
    const moderator = parts.makeAccount("moderator");
    expect(await codeOf(await create(videoId, 10, null))).toBe("401 auth.required");
    expect(await codeOf(await create(videoId, 10, stranger.token))).toBe("404 video.not_found");
    expect(await codeOf(await create(videoId, 10, moderator.token))).toBe("403 auth.forbidden");
    const address = await createAt(videoId, 10);
    for (const method of ["HEAD", "PATCH", "DELETE"]) {
      const headers = { "upload-offset": "0" };
      expect((await callTus(address, null, { method, headers })).status).toBe(401);
      expect((await callTus(address, stranger.token, { method, headers })).status).toBe(404);
    }
    expect((await fetch(`${desk.url}/upload/${videoId}`)).status).toBe(401);
  });

  it("takes no upload id of another video", async () => {
    const address = await createAt(await makeVideo(), 10);
    const other = await makeVideo();
    const crossed = `${desk.url}/upload/${other}/${address.split("/").at(-1)}`;
    expect(await codeOf(await patch(crossed, 0, bytes(10)))).toBe("404 upload.not_found");
    expect((await callTus(crossed, owner.token, { method: "HEAD" })).status).toBe(404);
    const made = await patch(`${desk.url}/upload/${other}/${"0".repeat(32)}`, 0, bytes(10));
    expect(await codeOf(made)).toBe("404 upload.not_found");
  });

  it("takes no upload of a viewer", async () => {
    const videoId = await makeVideo();
    const token = toDeskToken({ id: owner.id, role: "viewer" });
    const response = await create(videoId, 1, token);
    expect(await codeOf(response)).toBe("403 auth.forbidden");
  });

  it("says what is too large before a byte travels", async () => {
    const large = await makeVideo();
    expect(await codeOf(await create(large, 3_000_001))).toBe("413 upload.too_large");
    expect((await parts.store.find(large))?.state).toBe("draft");
    const first = await makeVideo();
    await createAt(first, 3_000_000);
    expect(await codeOf(await create(await makeVideo(), 2_000_001))).toBe("413 upload.quota_exceeded");
    await createAt(await makeVideo(), 2_000_000);
  });

  it("stops an upload of unsaid length where the room ends", async () => {
    const address = await createAt(await makeVideo(), null);
    expect(await codeOf(await patch(address, 0, bytes(3_000_001)))).toBe("413 upload.too_large");
    const other = await createAt(await makeVideo(), null);
    expect(await codeOf(await patch(other, 0, bytes(2_900_000)))).toBe("413 upload.quota_exceeded");
  });

  it("speaks of tus' own errors in our words", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 10);
    expect(await codeOf(await patch(address, 3, bytes(7)))).toBe("409 upload.wrong_offset");
    const noVersion = await fetch(address, {
      method: "PATCH",
      headers: { authorization: `Bearer ${owner.token}` },
    });
    expect(await codeOf(noVersion)).toBe("412 request.invalid");
    const noLength = await callTus(`${desk.url}/upload/${await makeVideo()}`, owner.token, {
      method: "POST",
    });
    expect(await codeOf(noLength)).toBe("400 request.invalid");
  });

  it("keeps one upload per video, and none once the file is there", async () => {
    const videoId = await makeVideo();
    const file = bytes(1000);
    const address = await createAt(videoId, 1000);
    await patch(address, 0, file.slice(0, 400));
    expect(await codeOf(await create(videoId, 1000))).toBe("409 video.wrong_state");
    await patch(address, 400, file.slice(400));
    expect(await codeOf(await create(videoId, 1000))).toBe("409 upload.already_complete");
    const deletion = await callTus(address, owner.token, { method: "DELETE" });
    expect(await codeOf(deletion)).toBe("409 upload.already_complete");
  });
});

describe("an upload", () => {
  it("becomes the original of a queued video, with one job", async () => {
    const videoId = await makeVideo();
    const file = bytes(1_234_567);
    const address = await createAt(videoId, file.length);
    expect((await parts.store.find(videoId))?.state).toBe("uploading");
    expect((await patch(address, 0, file.slice(0, 500_000))).status).toBe(204);
    expect((await callTus(address, owner.token, { method: "HEAD" })).headers.get("upload-offset")).toBe(
      "500000",
    );
    expect(await findUnfinished(videoId)).toEqual({
      uploadId: address.split("/").at(-1),
      offsetBytes: 500_000,
      sizeBytes: file.length,
      fileName: "fish.mp4",
    });
    expect((await patch(address, 500_000, file.slice(500_000))).status).toBe(204);

    const sha256 = createHash("sha256").update(file).digest("hex");
    expect(await parts.store.find(videoId)).toMatchObject({
      state: "queued",
      fileName: "fish.mp4",
      sizeBytes: file.length,
      originalSha256: sha256,
    });
    expect(
      Buffer.from(file).equals((await parts.storage.read(storageLayout.original(videoId))) ?? Buffer.of()),
    ).toBe(true);
    expect([...parts.jobs.jobs.values()]).toMatchObject([{ kind: "encode", videoId, state: "waiting" }]);
    expect(parts.store.storedBytesOf(owner.id)).toBe(file.length);
    expect(await findUnfinished(videoId)).toBeNull();
  });

  it("answers after its end as if it had just ended", async () => {
    const address = await createAt(await makeVideo(), 10);
    await patch(address, 0, bytes(10));
    const head = await callTus(address, owner.token, { method: "HEAD" });
    expect([head.headers.get("upload-offset"), head.headers.get("upload-length")]).toEqual(["10", "10"]);
  });

  it("may say its length at the end", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, null);
    await patch(address, 0, bytes(700));
    await patch(address, 700, bytes(300), { "upload-length": "1000" });
    expect(await parts.store.find(videoId)).toMatchObject({ state: "queued", sizeBytes: 1000 });
  });

  it("may come with its creation", async () => {
    const videoId = await makeVideo();
    const response = await callTus(`${desk.url}/upload/${videoId}`, owner.token, {
      method: "POST",
      headers: { ...toLengthHeader(5), "content-type": "application/offset+octet-stream" },
      body: bytes(5),
    });
    expect(response.status).toBe(201);
    expect((await parts.store.find(videoId))?.state).toBe("queued");
  });

  it("goes on over another connection when the first one fell silent", async () => {
    const videoId = await makeVideo();
    const file = bytes(1000);
    const address = await createAt(videoId, file.length);
    const silent = request(address, {
      method: "PATCH",
      headers: {
        authorization: `Bearer ${owner.token}`,
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
        "content-length": "1000",
      },
    });
    silent.on("error", () => {});
    silent.write(file.subarray(0, 300));
    const uploadId = address.split("/").at(-1) ?? "";
    await expect.poll(() => desk.files.find(uploadId)?.offsetBytes).toBe(300);
    const head = await callTus(address, owner.token, { method: "HEAD" });
    expect(head.headers.get("upload-offset")).toBe("300");
    expect((await patch(address, 300, file.slice(300))).status).toBe(204);
    silent.destroy();
    const sha256 = createHash("sha256").update(file).digest("hex");
    expect((await parts.store.find(videoId))?.originalSha256).toBe(sha256);
  });

  it("that was deleted leaves a draft and no file", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 1000);
    await patch(address, 0, bytes(10));
    expect((await callTus(address, owner.token, { method: "DELETE" })).status).toBe(204);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    expect(await readdir(parts.directory)).toEqual([]);
    await createAt(videoId, 1000);
  });

  it("goes away with its video", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 1000);
    await patch(address, 0, bytes(10));
    await desk.videos.remove(owner, videoId);
    expect(await readdir(parts.directory)).toEqual([]);
    expect(await codeOf(await patch(address, 10, bytes(10)))).toBe("404 video.not_found");
    expect((await parts.storage.list("originals/")).length).toBe(0);
  });

  it("that is stopped makes its video a draft", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 1000);
    await patch(address, 0, bytes(10));
    await desk.videos.cancel(owner, videoId);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    expect(await codeOf(await patch(address, 10, bytes(10)))).toBe("404 upload.not_found");
  });
});

describe("after a crash", () => {
  async function reopen(): Promise<void> {
    await desk.close();
    desk = await openUploadDesk(parts);
  }

  async function sendAll(videoId: VideoId, file: Uint8Array<ArrayBuffer>): Promise<Response> {
    return patch(await createAt(videoId, file.length), 0, file);
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
      const videoId = await makeVideo();
      const file = bytes(1000);
      const address = await createAt(videoId, 1000);
      const owners = {
        putFile: parts.storage,
        update: parts.store,
        place: parts.jobs,
        setStoredBytes: parts.store,
      };
      const broken: Record<string, unknown> = { [step]: away };
      const works: Record<string, unknown> = Object.fromEntries([[step, Reflect.get(owners[step], step)]]);
      Object.assign(owners[step], broken);
      expect(await codeOf(await patch(address, 0, file))).toBe("503 service.unavailable");
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
    const videoId = await makeVideo();
    const finishing = parts.store.setStoredBytes;
    parts.store.setStoredBytes = away;
    expect((await sendAll(videoId, bytes(1000))).status).toBe(503);
    parts.store.setStoredBytes = finishing;
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, state: "ready" });
    await reopen();
    expect((await parts.store.find(videoId))?.state).toBe("ready");
    expect(parts.jobs.jobs.size).toBe(1);
  });

  it("a video whose bytes are gone is a draft again", async () => {
    const videoId = await makeVideo();
    await createAt(videoId, 1000);
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, updatedAt: new Date(0).toISOString() });
    for (const name of await readdir(parts.directory)) await rm(join(parts.directory, name));
    await reopen();
    expect((await parts.store.find(videoId))?.state).toBe("draft");
  });

  it("an upload that expired is thrown away, and makes way for another", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 1000);
    await patch(address, 0, bytes(10));
    const path = join(parts.directory, `${address.split("/").at(-1)}.json`);
    const info = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...info, creation_date: "2020-01-01T00:00:00.000Z" }));
    const record = await parts.store.find(videoId);
    if (record) parts.store.put({ ...record, updatedAt: new Date(0).toISOString() });
    await reopen();
    expect(await readdir(parts.directory)).toEqual([]);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    await createAt(videoId, 1000);
  });

  it("half-written notes and files without a note are thrown away", async () => {
    const videoId = await makeVideo();
    const address = await createAt(videoId, 1000);
    await writeFile(join(parts.directory, `${address.split("/").at(-1)}.json`), '{"id":"');
    await writeFile(join(parts.directory, "f".repeat(32)), "bytes");
    await reopen();
    expect(await readdir(parts.directory)).toEqual([]);
  });
});
