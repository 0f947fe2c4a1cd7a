import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { sessionSchema } from "#common/accounts/user.ts";
import { Closer } from "#common/node/closer.ts";
import { createPocketBaseService } from "#common/node/pocketbase.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { startShoal } from "../cli/supervisor/start-shoal.ts";
import { defineBench, forkModule, interleave, toResult } from "./bench.ts";

const connectionCount = 100;
const secondsPerRound = 4;
const rounds = 5;
const videoCount = 200;
const loadSchema = z.object({ p95Ms: z.number(), requestsPerSecond: z.number() });

/** What a page asks for most, beside the database's own answer to the same question. */
export const bench = defineBench({
  name: "api",
  doc: `p95 and requests per second of hot reads against PocketBase's own, same data, ${connectionCount} connections`,
  async run(say) {
    const closer = new Closer();
    try {
      const dataDir = await mkdtemp(join(tmpdir(), "shoal-bench-"));
      closer.add("folder", () => rm(dataDir, { recursive: true, force: true }));
      const shoal = await startShoal({
        dataDir,
        port: 0,
        // the load comes from one address; what is measured is the read, not its refusal
        env: { SHOAL_LOG_LEVEL: "error", SHOAL_RATE_LIMITS: "off" },
        output: "ignore",
      });
      closer.add("Shoal", () => shoal.close());
      const { ids, token } = await seed(shoal);
      const record = "/api/collections/videos/records";
      const list = "filter=state%3D%27ready%27&sort=-publishedAt&perPage=24&expand=owner";
      const reads = {
        "shoal video": () =>
          load(
            shoal.url,
            "",
            ids.map((id) => `/api/videos/${id}`),
          ),
        "pocketbase video": () =>
          load(
            shoal.pocketbaseUrl,
            token,
            ids.map((id) => `${record}/${id}`),
          ),
        "shoal list": () => load(shoal.url, "", ["/api/videos?sort=newest"]),
        "pocketbase list": () => load(shoal.pocketbaseUrl, token, [`${record}?${list}`]),
      };
      const rates = new Map<string, number[]>();
      const timed = Object.entries(reads).map(([name, measure]): [string, () => Promise<number>] => [
        name,
        async () => {
          const { p95Ms, requestsPerSecond } = await measure();
          rates.set(name, [...(rates.get(name) ?? []), requestsPerSecond]);
          return p95Ms;
        },
      ]);
      const p95Ms = await interleave(rounds, Object.fromEntries(timed), say);
      const rate = (name: string) => Math.max(...(rates.get(name) ?? []));
      return ["video", "list"].flatMap((what) => [
        toResult({
          bench: `api-${what}-p95`,
          goal: 0.8,
          better: "lower",
          ours: p95Ms[`shoal ${what}`] ?? Number.NaN,
          baseline: p95Ms[`pocketbase ${what}`] ?? Number.NaN,
          unit: "ms",
        }),
        toResult({
          bench: `api-${what}-rate`,
          goal: 1.25,
          better: "higher",
          ours: rate(`shoal ${what}`),
          baseline: rate(`pocketbase ${what}`),
          unit: "requests per second",
        }),
      ]);
    } finally {
      await closer.close();
    }
  },
});

async function load(origin: string, token: string, paths: readonly string[]) {
  const args = [origin, String(connectionCount), String(secondsPerRound), token, ...paths];
  const { message } = await forkModule(new URL("./api-load.ts", import.meta.url), args);
  return loadSchema.parse(message);
}

/** Videos as an encoder would have left them, and the token that PocketBase wants for reading them. */
async function seed(shoal: { url: string; pocketbaseUrl: string; dataDir: string }) {
  const response = await fetch(`${shoal.url}/api/users/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "bench@example.org", password: "bench-bench-bench", handle: "bench" }),
  });
  const { user } = sessionSchema.parse(await response.json());
  const secrets = readSecrets(shoal.dataDir);
  const service = createPocketBaseService({
    url: shoal.pocketbaseUrl,
    email: secrets.pocketbaseEmail,
    password: secrets.pocketbasePassword,
  });
  const client = await service.client();
  const ids: string[] = [];
  for (let number = 1; number <= videoCount; number++) {
    const { id } = await client.collection("videos").create({
      owner: user.id,
      title: `Clip ${number}`,
      description: "Two sentences about the clip. They are as long as such things are.",
      tags: ["sea", "fish"],
      category: "animals",
      language: "en",
      visibility: "public",
      state: "ready",
      durationSeconds: 60 + number,
      aspectRatio: 16 / 9,
      renditions: [144, 240, 360, 480, 720, 1080].map((heightPx) => ({
        name: `${heightPx}p`,
        heightPx,
        widthPx: Math.round((heightPx * 16) / 9),
        bitrateBps: heightPx * 4000,
        frameRateFps: 30,
        videoCodec: "avc1.64001f",
        sizeBytes: heightPx * 30_000,
      })),
      audioTracks: [],
      captions: [],
      revision: "r1",
      masterName: "master-1.m3u8",
      posterRevision: "r1",
      peersAllowed: true,
      publishedAt: new Date(Date.now() - number * 60_000).toISOString(),
    });
    ids.push(id);
  }
  return { ids, token: client.authStore.token };
}
