import { createHash, randomBytes } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import { Upload } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { videoIdSchema } from "#common/videos/video.ts";
import type { ServerEvents } from "#common/videos/video-events.ts";
import { type FrontDesk, openFrontDesk, type TestAccount } from "../testing/front-desk.ts";
import { callTus, codeOf, toLengthHeader } from "./testing/tus-calls.ts";

const createdSchema = z.object({ id: videoIdSchema, uploadUrl: z.url() });
let desk: FrontDesk;
let owner: TestAccount;

beforeAll(async () => {
  desk = await openFrontDesk({ SHOAL_UPLOAD_LIMITS: "creator=3MiB/4MiB" });
  owner = await desk.makeAccount("creator");
}, 60_000);
afterAll(() => desk.close());

async function makeVideo() {
  const body = { title: "A shoal", visibility: "private" };
  const answer = await desk.ask("/api/videos", { method: "POST", token: owner.token, body });
  const { id, uploadUrl } = createdSchema.parse(answer.body);
  expect(uploadUrl).toBe(`http://shoal.test/upload/${id}`);
  return { id, endpoint: `${desk.url}${new URL(uploadUrl).pathname}` };
}

function listen(): Promise<Socket<ServerEvents>> {
  const page: Socket<ServerEvents> = io(desk.url, {
    path: "/socket",
    transports: ["websocket"],
    reconnection: false,
    forceNew: true,
    auth: { token: owner.token },
  });
  return new Promise((resolve, reject) => {
    page.once("connect", () => resolve(page));
    page.once("connect_error", reject);
  });
}

describe("over the whole front desk", () => {
  it("a file becomes a queued video, and the owner's pages see it become one", async () => {
    const { id, endpoint } = await makeVideo();
    const page = await listen();
    const states: string[] = [];
    page.on("video.progressed", (news) => states.push(news.state));
    const file = randomBytes(2_500_000);
    await new Promise<void>((resolve, reject) => {
      new Upload(file, {
        endpoint,
        headers: { Authorization: `Bearer ${owner.token}` },
        metadata: { filename: "fish.mp4", filetype: "video/mp4" },
        chunkSize: 1_000_000,
        onSuccess: () => resolve(),
        onError: reject,
      }).start();
    });
    const own = await desk.ask(`/api/videos/${id}/studio`, { token: owner.token });
    expect(own.body).toMatchObject({
      state: "queued",
      fileName: "fish.mp4",
      sizeBytes: file.length,
      originalSha256: createHash("sha256").update(file).digest("hex"),
    });
    await expect.poll(() => states.at(-1)).toBe("queued");
    expect(states[0]).toBe("uploading");
    const me = await desk.ask("/api/users/me", { token: owner.token });
    expect(me.body).toMatchObject({ storedBytes: file.length, limits: { fileBytes: 3 * 1024 ** 2 } });

    const deleted = new Promise((resolve) => page.once("video.deleted", resolve));
    expect((await desk.ask(`/api/videos/${id}`, { method: "DELETE", token: owner.token })).status).toBe(200);
    expect(await deleted).toEqual({ videoId: id });
    page.disconnect();
  });

  it("refuses in the words that everything here uses", async () => {
    const { endpoint } = await makeVideo();
    const create = (token: string | null, sizeBytes: number) =>
      callTus(endpoint, token, { method: "POST", headers: toLengthHeader(sizeBytes) });
    expect(await codeOf(await create(null, 10))).toBe("401 auth.required");
    expect(await codeOf(await create("not-a-token", 10))).toBe("401 auth.invalid_token");
    expect(await codeOf(await create((await desk.makeAccount("creator")).token, 10))).toBe(
      "404 video.not_found",
    );
    expect(await codeOf(await create(owner.token, 3 * 1024 ** 2 + 1))).toBe("413 upload.too_large");
  });

  it("takes the page's cookie from its own pages alone", async () => {
    const { endpoint } = await makeVideo();
    const create = (site: string) =>
      callTus(endpoint, null, {
        method: "POST",
        headers: { ...toLengthHeader(10), cookie: `shoal_session=${owner.token}`, "sec-fetch-site": site },
      });
    expect(await codeOf(await create("cross-site"))).toBe("403 request.cross_site");
    expect((await create("same-origin")).status).toBe(201);
  });

  it("ends a page's socket when its owner logs out", async () => {
    const page = await listen();
    const left = new Promise((resolve) => page.once("disconnect", resolve));
    await desk.ask("/api/users/logout", { method: "POST", token: owner.token });
    expect(await left).toBe("io server disconnect");
    await expect(listen()).rejects.toThrow("auth.invalid_token");
  });
});
