import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Upload } from "@tus/server";
import { z } from "zod";
import { userIdSchema } from "#common/accounts/user.ts";
import { videoIdSchema } from "#common/videos/video.ts";

/** Ids of uploads: 32 hex digits that nobody guesses, and a safe file name. */
export const uploadIdSchema = z.string().regex(/^[0-9a-f]{32}$/);

/** What lies beside the bytes of an upload, as `<id>.json`. */
const uploadInfoSchema = z.object({
  id: uploadIdSchema,
  size: z.int().nonnegative().optional(),
  offset: z.int().nonnegative(),
  creation_date: z.iso.datetime(),
  metadata: z.object({
    videoId: videoIdSchema,
    ownerId: userIdSchema,
    filename: z.string(),
    /** Set when the bytes have become the video's original. */
    finishedAt: z.iso.datetime().optional(),
  }),
});
/** What lies beside the bytes of an upload. */
export type UploadInfo = z.infer<typeof uploadInfoSchema>;

/** Reads what tus knows of an upload; throws when it was not made by this room. */
export function parseUploadInfo(upload: Upload): UploadInfo {
  return uploadInfoSchema.parse({ ...upload });
}

/** tus' store of what is known about uploads; a file is replaced whole, so that a crash leaves the old or the new. */
export function createUploadInfoStore(directory: string) {
  const pathOf = (id: string) => join(directory, `${uploadIdSchema.parse(id)}.json`);

  async function read(id: string): Promise<UploadInfo | undefined> {
    let text: string;
    try {
      text = await readFile(pathOf(id), "utf8");
    } catch {
      return undefined;
    }
    return uploadInfoSchema.safeParse(toJson(text)).data;
  }

  return {
    read,
    async write(info: UploadInfo): Promise<void> {
      const path = pathOf(info.id);
      await writeFile(`${path}.new`, JSON.stringify(info));
      await rename(`${path}.new`, path);
    },
    remove: (id: string) => rm(pathOf(id), { force: true }),
    /** All uploads that are known; what cannot be read is deleted, for nobody could continue it. */
    async readAll(): Promise<UploadInfo[]> {
      const names = await readdir(directory);
      const infos: UploadInfo[] = [];
      for (const name of names) {
        const id = uploadIdSchema.safeParse(name.replace(/\.json$/, "")).data;
        const info = id && (await read(id));
        if (!info) await rm(join(directory, name), { force: true, recursive: true });
        else if (name.endsWith(".json")) infos.push(info);
      }
      return infos;
    },
  };
}
/** See {@link createUploadInfoStore}. */
export type UploadInfoStore = ReturnType<typeof createUploadInfoStore>;

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
