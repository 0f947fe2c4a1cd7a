import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { Closer } from "#common/node/closer.ts";
import { videoStateSchema } from "#common/videos/video-state.ts";
import { cachedWorker } from "../../cli/setup/mediasoup-worker.step.mjs";
import { startShoal } from "../../cli/supervisor/start-shoal.ts";

const houseFolder = join(import.meta.dirname, "../..");
const encodeTimeoutMs = 120_000;

/** A Shoal of its own for a browser test or a benchmark, with a folder for what the test needs. */
export interface OwnShoal {
  readonly url: string;
  readonly folder: string;
  /** The process ids that run now, by name. */
  pids(): Record<string, number>;
  close(): Promise<void>;
}

/** Starts a real Shoal on a free port; everybody may upload. Its folder goes with it. */
export async function startOwnShoal(env: NodeJS.ProcessEnv = {}): Promise<OwnShoal> {
  const closer = new Closer();
  try {
    const folder = await mkdtemp(join(tmpdir(), "shoal-e2e-"));
    closer.add("folder", () => rm(folder, { recursive: true, force: true }));
    const shoal = await startShoal({
      dataDir: join(folder, "data"),
      port: 0,
      // standard output is for results
      output: process.stderr.fd,
      env: {
        MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN ?? cachedWorker(houseFolder).path,
        SHOAL_VIEWERS_MAY_UPLOAD: "true",
        SHOAL_LOG_LEVEL: "warn",
        ...env,
      },
    });
    closer.add("Shoal", () => shoal.close());
    return { url: shoal.url, folder, pids: () => shoal.pids(), close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** Makes a clip with moving picture and sound that a browser and an encoder can really work on. */
export async function makeClip(
  path: string,
  { durationSeconds, heightPx }: { durationSeconds: number; heightPx: 360 | 720 },
): Promise<void> {
  const size = heightPx === 720 ? "1280x720" : "640x360";
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", "-nostdin", "-y"],
    ...["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=30:duration=${durationSeconds}`],
    ...["-f", "lavfi", "-i", `sine=frequency=330:sample_rate=48000:duration=${durationSeconds}`],
    // without noise the segments would be too small to be handed from viewer to viewer
    ...["-vf", "noise=alls=10:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "3M"],
    ...["-pix_fmt", "yuv420p", "-g", "60", "-c:a", "aac", "-shortest", path],
  ]);
}

const sessionSchema = z.object({ token: z.string() });
const createdVideoSchema = z.object({ id: z.string(), uploadUrl: z.url() });
const videoStateAnswerSchema = z.object({ state: videoStateSchema });

/** An account of this instance, and what it can do over REST. */
export interface Creator {
  readonly token: string;
  /** Any other call of the API, below `/api`. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Sends a file and waits until every rung of it is there. */
  publish(path: string, title: string, visibility?: "public" | "unlisted" | "private"): Promise<string>;
  setVisibility(videoId: string, visibility: "public" | "unlisted" | "private"): Promise<void>;
}

/** Registers an account over REST. */
export async function registerCreator(url: string, handle: string): Promise<Creator> {
  const input = { email: `${handle}@example.org`, password: "a shoal of herring", handle };
  const { token } = sessionSchema.parse(await ask(`${url}/api/users/register`, { body: input }));

  return {
    token,
    ask: (method, path, body) => ask(`${url}/api${path}`, { method, token, body }),
    async publish(path, title, visibility = "public") {
      const body = { title, visibility };
      const answer = await ask(`${url}/api/videos`, { token, body });
      const { id, uploadUrl } = createdVideoSchema.parse(answer);
      await sendByTus(uploadUrl, token, await readFile(path));
      await untilReady(`${url}/api/videos/${id}/studio`, token);
      return id;
    },
    async setVisibility(videoId, visibility) {
      await ask(`${url}/api/videos/${videoId}`, { method: "PATCH", token, body: { visibility } });
    },
  };
}

async function ask(
  url: string,
  request: { method?: string; token?: string; body?: unknown },
): Promise<unknown> {
  const { token, body, method = body === undefined ? "GET" : "POST" } = request;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return JSON.parse(text);
}

/** One file in two requests (tus 1.0.0: creation, then one PATCH). */
async function sendByTus(uploadUrl: string, token: string, bytes: Buffer): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, "tus-resumable": "1.0.0" };
  const created = await fetch(uploadUrl, {
    method: "POST",
    headers: { ...headers, "upload-length": String(bytes.byteLength) },
  });
  const location = created.headers.get("location");
  if (!created.ok || !location) throw new Error(`upload refused: ${created.status} ${await created.text()}`);
  const sent = await fetch(new URL(location, uploadUrl), {
    method: "PATCH",
    headers: { ...headers, "upload-offset": "0", "content-type": "application/offset+octet-stream" },
    body: new Uint8Array(bytes),
  });
  if (!sent.ok) throw new Error(`upload failed: ${sent.status} ${await sent.text()}`);
}

async function untilReady(url: string, token: string): Promise<void> {
  const giveUpAt = Date.now() + encodeTimeoutMs;
  for (;;) {
    const { state } = videoStateAnswerSchema.parse(await ask(url, { token }));
    if (state === "ready") return;
    if (state === "failed" || Date.now() > giveUpAt) throw new Error(`the clip is ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
