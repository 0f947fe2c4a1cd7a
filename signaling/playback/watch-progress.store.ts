import { z } from "zod";
import type { UserId } from "#common/accounts/user.ts";
import {
  askPocketBase,
  findInPocketBase,
  isAbsent,
  isTaken,
  type PocketBaseService,
  toRecordId,
} from "#common/node/pocketbase-ask.ts";
import type { VideoId } from "#common/videos/video.ts";

/** Where it is kept how far somebody has watched. */
export interface WatchProgressStore {
  /** Seconds from the beginning; `undefined` when nothing is known. */
  find(userId: UserId, videoId: VideoId): Promise<number | undefined>;
  /** Takes the place of what was known. */
  save(userId: UserId, videoId: VideoId, positionSeconds: number): Promise<void>;
}

/** Keeps progress in this process: for tests and for trying things out. */
export function createMemoryWatchProgressStore(): WatchProgressStore {
  const positions = new Map<string, number>();
  return {
    find: async (userId, videoId) => positions.get(`${userId}/${videoId}`),
    async save(userId, videoId, positionSeconds) {
      positions.set(`${userId}/${videoId}`, positionSeconds);
    },
  };
}

const rowSchema = z.object({ positionSeconds: z.number().nonnegative() });

/** Keeps progress in the collection `watch_progress`. */
export function createPocketBaseWatchProgressStore(service: PocketBaseService): WatchProgressStore {
  return {
    async find(userId, videoId) {
      const row = await findInPocketBase(service, (client) =>
        client.collection("watch_progress").getOne(toRowId(userId, videoId)),
      );
      return row && rowSchema.parse(row).positionSeconds;
    },
    async save(userId, videoId, positionSeconds) {
      const id = toRowId(userId, videoId);
      const update = () =>
        askPocketBase(service, (client) =>
          client.collection("watch_progress").update(id, { positionSeconds }),
        );
      try {
        await update();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        try {
          await askPocketBase(service, (client) =>
            client.collection("watch_progress").create({ id, user: userId, video: videoId, positionSeconds }),
          );
        } catch (createError) {
          // another page of the same viewer was quicker; how close it was decides which unique thing is named
          if (!["id", "user", "video"].some((field) => isTaken(createError, field))) throw createError;
          await update();
        }
      }
    },
  };
}

function toRowId(userId: UserId, videoId: VideoId): string {
  return toRecordId(`${userId}/${videoId}`);
}
