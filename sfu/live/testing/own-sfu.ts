import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type RoomState, type SfuState, sfuStateSchema } from "#common/live/sfu-control.ts";
import { baseConfig } from "#common/node/base.config.ts";
import { loadConfig } from "#common/node/config.ts";
import { createInternalClient, type InternalClient } from "#common/node/internal-client.ts";
import { createLog } from "#common/node/log.ts";
import { openSecrets } from "../../../cli/supervisor/data-dir.ts";
import { openSfu, type Sfu } from "../../sfu.ts";
import { workersConfig } from "../../workers/workers.config.ts";
import { liveConfig } from "../live.config.ts";

/** The id of the room that tests use. */
export const roomId = "abcdefghijklmno";

/** An sfu of its own for a test, and its control interface. */
export interface OwnSfu {
  readonly url: string;
  readonly workers: Sfu["workers"];
  /** The folder with the token; a second node has to have the same. */
  readonly dataDir: string;
  /** Asks below `/live`. */
  ask<Reply extends z.ZodType = z.ZodUnknown>(
    method: Parameters<InternalClient["ask"]>[0]["method"],
    path: string,
    body?: unknown,
    reply?: Reply,
  ): Promise<z.output<Reply>>;
  state(): Promise<SfuState>;
  room(): Promise<RoomState | undefined>;
  /** Everything that is open in the workers: routers, transports, producers, consumers. */
  countOpen(): Promise<number>;
  close(): Promise<void>;
}

/** Opens an sfu on free ports. */
export async function openOwnSfu(env: NodeJS.ProcessEnv = {}, sharedDataDir?: string): Promise<OwnSfu> {
  const dataDir = sharedDataDir ?? (await mkdtemp(join(tmpdir(), "shoal-sfu-")));
  const { internalToken } = openSecrets(dataDir);
  const config = loadConfig(
    { ...baseConfig, ...workersConfig, ...liveConfig },
    {
      SHOAL_DATA_DIR: dataDir,
      SHOAL_SFU_URL: "http://127.0.0.1:0",
      // nobody is there
      SHOAL_SIGNALING_URL: "http://127.0.0.1:9",
      SHOAL_SFU_WORKERS: "1",
      SHOAL_RTC_PORT: "0",
      SHOAL_RTC_ANNOUNCED_ADDRESSES: "127.0.0.1",
      ...env,
    },
  );
  const sfu = await openSfu(config, createLog("sfu", process.env.SHOAL_TEST_LOG ?? "silent"));
  const client = createInternalClient({ token: internalToken, timeoutMs: 15_000 });
  const ask: OwnSfu["ask"] = (method, path, body, reply) =>
    client.ask({ baseUrl: sfu.url, method, path: `/live${path}`, body, reply: reply ?? z.any() });
  const state = () => ask("GET", "/state", undefined, sfuStateSchema);
  return {
    url: sfu.url,
    workers: sfu.workers,
    dataDir,
    ask,
    state,
    room: async () => (await state()).rooms.find((room) => room.roomId === roomId),
    async countOpen() {
      const dumps = await Promise.all(sfu.workers.list().map(({ worker }) => worker.dump()));
      return dumps.reduce((sum, dump) => sum + dump.channelMessageHandlers.channelRequestHandlers.length, 0);
    },
    async close() {
      await sfu.close();
      if (sharedDataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
