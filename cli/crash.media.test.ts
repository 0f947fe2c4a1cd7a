import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { sessionSchema } from "#common/accounts/user.ts";
import { Closer } from "#common/node/closer.ts";
import { createPocketBaseService } from "#common/node/pocketbase.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { storageRoot } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { type OwnVideo, ownVideoSchema } from "#common/videos/video.ts";
import { videoStates } from "#common/videos/video-state.ts";
import { aac, h264, makeClip, picture, tone } from "../encoder/media/testing/clips.ts";
import { findProcesses } from "../encoder/media/testing/processes.ts";
import { type Shoal, type ShoalProcessName, startShoal } from "./supervisor/start-shoal.ts";
import { createTempFolder } from "./testing/temp-folder.ts";

/*
 * Each process is killed without warning at three moments of one video's life: while its file travels, when its encode
 * begins, and in the middle of it. Nobody may be told anything wrong meanwhile, and in the end all is there, once.
 */

const clipSeconds = 12;
const patienceMs = 90_000;
const victims = ["signaling", "pocketbase", "encoder", "sfu"] as const satisfies ShoalProcessName[];

let shoal: Shoal;
let logPath: string;
let token: string;
let file: Buffer;
const closer = new Closer();

beforeAll(async () => {
  const { path, remove } = createTempFolder();
  closer.add("folder", remove);
  const args = [...picture({ size: "1280x720", seconds: clipSeconds }), ...tone({ seconds: clipSeconds })];
  file = await readFile(await makeClip(path, { name: "clip.mp4", args: [...args, ...h264, ...aac] }));
  logPath = join(path, "log");
  const output = openSync(logPath, "a");
  closer.add("log", () => closeSync(output));
  shoal = await startShoal({
    dataDir: join(path, "data"),
    port: 0,
    output,
    env: { SHOAL_JOB_LEASE_SECONDS: "3", SHOAL_RATE_LIMITS: "off" },
  });
  closer.add("Shoal", () => shoal.close());
  const account = { email: "ann@example.org", password: "correct horse battery", handle: "ann" };
  const response = await fetch(`${shoal.url}/api/users/register`, toJsonRequest(account));
  token = sessionSchema.parse(await response.json()).token;
}, 120_000);
afterAll(() => closer.close());

test.each(victims)(
  "%s may be killed at any moment of upload and encode",
  async (victim) => {
    const { id, uploadUrl } = await createVideo(victim);
    const watcher = watchAnswers(id);
    const location = await createUpload(uploadUrl);
    const half = file.length >> 1;
    await sendFrom(location, 0, half);

    await kill(victim);
    await sendTheRest(location);
    await watcher.until(({ state }) => state !== "draft" && state !== "uploading" && state !== "queued");
    await kill(victim);
    await watcher.until(
      ({ state, progress }) => state === "ready" || (state === "encoding" && progress > 0.4),
    );
    await kill(victim);
    const video = await watcher.until(({ state }) => state === "ready");
    const answers = await watcher.stop();

    // nothing wrong was said: a right answer, a 503 with its code, or, without a front desk, no answer at all
    const others = answers.filter(({ outcome }) => outcome !== "200");
    const isFrontDesk = victim === "signaling";
    for (const { outcome } of others) {
      expect(isFrontDesk ? ["503 service.unavailable", "no answer"] : ["503 service.unavailable"]).toContain(
        outcome,
      );
    }
    if (victim === "pocketbase") expect(others.length).toBeGreaterThan(0);
    expectForward(answers.flatMap(({ video: seen }) => (seen ? [seen] : [])));

    const stored = await readFile(join(storageRoot(shoal.dataDir), storageLayout.original(id)));
    expect(sha256(stored)).toBe(sha256(file));
    expect(video.originalSha256).toBe(sha256(file));
    expect(video.renditions.map(({ name }) => name)).toEqual(["720p", "480p", "360p", "240p", "144p"]);

    const jobs = await listJobs(id);
    expect(jobs).toMatchObject([{ state: "done" }]);
    // a part that was kept in the very moment of the kill has no line of its own
    const counts = countFinishedParts(id);
    for (const part of jobs[0]?.doneParts ?? []) expect(counts[part] ?? 0, part).toBeLessThanOrEqual(1);
    expectOneHolderAtATime(id);
    expect(await findProcesses(id)).toEqual([]);
  },
  4 * patienceMs,
);

async function createVideo(title: string) {
  const response = await fetch(
    `${shoal.url}/api/videos`,
    toJsonRequest({ title, visibility: "private" }, { authorization: `Bearer ${token}` }),
  );
  return z.object({ id: z.string(), uploadUrl: z.url() }).parse(await response.json());
}

