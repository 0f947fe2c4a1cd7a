import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { storageLayout } from "#common/node/storage/layout.ts";
import { callTus, codeOf, toLengthHeader } from "./testing/tus-calls.ts";
import { createTusSender, makeBytes, type TusSender } from "./testing/tus-sender.ts";
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

describe("refusals", () => {
  it("knows nobody without a token, and no video of somebody else", async () => {
    const videoId = await send.makeVideo();
    const stranger = parts.makeAccount("creator");
    const moderator = parts.makeAccount("moderator");
    expect(await codeOf(await send.create(videoId, 10, null))).toBe("401 auth.required");
    expect(await codeOf(await send.create(videoId, 10, stranger.token))).toBe("404 video.not_found");
    expect(await codeOf(await send.create(videoId, 10, moderator.token))).toBe("403 auth.forbidden");
    const address = await send.createAt(videoId, 10);
    for (const method of ["HEAD", "PATCH", "DELETE"]) {
      const headers = { "upload-offset": "0" };
      expect((await callTus(address, null, { method, headers })).status).toBe(401);
      expect((await callTus(address, stranger.token, { method, headers })).status).toBe(404);
    }
    expect((await fetch(`${desk.url}/upload/${videoId}`)).status).toBe(401);
  });

  it("takes no upload id of another video", async () => {
    const address = await send.createAt(await send.makeVideo(), 10);
    const other = await send.makeVideo();
    const crossed = `${desk.url}/upload/${other}/${address.split("/").at(-1)}`;
    expect(await codeOf(await send.patch(crossed, 0, makeBytes(10)))).toBe("404 upload.not_found");
    expect((await callTus(crossed, owner.token, { method: "HEAD" })).status).toBe(404);
    const made = await send.patch(`${desk.url}/upload/${other}/${"0".repeat(32)}`, 0, makeBytes(10));
    expect(await codeOf(made)).toBe("404 upload.not_found");
  });

  it("takes no upload of a viewer", async () => {
    const videoId = await send.makeVideo();
    const token = toDeskToken({ id: owner.id, role: "viewer" });
    const response = await send.create(videoId, 1, token);
    expect(await codeOf(response)).toBe("403 auth.forbidden");
  });

  it("takes no more bytes of an account that has become a viewer, which may still throw them away", async () => {
    const address = await send.createAt(await send.makeVideo(), 10);
    const token = toDeskToken({ id: owner.id, role: "viewer" });
    const headers = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
    const written = await callTus(address, token, { method: "PATCH", headers, body: makeBytes(10) });
    expect(await codeOf(written)).toBe("403 auth.forbidden");
    expect((await callTus(address, token, { method: "DELETE" })).status).toBe(204);
  });

  it("says what is too large before a byte travels", async () => {
    const large = await send.makeVideo();
    expect(await codeOf(await send.create(large, 3_000_001))).toBe("413 upload.too_large");
    expect((await parts.store.find(large))?.state).toBe("draft");
    const first = await send.makeVideo();
    await send.createAt(first, 3_000_000);
    expect(await codeOf(await send.create(await send.makeVideo(), 2_000_001))).toBe(
      "413 upload.quota_exceeded",
    );
    await send.createAt(await send.makeVideo(), 2_000_000);
  });

  it("stops an upload of unsaid length where the room ends", async () => {
    const address = await send.createAt(await send.makeVideo(), null);
    expect(await codeOf(await send.patch(address, 0, makeBytes(3_000_001)))).toBe("413 upload.too_large");
    const other = await send.createAt(await send.makeVideo(), null);
    expect(await codeOf(await send.patch(other, 0, makeBytes(2_900_000)))).toBe("413 upload.quota_exceeded");
  });

  it("speaks of tus' own errors in our words", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 10);
    expect(await codeOf(await send.patch(address, 3, makeBytes(7)))).toBe("409 upload.wrong_offset");
    const noVersion = await fetch(address, {
      method: "PATCH",
      headers: { authorization: `Bearer ${owner.token}` },
    });
    expect(await codeOf(noVersion)).toBe("412 request.invalid");
    const noLength = await callTus(`${desk.url}/upload/${await send.makeVideo()}`, owner.token, {
      method: "POST",
    });
    expect(await codeOf(noLength)).toBe("400 request.invalid");
  });

  it("keeps one upload per video, and none once the file is there", async () => {
    const videoId = await send.makeVideo();
    const file = makeBytes(1000);
    const address = await send.createAt(videoId, 1000);
    await send.patch(address, 0, file.slice(0, 400));
    expect(await codeOf(await send.create(videoId, 1000))).toBe("409 video.wrong_state");
    await send.patch(address, 400, file.slice(400));
    expect(await codeOf(await send.create(videoId, 1000))).toBe("409 upload.already_complete");
    const deletion = await callTus(address, owner.token, { method: "DELETE" });
    expect(await codeOf(deletion)).toBe("409 upload.already_complete");
  });
});

