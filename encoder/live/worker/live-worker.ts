import { join } from "node:path";
import { Registry } from "prom-client";
import { ShoalError } from "#common/errors.ts";
import type { BroadcastOrder } from "#common/live/broadcast.ts";
import { type baseConfig, toTempDir } from "#common/node/base.config.ts";
import { type Closable, Closer } from "#common/node/closer.ts";
import type { ConfigOf } from "#common/node/config.ts";
import { defineCall } from "#common/node/internal-calls.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { createInternalServer } from "#common/node/internal-server.ts";
import type { Logger } from "#common/node/log.ts";
import type { restreamConfig } from "#common/node/restream.config.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { assertStorageKey } from "#common/node/storage/storage.port.ts";
import { findPipeOpener } from "../../media/ffmpeg-runner.ts";
import type { MediaConfig } from "../../media/media.config.ts";
import { Restreams } from "../../restream/restreams.ts";
import type { LiveConfig } from "../live.config.ts";
import { Recorder } from "../recorder.ts";
import { createSfuRoom } from "../sfu-client.ts";
import { NotOwnedError, Shelf } from "../shelf/shelf.ts";
import { Spool } from "../spool/spool.ts";
import { toPictureSources } from "./picture-sources.rules.ts";
import { ToolClock } from "./tool-clock.ts";
import { openWorkFolder, type WorkerCard } from "./work-folder.ts";
import { type WorkerReport, workerOrderSchema, workerPath } from "./worker-wire.ts";

/** All settings of a live worker: those of the encoder that started it. */
export type LiveWorkerConfig = ConfigOf<typeof baseConfig> &
  MediaConfig &
  LiveConfig &
  ConfigOf<typeof restreamConfig>;

const leaseCheckMs = 500;
/** Viewers are some seconds behind the end of a broadcast that is not kept. */
const discardAfterMs = 20_000;

/**
 * A process that writes one broadcast. It outlives the encoder that started it, so that a crash there costs nobody a frame, but
 * not for longer than `liveGraceSeconds`: then it lets go by itself. `end` is called when it has nothing more to do.
 */
export async function openLiveWorker(options: {
  readonly workerId: string;
  /** Who started it. Told, because one that is killed meanwhile is not our parent any more when we could ask. */
  readonly encoderPid: number;
  readonly config: LiveWorkerConfig;
  readonly log: Logger;
  readonly end: () => void;
}): Promise<Closable> {
  const { workerId, encoderPid, config, log, end } = options;
  const closer = new Closer();
  try {
    const { internalToken: token } = readSecrets(config.dataDir);
    const client = createInternalClient({ token });
    const storage = await openFileStorage(storageRoot(config.dataDir));
    const folder = await openWorkFolder(toTempDir(config));
    const openPipe = await findPipeOpener(config);
    const clock = new ToolClock();
    const restreams = new Restreams({ allowInner: config.restreamPrivateHosts, log });
    closer.add("restreams", () => restreams.close());
    let recorder: Recorder | undefined;
    let shelf: Shelf | undefined;
    let order: BroadcastOrder | undefined;
    let card: WorkerCard | undefined;
    let toldAtMs = performance.now();
    let discardTimer: NodeJS.Timeout | undefined;

    async function openShelf({ broadcastId, revision, dvrWindowSeconds, isRecorded }: BroadcastOrder) {
      const assertOwned = async () => {
        if ((await folder.readOwner(broadcastId))?.workerId === workerId) return;
        end();
        throw new NotOwnedError();
      };
      shelf = await Shelf.open({
        storage,
        broadcastId,
        revision,
        dvrWindowSeconds,
        isRecorded,
        log,
        assertOwned,
      });
      return shelf;
    }

    async function follow(next: BroadcastOrder): Promise<WorkerReport> {
      if (order && (order.broadcastId !== next.broadcastId || order.revision !== next.revision)) {
        throw new ShoalError("request.invalid", "This worker writes another broadcast.");
      }
      toldAtMs = performance.now();
      assertStorageKey(next.revision);
      if (!order && card) {
        const { revision, broadcastId } = next;
        order = next;
        await folder.writeOwner(broadcastId, { ...card, revision, isDiscarded: false });
      }
      order = next;
      recorder ??= new Recorder(next, {
        openShelf,
        openSpool: ({ broadcastId, revision }) =>
          new Spool(join(folder.broadcastPath(broadcastId), revision), log),
        openRoom: ({ sfuUrl, streamId: roomId }) => createSfuRoom({ client, sfuUrl, roomId }),
        openPipe,
        threads: config.liveEncodeThreads,
        log: log.child({ broadcastId: next.broadcastId }),
        onCut: (cut, zeroMs) => restreams.push(cut, zeroMs),
      });
      recorder.follow(next);
      restreams.follow(next.wanted === "on_air" ? next.targets : []);
      const { status } = recorder;
      if (status.state === "finished" && !next.isRecorded) discardLater(next);
      return {
        workerId,
        status: { ...status, targets: restreams.statuses },
        counts: { ...recorder.counts, toolCpuSeconds: clock.observe(recorder.toolPids) },
        ...toPictureSources(shelf?.catalog),
      };
    }

    function discardLater({ broadcastId, revision }: BroadcastOrder): void {
      if (discardTimer || !card) return;
      discardTimer = setTimeout(
        () => void shelf?.discard().catch((err) => log.warn({ err }, "could not discard")),
        discardAfterMs,
      );
      void folder.writeOwner(broadcastId, { ...card, revision, isDiscarded: true });
    }

    const server = await createInternalServer({
      url: "http://127.0.0.1:0",
      registry: new Registry(),
      isReady: () => [],
      calls: {
        token,
        list: [
          defineCall({
            method: "PUT",
            path: workerPath,
            body: workerOrderSchema,
            handle: ({ body }) => follow(body),
          }),
          defineCall({ method: "DELETE", path: workerPath, handle: () => void setImmediate(end) }),
        ],
        onError: (err, { path }) => log.error({ err, path }, "a call failed"),
      },
    });
    closer.add("internal server", () => server.close());
    card = { workerId, pid: process.pid, url: server.url };
    closer.add("card", () => folder.forgetWorker(workerId));
    await folder.writeWorker(card);

    const lease = setInterval(() => {
      const isForgotten = performance.now() - toldAtMs > config.liveGraceSeconds * 1000;
      // one that has nothing to do yet belongs to the encoder that made it ready
      if (order ? !isForgotten : process.ppid === encoderPid) return;
      log.warn("nobody asks for this worker any more: it ends");
      end();
    }, leaseCheckMs);
    closer.add("lease", () => clearInterval(lease));
    closer.add("recorder", async () => {
      clearTimeout(discardTimer);
      await recorder?.close();
      if (discardTimer) await shelf?.discard();
      if (!order || (await folder.readOwner(order.broadcastId))?.workerId !== workerId) return;
      await folder.forgetBroadcast(order.broadcastId);
    });
    return { close: () => closer.close() };
  } catch (error) {
    await closer.close();
    throw error;
  }
}
