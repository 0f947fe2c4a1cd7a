import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { sessionSchema } from "#common/accounts/user.ts";
import { createdStreamSchema, streamSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { type Shoal, startShoal } from "../../cli/supervisor/start-shoal.ts";
import { type AiortcClient, startAiortc } from "./testing/aiortc-client.ts";
import {
  countFrames,
  openReferencePages,
  publishByReference,
  type ReferencePages,
  stopReference,
  watchByReference,
} from "./testing/reference-pages.ts";

let shoal: Shoal;
let pages: ReferencePages;
let token: string;
const closer = new Closer();
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "shoal-foreign-"));
  closer.add("folder", () => rm(folder, { recursive: true, force: true }));
  pages = await openReferencePages();
  closer.add("pages", () => pages.close());
  shoal = await startShoal({
    dataDir: join(folder, "data"),
    port: 0,
    output: process.env.SHOAL_TEST_OUTPUT ? "inherit" : "ignore",
    env: { SHOAL_VIEWERS_MAY_UPLOAD: "true", SHOAL_LOG_LEVEL: "warn" },
  });
  closer.add("Shoal", () => shoal.close());
  const account = { email: "ann@shoal.example", password: "a long enough password", handle: "ann" };
  token = sessionSchema.parse(await api("POST", "/users/register", account)).token;
});
afterAll(() => closer.close());
afterEach(() => {
  expect(pages.troubles.splice(0)).toEqual([]);
});

async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${shoal.url}/api${path}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function createStream() {
  return createdStreamSchema.parse(
    await api("POST", "/streams", { title: "From elsewhere", isRecorded: false }),
  );
}

const readStream = async (id: string) => streamSchema.parse(await api("GET", `/streams/${id}`));
const whepUrlOf = (id: string) => `${shoal.url}/whep/${id}`;

async function openAiortc(...args: Parameters<typeof startAiortc>): Promise<AiortcClient> {
  const client = await startAiortc(...args);
  onTestFinished(() => client.kill());
  return client;
}

const untilLive = (id: string) =>
  expect.poll(async () => (await readStream(id)).state, { timeout: 15_000 }).toBe("live");
const untilWatched = (page: Awaited<ReturnType<ReferencePages["open"]>>) =>
  expect.poll(() => countFrames(page), { timeout: 20_000 }).toBeGreaterThan(10);

describe("a publisher that is not ours", () => {
  test("aiortc goes on air by WHIP; browsers by the reference client and aiortc watch it by WHEP", async () => {
    const stream = await createStream();
    const publisher = await openAiortc("publish", stream.whipUrl, stream.streamKey);
    expect(await publisher.hear(({ event }) => event === "answered")).toMatchObject({ status: 201 });
    await untilLive(stream.id);

    const page = await pages.open();
    await watchByReference(page, whepUrlOf(stream.id));
    await untilWatched(page);
    const viewer = await openAiortc("watch", whepUrlOf(stream.id));
    const seen = await viewer.hear(
      (news) => news.event === "frames" && news.kind === "video" && news.count >= 20,
    );
    expect(seen).toMatchObject({ heightPx: 240 });
    await viewer.hear((news) => news.event === "frames" && news.kind === "audio" && news.count >= 20);

    await viewer.leave();
    expect(await viewer.hear(({ event }) => event === "left")).toEqual({ event: "left", status: 200 });
    await stopReference(page);
    await page.close();
    await publisher.leave();
    await expect.poll(async () => (await readStream(stream.id)).state, { timeout: 15_000 }).toBe("idle");
  });

  test("the reference client goes on air from another site's page; aiortc watches", async () => {
    const stream = await createStream();
    const page = await pages.open();
    await publishByReference(page, stream.whipUrl, stream.streamKey);
    await untilLive(stream.id);
    const viewer = await openAiortc("watch", whepUrlOf(stream.id));
    const seen = await viewer.hear(
      (news) => news.event === "frames" && news.kind === "video" && news.count >= 20,
    );
    expect(seen).toMatchObject({ heightPx: 360 });
    await viewer.leave();
    await stopReference(page);
    await expect.poll(async () => (await readStream(stream.id)).state, { timeout: 15_000 }).toBe("idle");
  });
});

describe("refusals", () => {
  const refusalSchema = z.object({ error: z.object({ code: z.string() }) });
  const codeOf = async (client: AiortcClient) => {
    const news = await client.hear(({ event }) => event === "refused");
    if (news.event !== "refused") throw new Error("unheard of");
    return `${news.status} ${refusalSchema.parse(JSON.parse(news.body)).error.code}`;
  };

  test("a wrong key, an unknown stream, a second publisher, a stream that is off air", async () => {
    const stream = await createStream();
    expect(await codeOf(await openAiortc("publish", stream.whipUrl, "wrong"))).toBe("401 stream.wrong_key");
    expect(await codeOf(await openAiortc("watch", whepUrlOf(stream.id)))).toBe("409 stream.not_live");
    expect(await codeOf(await openAiortc("watch", whepUrlOf("nosuchstream001")))).toBe(
      "404 stream.not_found",
    );
    const first = await openAiortc("publish", stream.whipUrl, stream.streamKey);
    await untilLive(stream.id);
    const second = await openAiortc("publish", stream.whipUrl, stream.streamKey);
    expect(await codeOf(second)).toBe("409 stream.already_live");
    await first.leave();
  });
});
