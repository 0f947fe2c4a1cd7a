import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { finished, type Readable, Transform } from "node:stream";
import { FileStore } from "@tus/file-store";
import { ERRORS, Upload } from "@tus/server";
import type { UserId } from "#common/accounts/user.ts";
import { ShoalError } from "#common/errors.ts";
import type { VideoId } from "#common/videos/video.ts";
import { assertFits, type UploadAllowance } from "./upload.rules.ts";
import {
  createUploadInfoStore,
  parseUploadInfo,
  type UploadInfo,
  type UploadInfoStore,
  uploadIdSchema,
} from "./upload-info.store.ts";

/** An upload as this room sees it. */
export interface UploadEntry {
  readonly id: string;
  readonly videoId: VideoId;
  readonly ownerId: UserId;
  readonly fileName: string;
  /** `null`: not said yet. */
  readonly sizeBytes: number | null;
  readonly offsetBytes: number;
  readonly createdAt: string;
  /** Its bytes have become the video's original. */
  readonly isFinished: boolean;
}

/** What is told while bytes arrive. */
export interface UploadListener {
  received(entry: UploadEntry, sizeBytes: number): void;
}

/**
 * tus' file store with a ledger: which upload belongs to which video, and how much every owner has in flight.
 * All decisions about room are made here in one step, so that two requests cannot both take what is left.
 */
export class UploadFiles extends FileStore {
  readonly #infos: UploadInfoStore;
  readonly #entries = new Map<string, UploadEntry>();
  readonly #allowances = new Map<UserId, UploadAllowance>();
  #listener: UploadListener = { received: () => {} };

  private constructor(directory: string, expiryMs: number, infos: UploadInfoStore) {
    super({
      directory,
      expirationPeriodInMilliseconds: expiryMs,
      configstore: {
        get: async (id) => {
          const info = uploadIdSchema.safeParse(id).success ? await infos.read(id) : undefined;
          return info && toUpload(info);
        },
        set: (_id, upload) => infos.write(parseUploadInfo(upload)),
        delete: (id) => infos.remove(id),
      },
    });
    this.#infos = infos;
  }

  /** Opens the folder, makes it when it is not there, and learns which uploads lie in it. */
  static async open(directory: string, expiryMs: number): Promise<UploadFiles> {
    await mkdir(directory, { recursive: true });
    const infos = createUploadInfoStore(directory);
    const files = new UploadFiles(directory, expiryMs, infos);
    for (const info of await infos.readAll()) {
      const offsetBytes = (await sizeOf(files.pathOf(info.id))) ?? info.size ?? 0;
      files.#entries.set(info.id, toEntry(info, offsetBytes));
    }
    return files;
  }

  /** Hears of bytes as they arrive. */
  listen(listener: UploadListener): void {
    this.#listener = listener;
  }

  pathOf(id: string): string {
    return join(this.directory, uploadIdSchema.parse(id));
  }

  find(id: string): UploadEntry | undefined {
    return this.#entries.get(id);
  }

