import { z } from "zod";

/** An upload that was begun and not finished, as this browser remembers it. */
const rememberedUploadSchema = z.object({
  fingerprint: z.string(),
  ownerId: z.string(),
  videoId: z.string(),
  title: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  /** tus creation address of the video. */
  creationPath: z.string(),
  /** tus address of the upload itself; `null` until the front desk gave one. */
  uploadPath: z.string().nullable(),
  rememberedAt: z.iso.datetime(),
});
export type RememberedUpload = z.infer<typeof rememberedUploadSchema>;

const storageKey = "shoal.uploads";
const mostRemembered = 50;

/** What stays of a file over a reload: enough to know it again, nothing of its content. */
export function toFingerprint(file: { name: string; size: number; lastModified: number }): string {
  return `${file.name}|${file.size}|${file.lastModified}`;
}

/** The two methods of `localStorage` that are needed. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

export interface RememberedUploads {
  list(ownerId: string): RememberedUpload[];
  remember(upload: RememberedUpload): void;
  forget(videoId: string): void;
}

/** Keeps the list in one text; a storage that is closed or damaged forgets, it never breaks an upload. */
export function createRememberedUploads(storage: TextStorage): RememberedUploads {
  function read(): RememberedUpload[] {
    try {
      return z.array(rememberedUploadSchema).parse(JSON.parse(storage.getItem(storageKey) ?? "[]"));
    } catch {
      return [];
    }
  }
  function write(uploads: RememberedUpload[]): void {
    try {
      storage.setItem(storageKey, JSON.stringify(uploads.slice(-mostRemembered)));
    } catch {
      // full or closed: this upload can be continued only while the page is open
    }
  }
  const without = (videoId: string) => read().filter((upload) => upload.videoId !== videoId);
  return {
    list: (ownerId) => read().filter((upload) => upload.ownerId === ownerId),
    remember: (upload) => write([...without(upload.videoId), upload]),
    forget: (videoId) => write(without(videoId)),
  };
}
