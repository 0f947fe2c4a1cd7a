import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

/** A live worker that runs, as it says itself. */
export const workerCardSchema = z.object({
  workerId: z.string(),
  pid: z.int().positive(),
  /** Where it listens. */
  url: z.url(),
});
/** A live worker that runs. */
export type WorkerCard = z.infer<typeof workerCardSchema>;

/** Who writes a broadcast. */
export const ownerCardSchema = workerCardSchema.extend({
  revision: z.string(),
  /** It is finished and nothing of it is to be kept: whoever finds this takes it away. */
  isDiscarded: z.boolean(),
});
/** Who writes a broadcast. */
export type OwnerCard = z.infer<typeof ownerCardSchema>;

/**
 * Where encoders and their live workers on this machine find each other: workers outlive an encoder that is killed, and the
 * next one takes them over. `<tempDir>/live/workers/<workerId>.json`, `<tempDir>/live/broadcasts/<broadcastId>/`.
 */
export interface WorkFolder {
  writeWorker(card: WorkerCard): Promise<void>;
  readWorker(workerId: string): Promise<WorkerCard | undefined>;
  listWorkers(): Promise<WorkerCard[]>;
  forgetWorker(workerId: string): Promise<void>;
  writeOwner(broadcastId: string, card: OwnerCard): Promise<void>;
  readOwner(broadcastId: string): Promise<OwnerCard | undefined>;
  listBroadcasts(): Promise<string[]>;
  forgetBroadcast(broadcastId: string): Promise<void>;
  /** The folder of a broadcast; made by {@link WorkFolder.writeOwner}. */
  broadcastPath(broadcastId: string): string;
}

/** Opens the folder below `tempDir`. */
export async function openWorkFolder(tempDir: string): Promise<WorkFolder> {
  const workers = join(tempDir, "live", "workers");
  const broadcasts = join(tempDir, "live", "broadcasts");
  for (const path of [workers, broadcasts]) await mkdir(path, { recursive: true, mode: 0o700 });
  const workerPath = (workerId: string) => join(workers, `${workerId}.json`);
  const broadcastPath = (broadcastId: string) => join(broadcasts, broadcastId);
  const ownerPath = (broadcastId: string) => join(broadcastPath(broadcastId), "owner.json");
  const readWorker = (workerId: string) => read(workerPath(workerId), workerCardSchema);
  return {
    writeWorker: (card) => write(workerPath(card.workerId), card),
    readWorker,
    async listWorkers() {
      const names = (await readdir(workers)).filter((name) => name.endsWith(".json"));
      const cards = await Promise.all(names.map((name) => readWorker(name.slice(0, -5))));
      return cards.filter((card) => card !== undefined);
    },
    forgetWorker: (workerId) => rm(workerPath(workerId), { force: true }),
    async writeOwner(broadcastId, card) {
      await mkdir(broadcastPath(broadcastId), { recursive: true, mode: 0o700 });
      await write(ownerPath(broadcastId), card);
    },
    readOwner: (broadcastId) => read(ownerPath(broadcastId), ownerCardSchema),
    listBroadcasts: () => readdir(broadcasts),
    forgetBroadcast: (broadcastId) => rm(broadcastPath(broadcastId), { recursive: true, force: true }),
    broadcastPath,
  };
}

async function write(path: string, content: unknown): Promise<void> {
  const beside = `${path}.${process.pid}`;
  await writeFile(beside, JSON.stringify(content), { mode: 0o600 });
  await rename(beside, path);
}

async function read<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // absent, or of another version: nobody is there
    return undefined;
  }
}
