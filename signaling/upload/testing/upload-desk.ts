import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { pino } from "pino";
import type { UserRole } from "#common/accounts/user.ts";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import { defaultUploadLimits } from "#common/upload/upload-limits.ts";
import { createMemoryJobOrders } from "../../videos/job-orders.ts";
import { mayUpload } from "../../videos/videos.rules.ts";
import { createVideoService } from "../../videos/videos.service.ts";
import { createMemoryVideoStore, makeUserId } from "../../videos/videos.store.memory.ts";
import { createKeyedLock } from "../keyed-lock.ts";
import type { UploadLimits } from "../upload.config.ts";
import { mountUploads } from "../upload.http.ts";
import { createUploadService, type Uploader } from "../upload.service.ts";
import { UploadFiles } from "../upload-files.ts";
import { createVideoUploads } from "../video-uploads.ts";

/** An account of the desk; its name is its bearer token. */
export interface DeskAccount extends Uploader {
  readonly token: string;
}

/** Videos and uploads over real HTTP and real files, with all else in memory. */
export async function openUploadDesk(options: { limits?: Partial<UploadLimits>; directory?: string } = {}) {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "shoal-upload-")));
  const log = pino({ level: "silent" });
  const accounts = new Map<string, DeskAccount>();
  const store = createMemoryVideoStore();
  const jobs = createMemoryJobOrders();
  const storage = createMemoryStorage();
  const locks = createKeyedLock();
  const expiryMs = 60_000;
  const files = await UploadFiles.open(directory, expiryMs);
  const may = (role: UserRole) => mayUpload(role, false);
  const videos = createVideoService({
    store,
    storage,
    jobs,
    log,
    uploads: createVideoUploads(files, locks),
    publicUrl: "http://localhost:3000",
    isFeedUp: () => true,
    mayUpload: may,
    toPosterUrl: async () => null,
  });
  const limits = { ...defaultUploadLimits, ...options.limits };
  const uploads = createUploadService({
    files,
    locks,
    videos,
    jobs,
    storage,
    accounts: store,
    limits,
    mayUpload: may,
    expiryMs,
    log,
  });
  const app = fastify({ forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof ShoalError) return reply.code(error.httpStatus).send(toErrorBody(error));
    return reply.code(500).send({ error: { code: "service.internal", message: String(error) } });
  });
  mountUploads(app, {
    uploads,
    files,
    publicUrl: "http://localhost:3000",
    idleMs: 30_000,
    authenticate: async ({ headers }) => {
      const token = headers.authorization?.replace("Bearer ", "");
      return (token && accounts.get(token)) || null;
    },
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });

  return {
    url,
    store,
    jobs,
    storage,
    files,
    videos,
    uploads,
    directory,
    makeAccount(role: UserRole): DeskAccount {
      const account = { id: makeUserId(), role, token: makeUserId() };
      accounts.set(account.token, account);
      store.putChannel({ id: account.id, handle: account.token, displayName: "A channel" });
      return account;
    },
    async close() {
      await app.close();
      await videos.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
/** See {@link openUploadDesk}. */
export type UploadDesk = Awaited<ReturnType<typeof openUploadDesk>>;