describe("an upload", () => {
  it("becomes the original of a queued video, with one job", async () => {
    const videoId = await send.makeVideo();
    const file = makeBytes(1_234_567);
    const address = await send.createAt(videoId, file.length);
    expect((await parts.store.find(videoId))?.state).toBe("uploading");
    expect((await send.patch(address, 0, file.slice(0, 500_000))).status).toBe(204);
    expect((await callTus(address, owner.token, { method: "HEAD" })).headers.get("upload-offset")).toBe(
      "500000",
    );
    expect(await send.findUnfinished(videoId)).toEqual({
      uploadId: address.split("/").at(-1),
      offsetBytes: 500_000,
      sizeBytes: file.length,
      fileName: "fish.mp4",
    });
    expect((await send.patch(address, 500_000, file.slice(500_000))).status).toBe(204);

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
    expect(await send.findUnfinished(videoId)).toBeNull();
  });

  it("answers after its end as if it had just ended", async () => {
    const address = await send.createAt(await send.makeVideo(), 10);
    await send.patch(address, 0, makeBytes(10));
    const head = await callTus(address, owner.token, { method: "HEAD" });
    expect([head.headers.get("upload-offset"), head.headers.get("upload-length")]).toEqual(["10", "10"]);
  });

  it("may say its length at the end", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, null);
    await send.patch(address, 0, makeBytes(700));
    await send.patch(address, 700, makeBytes(300), { "upload-length": "1000" });
    expect(await parts.store.find(videoId)).toMatchObject({ state: "queued", sizeBytes: 1000 });
  });

  it("may come with its creation", async () => {
    const videoId = await send.makeVideo();
    const response = await callTus(`${desk.url}/upload/${videoId}`, owner.token, {
      method: "POST",
      headers: { ...toLengthHeader(5), "content-type": "application/offset+octet-stream" },
      body: makeBytes(5),
    });
    expect(response.status).toBe(201);
    expect((await parts.store.find(videoId))?.state).toBe("queued");
  });

  it("goes on over another connection when the first one fell silent", async () => {
    const videoId = await send.makeVideo();
    const file = makeBytes(1000);
    const address = await send.createAt(videoId, file.length);
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
    expect((await send.patch(address, 300, file.slice(300))).status).toBe(204);
    silent.destroy();
    const sha256 = createHash("sha256").update(file).digest("hex");
    expect((await parts.store.find(videoId))?.originalSha256).toBe(sha256);
  });

  it("that was deleted leaves a draft and no file", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 1000);
    await send.patch(address, 0, makeBytes(10));
    expect((await callTus(address, owner.token, { method: "DELETE" })).status).toBe(204);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    expect(await readdir(parts.directory)).toEqual([]);
    await send.createAt(videoId, 1000);
  });

  it("goes away with its video", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 1000);
    await send.patch(address, 0, makeBytes(10));
    await desk.videos.remove(owner, videoId);
    expect(await readdir(parts.directory)).toEqual([]);
    expect(await codeOf(await send.patch(address, 10, makeBytes(10)))).toBe("404 video.not_found");
    expect((await parts.storage.list("originals/")).length).toBe(0);
  });

  it("that is stopped makes its video a draft", async () => {
    const videoId = await send.makeVideo();
    const address = await send.createAt(videoId, 1000);
    await send.patch(address, 0, makeBytes(10));
    await desk.videos.cancel(owner, videoId);
    expect((await parts.store.find(videoId))?.state).toBe("draft");
    expect(await codeOf(await send.patch(address, 10, makeBytes(10)))).toBe("404 upload.not_found");
  });
});