/** Kills it, and waits until the whole is ready again with another one in its place. */
async function kill(name: ShoalProcessName): Promise<void> {
  const before = shoal.pids()[name];
  if (before === undefined) throw new Error(`${name} does not run`);
  process.kill(before, "SIGKILL");
  await vi.waitUntil(() => (shoal.pids()[name] ?? before) !== before, { timeout: 20_000, interval: 10 });
  await shoal.untilReady();
}

const tusHeaders = () => ({ authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" });

async function createUpload(uploadUrl: string): Promise<string> {
  const headers = { ...tusHeaders(), "upload-length": String(file.length) };
  const response = await fetch(uploadUrl, { method: "POST", headers });
  return new URL(response.headers.get("location") ?? "", uploadUrl).href;
}

async function sendFrom(location: string, offset: number, end: number): Promise<Response> {
  return fetch(location, {
    method: "PATCH",
    headers: {
      ...tusHeaders(),
      "upload-offset": String(offset),
      "content-type": "application/offset+octet-stream",
    },
    body: new Uint8Array(file.subarray(offset, end)),
  });
}

/** Goes on where the server says, as any tus client does. */
async function sendTheRest(location: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const head = await fetch(location, { method: "HEAD", headers: tusHeaders() });
      const offset = Number(head.headers.get("upload-offset"));
      expect(head.status).toBe(200);
      expect(offset).toBeGreaterThanOrEqual(file.length >> 1);
      if (offset < file.length) expect((await sendFrom(location, offset, file.length)).status).toBe(204);
    },
    { timeout: 30_000, interval: 200 },
  );
}

interface Answer {
  readonly outcome: string;
  readonly video?: OwnVideo;
}

/** Asks for the video again and again, and keeps every answer. */
function watchAnswers(id: string) {
  const answers: Answer[] = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      answers.push(await askOnce(id));
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    async until(isIt: (video: OwnVideo) => boolean): Promise<OwnVideo> {
      return vi.waitUntil(
        () => {
          const { video } = answers.findLast((answer) => answer.video !== undefined) ?? {};
          if (video?.state === "failed") throw new Error(`failed: ${video.error?.message}`);
          return video && isIt(video) ? video : undefined;
        },
        { timeout: patienceMs, interval: 10 },
      );
    },
    async stop(): Promise<Answer[]> {
      isOver = true;
      await asking;
      return answers;
    },
  };
}

async function askOnce(id: string): Promise<Answer> {
  try {
    const response = await fetch(`${shoal.url}/api/videos/${id}/studio`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(20_000),
    });
    const body: unknown = await response.json();
    if (response.ok) return { outcome: "200", video: ownVideoSchema.parse(body) };
    const { error } = z.object({ error: z.object({ code: z.string() }) }).parse(body);
    return { outcome: `${response.status} ${error.code}` };
  } catch (error) {
    if (error instanceof z.ZodError) return { outcome: `not what was promised: ${error.message}` };
    return { outcome: "no answer" };
  }
}

/** A video's life goes forward; only a lost encode may be seen waiting again. */
function expectForward(videos: readonly OwnVideo[]): void {
  const states = videos.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]);
  for (const [index, state] of states.entries()) {
    const before = states[index - 1];
    if (before === undefined || (before === "encoding" && state === "queued")) continue;
    expect(videoStates.indexOf(state), states.join(" → ")).toBeGreaterThan(videoStates.indexOf(before));
  }
}

async function listJobs(videoId: string) {
  const secrets = readSecrets(shoal.dataDir);
  const service = createPocketBaseService({
    url: shoal.pocketbaseUrl,
    email: secrets.pocketbaseEmail,
    password: secrets.pocketbasePassword,
  });
  const records = await (await service.client())
    .collection("jobs")
    .getFullList({ filter: `video = "${videoId}"` });
  return z.array(z.object({ state: z.string(), doneParts: z.array(z.string()) })).parse(records);
}

/** How often each part of a video was made, by the encoders' own lines. */
function countFinishedParts(videoId: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of readFileSync(logPath, "utf8").split("\n")) {
    if (!line.includes('"part finished"') || !line.includes(videoId)) continue;
    const { part } = z.object({ part: z.string() }).parse(JSON.parse(line));
    counts[part] = (counts[part] ?? 0) + 1;
  }
  return counts;
}

const leaseLineSchema = z.object({ leaseTag: z.string() });

/** Once a lease has a successor, whoever had it before is silent. */
function expectOneHolderAtATime(videoId: string): void {
  const lines = readFileSync(logPath, "utf8")
    .split("\n")
    .filter((line) => line.includes(videoId) && line.includes('"leaseTag"'))
    .map((line) => leaseLineSchema.parse(JSON.parse(line)));
  const holders = lines.map(({ leaseTag }) => leaseTag).filter((tag, index, all) => tag !== all[index - 1]);
  expect(holders.length).toBeGreaterThan(0);
  expect(new Set(holders).size, holders.join(" → ")).toBe(holders.length);
}

function toJsonRequest(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