  all(): UploadEntry[] {
    return [...this.#entries.values()];
  }

  /** The upload of a video that has not become its original yet. */
  findUnfinished(videoId: VideoId): UploadEntry | undefined {
    return this.all().find((entry) => entry.videoId === videoId && !entry.isFinished);
  }

  /** Says what an owner may send from now on. */
  allow(ownerId: UserId, allowance: UploadAllowance): void {
    this.#allowances.set(ownerId, allowance);
  }

  /** An upload of the owner has become an original, while others may still be on their way. */
  noteStored(ownerId: UserId, storedBytes: number): void {
    const allowance = this.#allowances.get(ownerId);
    if (allowance) this.#allowances.set(ownerId, { ...allowance, storedBytes });
  }

  /**
   * Throws `upload.too_large` or `upload.quota_exceeded` unless the owner may send that many bytes beside the other
   * uploads; `id` is the upload that they belong to, if it is known already.
   */
  assertRoom(ownerId: UserId, sizeBytes: number, id?: string): void {
    const allowance = this.#allowances.get(ownerId);
    if (!allowance) throw new Error(`nobody said what ${ownerId} may upload`);
    const inFlightBytes = this.all()
      .filter((other) => other.ownerId === ownerId && other.id !== id && !other.isFinished)
      .reduce((sum, other) => sum + (other.sizeBytes ?? other.offsetBytes), 0);
    assertFits(allowance, inFlightBytes, sizeBytes);
  }

  override async create(upload: Upload): Promise<Upload> {
    const entry = toEntry(parseUploadInfo(upload), 0);
    if (this.findUnfinished(entry.videoId)) {
      throw new ShoalError("video.wrong_state", "An upload of this video has begun.");
    }
    this.assertRoom(entry.ownerId, entry.sizeBytes ?? 0);
    this.#entries.set(entry.id, entry);
    try {
      return await super.create(upload);
    } catch (error) {
      await this.discard(entry.id);
      throw error;
    }
  }

  override async write(readable: Readable, id: string, offsetBytes: number): Promise<number> {
    let refusal: unknown;
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        try {
          this.#receive(id, chunk.length);
          done(null, chunk);
        } catch (error) {
          refusal = error;
          done(error instanceof Error ? error : new Error(String(error)));
        }
      },
    });
    // `pipe` passes on the end, not what went wrong
    finished(readable, (error) => error && meter.destroy(error));
    try {
      return await super.write(readable.pipe(meter), id, offsetBytes);
    } catch (error) {
      throw refusal ?? error;
    } finally {
      const onDisk = await sizeOf(this.pathOf(id));
      if (onDisk !== undefined) this.#change(id, { offsetBytes: onDisk });
    }
  }

  override async declareUploadLength(id: string, sizeBytes: number): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) throw ERRORS.FILE_NOT_FOUND;
    this.assertRoom(entry.ownerId, sizeBytes, id);
    this.#change(id, { sizeBytes });
    await super.declareUploadLength(id, sizeBytes);
  }

  /** Where to continue; an upload that has ended answers its whole size, so that a lost answer can be asked again. */
  override async getUpload(id: string): Promise<Upload> {
    const entry = this.#entries.get(id);
    if (!entry) throw ERRORS.FILE_NOT_FOUND;
    if (entry.isFinished || (await sizeOf(this.pathOf(id))) === undefined) {
      const info = await this.#infos.read(id);
      if (!info) throw ERRORS.FILE_NO_LONGER_EXISTS;
      return toUpload({ ...info, offset: info.size ?? 0 });
    }
    return super.getUpload(id);
  }

  override async remove(id: string): Promise<void> {
    await this.discard(id);
  }

  /** Forgets an upload and its bytes; absent is fine. */
  async discard(id: string): Promise<void> {
    this.#entries.delete(id);
    await rm(this.pathOf(id), { force: true });
    await this.#infos.remove(id);
  }

  /** Remembers that the bytes have become the original, so that whoever asks for the upload hears that it ended. */
  async finish(id: string, finishedAt: Date): Promise<void> {
    const info = await this.#infos.read(id);
    if (!info) return;
    const metadata = { ...info.metadata, finishedAt: finishedAt.toISOString() };
    await this.#infos.write({ ...info, metadata });
    this.#change(id, { isFinished: true });
    await rm(this.pathOf(id), { force: true });
  }

  #receive(id: string, chunkBytes: number): void {
    const entry = this.#entries.get(id);
    if (!entry) throw ERRORS.FILE_NO_LONGER_EXISTS;
    const offsetBytes = entry.offsetBytes + chunkBytes;
    if (entry.sizeBytes === null) this.assertRoom(entry.ownerId, offsetBytes, id);
    this.#listener.received(this.#change(id, { offsetBytes }) ?? entry, chunkBytes);
  }

  #change(id: string, change: Partial<UploadEntry>): UploadEntry | undefined {
    const entry = this.#entries.get(id);
    if (!entry) return undefined;
    const changed = { ...entry, ...change };
    this.#entries.set(id, changed);
    return changed;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}

function toEntry(info: UploadInfo, offsetBytes: number): UploadEntry {
  const { videoId, ownerId, filename, finishedAt } = info.metadata;
  return {
    id: info.id,
    videoId,
    ownerId,
    fileName: filename,
    sizeBytes: info.size ?? null,
    offsetBytes,
    createdAt: info.creation_date,
    isFinished: finishedAt !== undefined,
  };
}

function toUpload(info: UploadInfo): Upload {
  const { id, offset, size, creation_date } = info;
  const { finishedAt, ...rest } = info.metadata;
  const metadata = { ...rest, ...(finishedAt === undefined ? {} : { finishedAt }) };
  return new Upload({ id, offset, creation_date, metadata, ...(size === undefined ? {} : { size }) });
}
