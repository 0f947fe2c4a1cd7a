import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { pino } from "pino";
import { type UserRole, userIdSchema } from "#common/accounts/user.ts";
import { ShoalError, toErrorBody } from "#common/errors.ts";
import { createKeyedLock } from "#common/node/keyed-lock.ts";
import { createMemoryStorage } from "#common/node/storage/memory-storage.ts";
import type { Storage } from "#common/node/storage/storage.port.ts";
import { defaultUploadLimits } from "#common/upload/upload-limits.ts";
import { createMemoryJobOrders, type JobOrders } from "../../videos/job-orders.ts";
import { mayUpload } from "../../videos/videos.rules.ts";
import { createVideoService } from "../../videos/videos.service.ts";
import { createMemoryVideoStore, makeUserId } from "../../videos/videos.store.memory.ts";
import type { VideoStore } from "../../videos/videos.store.ts";
import type { UploadLimits } from "../upload.config.ts";
import { mountUploads } from "../upload.http.ts";
import { createUploadService, type Uploader } from "../upload.service.ts";
import { UploadFiles } from "../upload-files.ts";
import { createVideoUploads } from "../video-uploads.ts";

/** What a desk works with, and what stays when it is closed. */
export interface DeskParts {
  readonly directory: string;
  readonly store: VideoStore;
  readonly jobs: JobOrders;
  readonly storage: Storage;
  readonly limits?: Partial<UploadLimits>;
}

/** An account of the desk; the token names it and its role. */
export interface DeskAccount extends Uploader {
  readonly token: string;
}

/** The token of an account: whoever writes it is believed. */
export function toDeskToken(account: Uploader): string {
  return `${account.role}.${account.id}`;
}

function toDeskAccount(authorization: string | undefined): Uploader | null {
  const [role, id] = (authorization ?? "").replace("Bearer ", "").split(".");
  const parsed = userIdSchema.safeParse(id);
  const known = (["viewer", "creator", "moderator", "admin"] as const).find((some) => some === role);
  return parsed.success && known ? { id: parsed.data, role: known } : null;
}

/** Videos and uploads over real HTTP and real files; the caller closes it and owns the parts. */
export async function openUploadDesk(parts: DeskParts) {
  const { store, jobs, storage } = parts;
  const log = pino({ level: "silent" });
  const locks = createKeyedLock();
  const expiryMs = 60_000;
  const files = await UploadFiles.open(parts.directory, expiryMs);
  const may = (role: UserRole) => mayUpload(role, false);
  const videos = createVideoService({
    store,
    storage,
    jobs,
    log,
    uploads: createVideoUploads(files, locks),
    publicUrl: "http://localhost:3000",
    isFeedUp: () => false,
    mayUpload: may,
    toPosterUrl: async () => null,
  });
  const uploads = createUploadService({
    files,
    locks,
    videos,
    jobs,
    storage,
    accounts: store,
    limits: { ...defaultUploadLimits, ...parts.limits },
    mayUpload: may,
    expiryMs,
    log,
  });
  await uploads.repair();
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
    authenticate: async ({ headers }) => toDeskAccount(headers.authorization),
  });
  const url = await app.listen({ port: 0, host: "127.0.0.1" });
  return {
    url,
    files,
    videos,
    uploads,
    async close() {
      await app.close();
      await videos.close();
    },
  };
}
/** See {@link openUploadDesk}. */
export type UploadDesk = Awaited<ReturnType<typeof openUploadDesk>>;

/** A folder and all else in memory, for one test. */
export async function makeMemoryParts(limits: Partial<UploadLimits> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "shoal-upload-"));
  const store = createMemoryVideoStore();
  return {
    directory,
    store,
    jobs: createMemoryJobOrders(),
    storage: createMemoryStorage(),
    limits,
    makeAccount(role: UserRole): DeskAccount {
      const id = makeUserId();
      store.putChannel({ id, handle: id, displayName: "A channel" });
      return { id, role, token: toDeskToken({ id, role }) };
    },
    close: () => rm(directory, { recursive: true, force: true }),
  };
}
/** See {@link makeMemoryParts}. */
export type MemoryParts = Awaited<ReturnType<typeof makeMemoryParts>>;
