import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Upload } from "tus-js-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { userIdSchema } from "#common/accounts/user.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { startTestPocketBase, type TestPocketBase } from "#common/node/testing/pocketbase.ts";
import type { VideoId } from "#common/videos/video.ts";
import { createPocketBaseJobOrders, type JobOrders } from "../videos/job-orders.ts";
import { createPocketBaseVideoStore } from "../videos/videos.store.pocketbase.ts";
import type { VideoStore } from "../videos/videos.store.ts";
import { callTus, codeOf, toLengthHeader } from "./testing/tus-calls.ts";
import { type DeskAccount, toDeskToken } from "./testing/upload-desk.ts";

const script = fileURLToPath(new URL("./testing/desk-process.ts", import.meta.url));
const file = new Uint8Array(randomBytes(6_000_000));
const sha256 = createHash("sha256").update(file).digest("hex");

let pocketbase: TestPocketBase;
let directory: string;
let store: VideoStore;
let jobs: JobOrders;
let owner: DeskAccount;
let child: ChildProcess | undefined;
let url: string;

/** The room in a process of its own, with what an earlier one left. */
async function startDesk(): Promise<void> {
  const folders = [join(directory, "uploads"), join(directory, "storage")];
  const args = [...folders, pocketbase.url, pocketbase.email, pocketbase.password];
  const started = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = started;
  for await (const line of createInterface(started.stdout)) {
    url = line;
    return;
  }
  throw new Error("the desk did not start");
}

async function killDesk(): Promise<void> {
  const dying = child;
  child = undefined;
  if (!dying || dying.exitCode !== null) return;
  dying.kill("SIGKILL");
  await once(dying, "exit");
}

beforeAll(async () => {
  pocketbase = await startTestPocketBase();
  directory = await mkdtemp(join(tmpdir(), "shoal-upload-kill-"));
  store = createPocketBaseVideoStore(pocketbase.service);
  jobs = createPocketBaseJobOrders(pocketbase.service);
  const client = await pocketbase.service.client();
  const account = await client.collection("users").create({
    email: "owner@shoal.test",
    password: "a long password",
    passwordConfirm: "a long password",
    handle: "owner",
    role: "creator",
  });
  const id = userIdSchema.parse(account.id);
  owner = { id, role: "creator", token: toDeskToken({ id, role: "creator" }) };
  await startDesk();
}, 60_000);

afterAll(async () => {
  await killDesk();
  await pocketbase.close();
  await rm(directory, { recursive: true, force: true });
});

async function makeVideo(): Promise<VideoId> {
  const video = await store.create({
    ownerId: owner.id,
    title: "A shoal",
    description: "",
    tags: [],
    category: "other",
    language: "",
    visibility: "private",
  });
  return video.id;
}

async function expectQueuedOnce(videoId: VideoId): Promise<void> {
  await expect
    .poll(async () => (await store.find(videoId))?.state, { timeout: 20_000, interval: 50 })
    .toBe("queued");
  expect(await store.find(videoId)).toMatchObject({ originalSha256: sha256, sizeBytes: file.length });
  await expect.poll(() => jobs.count(videoId), { timeout: 10_000 }).toBe(1);
  const stored = await readFile(join(directory, "storage", storageLayout.original(videoId)));
  expect(createHash("sha256").update(stored).digest("hex")).toBe(sha256);
}

/** Sends part of the file and leaves the connection open: the server has it when its offset says so. */
async function sendAndHang(address: string, from: number, to: number): Promise<() => void> {
  const sending = request(address, {
    method: "PATCH",
    headers: {
      authorization: `Bearer ${owner.token}`,
      "tus-resumable": "1.0.0",
      "upload-offset": String(from),
      "content-type": "application/offset+octet-stream",
      "content-length": String(file.length - from),
    },
  });
  sending.on("error", () => {});
  sending.write(file.subarray(from, to));
  const name = new URL(address).pathname.split("/").at(-1) ?? "";
  const path = join(directory, "uploads", name);
  await expect.poll(async () => (await readFile(path)).length, { timeout: 10_000, interval: 20 }).toBe(to);
  return () => sending.destroy();
}

describe("tus-js-client", () => {
  it("uploads in pieces", async () => {
    const videoId = await makeVideo();
    await new Promise<void>((resolve, reject) => {
      const upload = new Upload(Buffer.from(file), {
        endpoint: `${url}/upload/${videoId}`,
        headers: { Authorization: `Bearer ${owner.token}` },
        metadata: { filename: "fish.mp4" },
        chunkSize: 1_000_000,
        onSuccess: () => resolve(),
        onError: reject,
      });
      upload.start();
    });
    await expectQueuedOnce(videoId);
    expect((await store.find(videoId))?.fileName).toBe("fish.mp4");
  });
});

describe("a server that is killed", () => {
  it("goes on where it was, as often as that happens", async () => {
    const videoId = await makeVideo();
    const creation = await callTus(`${url}/upload/${videoId}`, owner.token, {
      method: "POST",
      headers: toLengthHeader(file.length),
    });
    const path = creation.headers.get("location") ?? "";
    let offsetBytes = 0;
    for (const until of [700_000, 3_000_000, 5_999_999]) {
      const hangUp = await sendAndHang(new URL(path, url).href, offsetBytes, until);
      await killDesk();
      hangUp();
      await startDesk();
      const head = await callTus(new URL(path, url).href, owner.token, { method: "HEAD" });
      offsetBytes = Number(head.headers.get("upload-offset"));
      expect(offsetBytes).toBe(until);
    }
    const last = await callTus(new URL(path, url).href, owner.token, {
      method: "PATCH",
      headers: { "upload-offset": String(offsetBytes) },
      body: file.slice(offsetBytes),
    });
    expect(last.status).toBe(204);
    await expectQueuedOnce(videoId);
  }, 60_000);

  it("ends the upload that it had just taken in", async () => {
    const videoId = await makeVideo();
    const creation = await callTus(`${url}/upload/${videoId}`, owner.token, {
      method: "POST",
      headers: toLengthHeader(file.length),
    });
    const address = new URL(creation.headers.get("location") ?? "", url).href;
    const sending = callTus(address, owner.token, {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: file,
    }).catch(() => undefined);
    // whichever step of the end it has come to
    await expect
      .poll(async () => (await store.find(videoId))?.state === "queued" || (await hasAllBytes(address)), {
        timeout: 10_000,
        interval: 5,
      })
      .toBe(true);
    await killDesk();
    await sending;
    await startDesk();
    await expectQueuedOnce(videoId);
  }, 60_000);

  it("answers 503 while the database is away, and takes the file later", async () => {
    const videoId = await makeVideo();
    const creation = await callTus(`${url}/upload/${videoId}`, owner.token, {
      method: "POST",
      headers: toLengthHeader(file.length),
    });
    const path = creation.headers.get("location") ?? "";
    await pocketbase.kill();
    const refused = await callTus(new URL(path, url).href, owner.token, {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: file,
    });
    expect(await codeOf(refused)).toBe("503 service.unavailable");
    await pocketbase.start();
    const taken = await callTus(new URL(path, url).href, owner.token, {
      method: "PATCH",
      headers: { "upload-offset": "0" },
      body: file,
    });
    expect(taken.status).toBe(204);
    await expectQueuedOnce(videoId);
  }, 60_000);
});

async function hasAllBytes(address: string): Promise<boolean> {
  const names = await readdir(join(directory, "uploads"));
  const name = new URL(address).pathname.split("/").at(-1) ?? "";
  if (!names.includes(name)) return names.includes(`${name}.json`);
  return (await readFile(join(directory, "uploads", name))).length === file.length;
}
