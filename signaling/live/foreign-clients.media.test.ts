import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sessionSchema } from "#common/accounts/user.ts";
import { errorBodySchema } from "#common/errors.ts";
import { createdStreamSchema, streamSchema } from "#common/live/stream.ts";
import { Closer } from "#common/node/closer.ts";
import { type Shoal, startShoal } from "../../cli/supervisor/start-shoal.ts";
import { type ForeignClient, startForeignClient } from "./testing/foreign-client.ts";
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

async function openClient(...args: Parameters<typeof startForeignClient>): Promise<ForeignClient> {
  const client = await startForeignClient(...args);
  onTestFinished(() => client.kill());
  return client;
}

const untilLive = (id: string) =>
  expect.poll(async () => (await readStream(id)).state, { timeout: 15_000 }).toBe("live");
const untilOffAir = (id: string) =>
  expect.poll(async () => (await readStream(id)).state, { timeout: 15_000 }).toBe("idle");
const hearFrames = (client: ForeignClient, kind: "audio" | "video") =>
  client.hear((news) => news.event === "frames" && news.kind === kind && news.count >= 20);
const untilWatched = (page: Awaited<ReturnType<ReferencePages["open"]>>) =>
  expect.poll(() => countFrames(page), { timeout: 20_000 }).toBeGreaterThan(10);

const head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n";
const badDescriptions = [
  "hello",
  head,
  `${head}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n`,
  `${head}m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:${"x".repeat(24)}\r\n`,
  `${head}${"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n".repeat(9)}`,
  `${head}a=x:${"y".repeat(5000)}\r\n`,
];

/** Posts a description; answers the status and the code of the refusal. */
async function post(url: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const type = { "content-type": "application/sdp" };
  const response = await fetch(url, { method: "POST", headers: { ...type, ...headers }, body });
  return `${response.status} ${errorBodySchema.parse(await response.json()).error.code}`;
}

/** One of the sfu's own numbers. */
async function readSfu(name: "publishers" | "viewers" | "consumers" | "rooms"): Promise<number> {
  const text = await (await fetch(`${shoal.url}/metrics`)).text();
  return Number(new RegExp(`^shoal_sfu_${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

describe("a publisher that is not ours", () => {
  test.each(["aiortc", "gstreamer"] as const)(
    "%s goes on air by WHIP; browsers by the reference client and aiortc watch it by WHEP",
    async (engine) => {
      const stream = await createStream();
      const publisher = await openClient(engine, "publish", stream.whipUrl, stream.streamKey);
      expect(await publisher.hear(({ event }) => event === "answered")).toMatchObject({ status: 201 });
      await untilLive(stream.id);

      const page = await pages.open();
      await watchByReference(page, whepUrlOf(stream.id));
      await untilWatched(page);
      const viewer = await openClient("aiortc", "watch", whepUrlOf(stream.id));
      expect(await hearFrames(viewer, "video")).toMatchObject({ heightPx: 240 });
      await hearFrames(viewer, "audio");

      await viewer.leave();
      expect(await viewer.hear(({ event }) => event === "left")).toEqual({ event: "left", status: 200 });
      await stopReference(page);
      await page.close();
      await publisher.leave();
      await untilOffAir(stream.id);
    },
  );

  test("the reference client goes on air from another site's page; aiortc watches", async () => {
    const stream = await createStream();
    const page = await pages.open();
    await publishByReference(page, stream.whipUrl, stream.streamKey);
    await untilLive(stream.id);
    const viewer = await openClient("aiortc", "watch", whepUrlOf(stream.id));
    expect(await hearFrames(viewer, "video")).toMatchObject({ heightPx: 360 });
    await viewer.leave();
    await stopReference(page);
    await untilOffAir(stream.id);
  });
});

describe("refusals", () => {
  const codeOf = async (client: ForeignClient) => {
    const news = await client.hear(({ event }) => event === "refused");
    if (news.event !== "refused") throw new Error("unheard of");
    return `${news.status} ${errorBodySchema.parse(JSON.parse(news.body)).error.code}`;
  };

  test("a wrong key, an unknown stream, a second publisher, a stream that is off air", async () => {
    const stream = await createStream();
    expect(await codeOf(await openClient("aiortc", "publish", stream.whipUrl, "wrong"))).toBe(
      "401 stream.wrong_key",
    );
    expect(await codeOf(await openClient("aiortc", "watch", whepUrlOf(stream.id)))).toBe(
      "409 stream.not_live",
    );
    expect(await codeOf(await openClient("aiortc", "watch", whepUrlOf("nosuchstream001")))).toBe(
      "404 stream.not_found",
    );
    const first = await openClient("aiortc", "publish", stream.whipUrl, stream.streamKey);
    await untilLive(stream.id);
    const second = await openClient("aiortc", "publish", stream.whipUrl, stream.streamKey);
    expect(await codeOf(second)).toBe("409 stream.already_live");
    await first.leave();
  });

  test("descriptions that are none, and a flood of viewers, disturb nobody and leave nothing behind", async () => {
    const stream = await createStream();
    const publisher = await openClient("aiortc", "publish", stream.whipUrl, stream.streamKey);
    await untilLive(stream.id);
    const whep = whepUrlOf(stream.id);
    const key = { authorization: `Bearer ${stream.streamKey}` };
    for (const body of badDescriptions) {
      expect(await post(whep, body)).toBe("400 stream.bad_sdp");
      expect(await post(stream.whipUrl, body, key)).toBe("400 stream.bad_sdp");
    }
    const joins = await Promise.all(Array.from({ length: 60 }, () => fetch(whep, { method: "POST" })));
    const refused = joins.filter(({ status }) => status !== 201);
    for (const answer of refused) {
      // more at once than a room takes: they are told so, and when to come again
      expect(errorBodySchema.parse(await answer.json()).error.code).toBe("stream.full");
      expect(answer.headers.get("retry-after")).not.toBeNull();
    }
    const places = joins.flatMap((answer) => answer.headers.get("location") ?? []);
    expect(places.length).toBeGreaterThan(0);
    expect(await readSfu("viewers")).toBe(places.length);
    for (const place of places) expect((await fetch(place, { method: "DELETE" })).status).toBe(200);
    await expect.poll(() => readSfu("viewers")).toBe(0);
    expect(await readSfu("consumers")).toBe(0);
    expect((await readStream(stream.id)).state).toBe("live");
    await publisher.leave();
    await expect.poll(() => readSfu("publishers"), { timeout: 15_000 }).toBe(0);
    await expect.poll(() => readSfu("rooms"), { timeout: 15_000 }).toBe(0);
  });
});
