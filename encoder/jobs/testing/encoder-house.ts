import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { secretsPath } from "#common/node/secrets.ts";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { storageLayout } from "#common/node/storage/layout.ts";
import { findFreePort, startTestPocketBase } from "#common/node/testing/pocketbase.ts";
import { createTestRecords } from "./records.ts";
import { createId, until } from "./until.ts";

const root = join(import.meta.dirname, "../../..");

/** A line of an encoder's log, with the fields that tests look at. */
const logLineSchema = z
  .object({
    time: z.iso.datetime(),
    level: z.number(),
    msg: z.string().default(""),
    jobId: z.string().optional(),
    leaseTag: z.string().optional(),
    attempt: z.number().optional(),
    part: z.string().optional(),
    end: z.string().optional(),
  })
  .loose();
export type LogLine = z.infer<typeof logLineSchema> & { readonly encoder: number };

/** An encoder process. */
export interface TestEncoder {
  readonly url: string;
  readonly child: ChildProcess;
  readonly lines: LogLine[];
  /** Resolves with the first line that says this, present or to come. */
  untilSaid(text: string, fields?: Partial<LogLine>): Promise<LogLine>;
  kill(): Promise<void>;
  /** Asks it to close; resolves with its exit code. */
  close(): Promise<number | null>;
}

/** A real PocketBase, a storage and as many real encoders as a test wants. */
export async function openEncoderHouse() {
  const pocketbase = await startTestPocketBase();
  const dataDir = await mkdtemp(join(tmpdir(), "shoal-encoder-"));
  const storage = await openFileStorage(storageRoot(dataDir));
  const records = createTestRecords(pocketbase.service);
  const key = "0".repeat(64);
  const secrets = {
    pocketbaseEmail: pocketbase.email,
    pocketbasePassword: pocketbase.password,
    ...{ grantKey: key, swarmKey: key, internalToken: key, firstAdminToken: key },
  };
  await writeFile(secretsPath(dataDir), JSON.stringify(secrets), { mode: 0o600 });
  const encoders: TestEncoder[] = [];
  /** When each encoder that was killed had died, by its number. */
  const diedAtMs = new Map<number, number>();

  async function startEncoder(env: Record<string, string> = {}): Promise<TestEncoder> {
    const number = encoders.length;
    const url = `http://127.0.0.1:${await findFreePort()}`;
    const child = spawn(process.execPath, ["--import", "tsx", join(root, "encoder/main.ts")], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        SHOAL_DATA_DIR: dataDir,
        SHOAL_POCKETBASE_URL: pocketbase.url,
        SHOAL_ENCODER_URL: url,
        SHOAL_RTMP_PORT: "0",
        SHOAL_JOB_LEASE_SECONDS: "3",
        SHOAL_ENCODE_PRESET: "fast",
        SHOAL_ENCODE_THREADS: "1",
        ...env,
      },
    });
    const lines: LogLine[] = [];
    const hearers = new Set<() => void>();
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push({ ...logLineSchema.parse(JSON.parse(line)), encoder: number });
      for (const hear of hearers) hear();
    });
    const encoder: TestEncoder = {
      url,
      child,
      lines,
      untilSaid: (text, fields = {}) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => {
            hearers.delete(hear);
            reject(new Error(`encoder ${number} did not say "${text}": ${JSON.stringify(lines.slice(-5))}`));
          }, 60_000);
          const hear = () => {
            const line = lines.find(
              (one) =>
                one.msg.includes(text) &&
                Object.entries(fields).every(([name, value]) => one[name] === value),
            );
            if (!line) return;
            clearTimeout(timer);
            hearers.delete(hear);
            resolve(line);
          };
          hearers.add(hear);
          hear();
        }),
      async kill() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exit = once(child, "exit");
        child.kill("SIGKILL");
        await exit;
        diedAtMs.set(number, Date.now());
      },
      async close() {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
        const exit = once(child, "exit");
        child.kill("SIGTERM");
        await exit;
        return child.exitCode;
      },
    };
    encoders.push(encoder);
    return encoder;
  }

  return {
    pocketbase,
    storage,
    records,
    dataDir,
    startEncoder,

    encoder(number: number): TestEncoder {
      const encoder = encoders[number];
      if (!encoder) throw new Error(`there is no encoder ${number}`);
      return encoder;
    },

    /** A video with this file as its original and a job about it. */
    async addVideo(path: string, job: { kind?: "encode" | "thumbnail"; maxAttempts?: number } = {}) {
      const videoId = await records.addVideo({ ownerId: await records.addAccount(), state: "queued" });
      const { kind = "encode", maxAttempts = 3 } = job;
      const key =
        kind === "encode" ? storageLayout.original(videoId) : storageLayout.thumbnailSource(videoId);
      const copy = join(dataDir, createId());
      await copyFile(path, copy);
      await storage.putFile(key, copy);
      const jobId = createId();
      await records.addJob({ id: jobId, videoId, kind, priority: 1, maxAttempts });
      return { videoId, jobId };
    },

    untilVideo: (videoId: string, state: string, timeoutMs = 90_000) =>
      until(
        async () => {
          const video = await records.readVideo(videoId).catch(() => undefined);
          if (video?.state === "failed" && state !== "failed") throw new Error(JSON.stringify(video));
          return video?.state === state && video;
        },
        { timeoutMs, what: `${state}` },
      ),

    /** What all encoders have said of a job, in order. */
    history: (jobId: string) =>
      encoders
        .flatMap((encoder) => encoder.lines.filter((line) => line.jobId === jobId))
        .sort((a, b) => a.time.localeCompare(b.time)),

    /** From claim to end of each time that an encoder held the job, in order. */
    holdings(jobId: string): Array<{ encoder: number; fromMs: number; toMs: number }> {
      return this.history(jobId)
        .filter((line) => line.msg === "job claimed")
        .map((claim) => {
          const end = this.history(jobId).find(
            (line) => line.leaseTag === claim.leaseTag && ["attempt ended", "lease ended"].includes(line.msg),
          );
          const toMs = end ? Date.parse(end.time) : (diedAtMs.get(claim.encoder) ?? Date.now());
          return { encoder: claim.encoder, fromMs: Date.parse(claim.time), toMs };
        });
    },

    /** How often each part of a job was finished, over all encoders. */
    partCounts(jobId: string): Record<string, number> {
      const counts: Record<string, number> = {};
      for (const line of this.history(jobId)) {
        if (line.msg === "part finished" && line.part) counts[line.part] = (counts[line.part] ?? 0) + 1;
      }
      return counts;
    },

    jobFolders: () => readdir(join(dataDir, "work/jobs")).catch(() => []),

    /** What viewers could get, relative to the video. */
    async storedMedia(videoId: string): Promise<string[]> {
      const prefix = storageLayout.video(videoId);
      return (await storage.list(prefix)).map(({ key }) => key.slice(prefix.length));
    },

    async close() {
      await Promise.all(encoders.map((encoder) => encoder.kill()));
      await pocketbase.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type EncoderHouse = Awaited<ReturnType<typeof openEncoderHouse>>;
