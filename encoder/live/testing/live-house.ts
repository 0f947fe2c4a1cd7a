import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  type BroadcastOrder,
  type BroadcastStatus,
  broadcastOrderSchema,
  broadcastStatusesSchema,
} from "#common/live/broadcast.ts";
import { createInternalClient } from "#common/node/internal-client.ts";
import { readSecrets } from "#common/node/secrets.ts";
import { openFileStorage, storageRoot } from "#common/node/storage/file-storage.ts";
import { findFreePort } from "#common/node/testing/pocketbase.ts";
import { openOwnSfu, roomId } from "../../../sfu/live/testing/own-sfu.ts";
import { createId, until } from "../../jobs/testing/until.ts";
import { openWorkFolder } from "../worker/work-folder.ts";
import type { BroadcastOnDisk } from "./broadcast-on-disk.ts";
import { readBroadcast } from "./broadcast-on-disk.ts";

const root = join(import.meta.dirname, "../../..");

/** A real sfu, a storage and a real encoder process, and somebody who gives it orders as the front desk does. */
export async function openLiveHouse(env: Record<string, string> = {}) {
  const sfu = await openOwnSfu();
  const { dataDir } = sfu;
  const storage = await openFileStorage(storageRoot(dataDir));
  const { internalToken: token } = readSecrets(dataDir);
  const client = createInternalClient({ token });
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const tempDir = await mkdtemp(join(tmpdir(), "shoal-live-"));
  const lines: string[] = [];
  let encoder: ChildProcess | undefined;
  let orders: BroadcastOrder[] = [];
  let statuses: readonly BroadcastStatus[] = [];
  let isTelling = true;

  async function startEncoder(): Promise<void> {
    const child = spawn(process.execPath, ["--import", "tsx", join(root, "encoder/main.ts")], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        SHOAL_DATA_DIR: dataDir,
        SHOAL_TEMP_DIR: tempDir,
        SHOAL_ENCODER_URL: url,
        // nobody is there
        SHOAL_POCKETBASE_URL: "http://127.0.0.1:9",
        SHOAL_RTMP_PORT: "0",
        ...env,
      },
    });
    encoder = child;
    createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
    await until(
      () =>
        fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeoutMs: 20_000, what: "the encoder" },
    );
  }

  async function tell(): Promise<void> {
    const body = { broadcasts: orders };
    const answer = await client.ask({
      baseUrl: url,
      method: "PUT",
      path: "/live/broadcasts",
      body,
      reply: broadcastStatusesSchema,
    });
    statuses = answer.broadcasts;
  }

  const telling = (async () => {
    while (isTelling) {
      if (orders.length > 0) await tell().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();

  await startEncoder();

  /** Orders a broadcast of the room that tests use. */
  function order(wishes: Partial<BroadcastOrder> = {}): BroadcastOrder {
    const made = broadcastOrderSchema.parse({
      broadcastId: createId(),
      streamId: roomId,
      revision: "r1",
      wanted: "on_air",
      sfuUrl: sfu.url,
      dvrWindowSeconds: 0,
      isRecorded: true,
      targets: [],
      ...wishes,
    });
    orders = [made];
    statuses = [];
    return made;
  }

  async function untilStatus(
    isWanted: (status: BroadcastStatus) => boolean,
    timeoutMs = 30_000,
  ): Promise<BroadcastStatus> {
    return await until(() => statuses.find(isWanted), { timeoutMs, what: "the broadcast's state" });
  }

  return {
    sfu,
    storage,
    dataDir,
    tempDir,
    url,
    lines,
    order,
    untilStatus,
    status: () => statuses[0],
    encoderPid: () => encoder?.pid ?? 0,
    startEncoder,
    /** Ends the broadcast as the front desk does when its owner says so. */
    async finish(): Promise<BroadcastStatus> {
      orders = orders.map((one) => ({ ...one, wanted: "finished" as const }));
      return await untilStatus(({ state }) => state === "finished");
    },
    /** Nothing shall be on air: what there is is let go. */
    async letGo(): Promise<void> {
      orders = [];
      await tell();
    },
    /** As if the front desk had died: nobody says anything any more. */
    silence(): void {
      orders = [];
    },
    async killEncoder(): Promise<void> {
      const child = encoder;
      if (!child) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
    async closeEncoder(): Promise<number | null> {
      const child = encoder;
      if (!child || child.exitCode !== null || child.signalCode !== null) return null;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    read: ({ broadcastId, revision }: BroadcastOrder): Promise<BroadcastOnDisk> =>
      readBroadcast(storage, `media/${broadcastId}/${revision}/`),
    /** Process id of the worker that writes a broadcast. */
    async workerPid({ broadcastId }: BroadcastOrder): Promise<number> {
      const card = await (await openWorkFolder(tempDir)).readOwner(broadcastId);
      if (!card) throw new Error("nobody writes the broadcast");
      return card.pid;
    },
    /** Live workers of this house that run, and FFmpegs that they started. */
    processes: () => findProcessesOf(dataDir, encoder?.pid),
    async close(): Promise<void> {
      isTelling = false;
      await telling;
      await this.closeEncoder();
      await sfu.close();
      await rm(tempDir, { recursive: true, force: true });
    },
  };
}

/** What {@link openLiveHouse} gives. */
export type LiveHouse = Awaited<ReturnType<typeof openLiveHouse>>;

/** One process of a house. */
export interface HouseProcess {
  readonly pid: number;
  readonly kind: "worker" | "ffmpeg";
}

/** Processes whose environment names this data folder, and the FFmpegs among their children, which have none of it. */
async function findProcessesOf(dataDir: string, encoderPid: number | undefined): Promise<HouseProcess[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: HouseProcess[] = [];
  const parents = new Set<number>(encoderPid === undefined ? [] : [encoderPid]);
  for (const pid of pids) {
    const [line, environment] = await Promise.all([read(pid, "cmdline"), read(pid, "environ")]);
    if (!line.includes("worker.main.ts") || !environment.includes(dataDir)) continue;
    found.push({ pid, kind: "worker" });
    parents.add(pid);
  }
  for (const pid of pids) {
    const parent = Number(/^PPid:\s*(\d+)/m.exec(await read(pid, "status"))?.[1] ?? 0);
    if (parents.has(parent) && (await read(pid, "comm")).trim() === "ffmpeg")
      found.push({ pid, kind: "ffmpeg" });
  }
  return found;
}

function read(pid: number, name: string): Promise<string> {
  return readFile(`/proc/${pid}/${name}`, "latin1").catch(() => "");
}
