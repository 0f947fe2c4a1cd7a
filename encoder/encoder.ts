import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type baseConfig, toTempDir } from "#common/node/base.config.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import { ConfigError, type ConfigOf } from "#common/node/config.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import type { Logger } from "#common/node/log.ts";
import { createPocketBaseService } from "#common/node/pocketbase.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import type { IngestConfig } from "./ingest/ingest.config.ts";
import { openIngest } from "./ingest/ingest.room.ts";
import { createStreamLookup } from "./ingest/stream-lookup.ts";
import { createJobFolders } from "./jobs/job-folders.ts";
import { createJobHandlers } from "./jobs/job-handlers.ts";
import { createJobMetrics } from "./jobs/job-metrics.ts";
import { createPocketBaseJobQueue } from "./jobs/job-queue.pocketbase.ts";
import type { JobsConfig } from "./jobs/jobs.config.ts";
import { createMediaSweeper } from "./jobs/media-sweeper.ts";
import { openRounds } from "./jobs/rounds.ts";
import { openWorker } from "./jobs/worker.ts";
import type { LiveConfig } from "./live/live.config.ts";
import { openLive } from "./live/live.room.ts";
import { findPipeOpener, runTool } from "./media/ffmpeg-runner.ts";
import type { MediaConfig } from "./media/media.config.ts";

/** All settings of an encoder. */
export type EncoderConfig = ConfigOf<typeof baseConfig> &
  MediaConfig &
  JobsConfig &
  LiveConfig &
  IngestConfig;

/** An encoder that runs. */
export interface Encoder extends Closable {
  /** Where its internal server listens. */
  readonly url: string;
}

const mediaSweepEveryMs = 60_000;
/** A queue that did not answer for longer than this is named in `/readyz`. */
const queueSilenceMs = 10_000;
const toolCheckMs = 10_000;

/** Opens worker, sweeps and internal server; what was opened is closed again when that fails half-way. */
export async function openEncoder(config: EncoderConfig, log: Logger): Promise<Encoder> {
  const closer = new Closer();
  try {
    await assertToolsAnswer(config);
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const metrics = createJobMetrics(registry);
    const { pocketbaseEmail, pocketbasePassword, internalToken } = readSecrets(config.dataDir);
    const login = { url: config.pocketbaseUrl, email: pocketbaseEmail, password: pocketbasePassword };
    const service = createPocketBaseService(login);
    const queue = createPocketBaseJobQueue(service);
    const storage = await openFileStorage(storageRoot(config.dataDir));
    const folders = createJobFolders(toTempDir(config), queue);
    const graceMs = config.oldMediaGraceSeconds * 1000;
    const sweeper = createMediaSweeper({ queue, storage, graceMs, log });

    const leaseMs = config.jobLeaseSeconds * 1000;
    const onError = (err: unknown) => log.warn({ err }, "a sweep failed; it is tried again");
    for (const [name, sweep, everyMs] of [
      ["sweeps of job folders", folders.sweep, leaseMs],
      ["sweeps of media", sweeper.sweep, mediaSweepEveryMs],
    ] as const) {
      const rounds = openRounds({ everyMs, work: sweep, onError });
      closer.add(name, () => rounds.close());
    }
    const worker = openWorker({
      queue,
      handlers: createJobHandlers({ storage, config, metrics }),
      folders,
      sweeper,
      metrics,
      log,
      owner: `${hostname()}-${process.pid}-${randomBytes(4).toString("hex")}`,
      jobCount: config.encodeJobs,
      leaseMs,
    });
    closer.add("worker", () => worker.close());
    const openPipe = await findPipeOpener(config);
    const client = createInternalClient({ token: internalToken });
    const ingest = await openIngest({
      config,
      isOpen: config.rtmpPort > 0,
      sfu: client,
      findStream: createStreamLookup(service),
      startProcess: (args) => openPipe({ args, outputCount: 0, network: "host" }),
      log,
    });
    closer.add("RTMP", () => ingest.close());
    const live = await openLive({
      config,
      tempDir: toTempDir(config),
      storage,
      client,
      registry,
      ingestReportOf: (streamId) => ingest.reportOf(streamId),
      log,
    });
    closer.add("broadcasts", () => live.close());
    const server = await createInternalServer({
      url: config.encoderUrl,
      registry,
      calls: {
        token: internalToken,
        list: live.calls,
        onError: (err, { path }) => log.error({ err, path }, "a call failed"),
      },
      isReady: async () => {
        const failing: string[] = [];
        if (performance.now() - worker.reachedAtMs() > queueSilenceMs) failing.push("queue");
        await storage.check().catch(() => failing.push("storage"));
        return failing;
      },
    });
    closer.add("internal server", () => server.close());
    return { url: server.url, close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}

/** An encoder without FFmpeg would fail every video: it does not even begin. */
async function assertToolsAnswer(config: MediaConfig): Promise<void> {
  for (const tool of ["ffmpeg", "ffprobe"] as const) {
    const limits = { wallMs: toolCheckMs, fileBytes: 0 };
    const run = { tool, args: ["-version"], cwd: "/", limits, signal: AbortSignal.timeout(toolCheckMs) };
    await runTool(run, config).catch(() => {
      const setting = tool === "ffmpeg" ? "SHOAL_FFMPEG_PATH" : "SHOAL_FFPROBE_PATH";
      throw new ConfigError(
        `Install FFmpeg 5.1 or newer or set ${setting}, because ${tool} does not answer.`,
      );
    });
  }
}
